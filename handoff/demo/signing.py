"""The agreements of a demo workspace: proposed and signed, by the product's own functions, at
moments of the year that has passed. Drawn from nothing: the same every time.

Version 1 counts from the first day, 2 since ten weeks ago, and 3 waits for the signature of sales.
A world without SIGNED has nothing signed, and lives by its defaults.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from accounts.models import Membership, User, Workspace
from handoff.agreement.proposing import propose
from handoff.models import RejectionReason
from leadqual.models import Notice, OutboxMessage
from sla import agreements
from sla.agreement_edits import edit_terms, edition, put_commitment, write_clause
from sla.models import Agreement, Commitment, Side

Code = Commitment.Code


@dataclass(frozen=True)
class Version:
    """`days_ago`: when it was drafted; proposed an hour later, signed by marketing the same day and
    by sales the next, where `signed_by_sales`. `promises`: what each of these codes and tiers says
    otherwise than the version before it."""

    days_ago: int
    terms: Mapping[str, Any]
    words: Mapping[str, str] = field(default_factory=dict)
    promises: Mapping[tuple[str, str], Mapping[str, Any]] = field(default_factory=dict)
    reason: Mapping[str, Any] | None = None
    signed_by_sales: bool = True


@dataclass(frozen=True)
class Signers:
    """Addresses."""

    marketing: str
    sales: str
    escalates_to: str


NEW_REASON: Final = "under-contract"
SIGNED: Final = {
    "northwind": (
        Signers("ana@leadqual.demo", "mara@leadqual.demo", "lena@leadqual.demo"),
        (
            Version(
                366,
                {
                    "leads_a_month": 260,
                    "good_grades": ["A", "B"],
                    "good_percent": 25,
                    "coverage_percent": 75,
                },
                {
                    "qualified-lead": "We begin with the starter model, and look at it together "
                    "once a quarter of closed deals is in.",
                    "return": "Nobody is given up: who comes back is told to the rep as such.",
                },
            ),
            Version(
                72,
                {"leads_a_month": 330, "coverage_percent": 80},
                {
                    "commitments": "Three hours instead of four: in spring one offer in eight ran "
                    "out, and most of those that did not were decided in less.",
                    "reasons": "“Under contract elsewhere” is new: it used to hide in “No budget”.",
                },
                {(Code.DECIDE_OFFER, ""): {"minutes": 3 * 60, "warn_percents": [50, 80]}},
                {
                    "code": NEW_REASON,
                    "name": "Under contract elsewhere",
                    "recycle_days": 120,
                    "questions": RejectionReason.Questions.TIMING,
                    "note_asks": "With whom, and until when?",
                },
            ),
            Version(
                2,
                {"leads_a_month": 360, "good_percent": 30},
                {
                    "volume": "More leads for the two reps who join in spring; sales asked for "
                    "quality before quantity, so the share of good grades goes up with it."
                },
                {(Code.FIRST_TOUCH, ""): {"minutes": 45}},
                signed_by_sales=False,
            ),
        ),
    )
}


def sign_all(workspace: Workspace, people: Mapping[str, User], *, now: datetime) -> None:
    """`people` by address; members already, with all that the text is made of in place."""
    signers, versions = SIGNED.get(workspace.slug, (None, ()))
    for version in versions:
        assert signers is not None  # noqa: S101 - versions come with their signers
        _sign(workspace, version, signers, people, at=_office_hour(workspace, version, now=now))
    _read_by_all(workspace)


def _read_by_all(workspace: Workspace) -> None:
    """Its mails have gone out long ago; in the bell stays what still waits for a signature."""
    OutboxMessage.objects.of(workspace).filter(key__startswith="agreement:").delete()
    told = Notice.objects.of(workspace).filter(key__startswith="agreement:")
    waiting = agreements.proposed(workspace)
    if waiting and waiting.proposed_at:
        of_waiting = f"agreement:{waiting.pk}:"
        told.filter(key__startswith=of_waiting).update(created_at=waiting.proposed_at)
        told = told.exclude(key__startswith=of_waiting)
    told.delete()


def _office_hour(workspace: Workspace, version: Version, *, now: datetime) -> datetime:
    """Ten in the morning of that day."""
    day = (now - timedelta(days=version.days_ago)).astimezone(workspace.zone)
    return day.replace(hour=10, minute=5, second=0, microsecond=0).astimezone(UTC)


def _sign(
    workspace: Workspace,
    version: Version,
    signers: Signers,
    people: Mapping[str, User],
    *,
    at: datetime,
) -> None:
    marketing, sales = people[signers.marketing], people[signers.sales]
    if version.reason:
        last = RejectionReason.objects.of(workspace).count()
        RejectionReason.objects.create(workspace=workspace, position=last, **version.reason)
    draft = agreements.begin(workspace, by=marketing, at=at)
    owners = {
        "marketing_owner": marketing,
        "sales_owner": sales,
        "escalates_to": people[signers.escalates_to],
    }
    draft = _drafted(draft, version, {**owners, **version.terms}, by=marketing, at=at)
    proposed = propose(draft, by=marketing, at=at + timedelta(minutes=50))
    _one_signs(proposed, Side.MARKETING, by=marketing, at=at + timedelta(hours=1))
    if version.signed_by_sales:
        _one_signs(proposed, Side.SALES, by=sales, at=at + timedelta(hours=5))


def _drafted(
    draft: Agreement, version: Version, terms: Mapping[str, Any], *, by: User, at: datetime
) -> Agreement:
    draft = edit_terms(draft, by=by, at=at, seen=edition(draft), **terms)
    for code, text in version.words.items():
        draft = write_clause(draft, code=code, text=text, by=by, at=at, seen=edition(draft))
    for (code, tier), says in version.promises.items():
        promise = draft.commitments.get(code=code, tier_code=tier)
        for name, value in says.items():
            setattr(promise, name, value)
        draft = put_commitment(draft, promise, by=by, at=at, seen=edition(draft))
    return draft


def _one_signs(agreement: Agreement, side: Side, *, by: User, at: datetime) -> None:
    membership = Membership.objects.get(workspace=agreement.workspace, user=by)
    agreements.sign(
        agreement,
        side=side,
        by=by,
        role=membership.get_role_display(),
        at=at,
        document_hash=agreement.document_hash,
    )
