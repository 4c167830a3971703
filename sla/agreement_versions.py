"""The versions of a workspace's agreement: which there are, held still, one copied from another."""

from datetime import datetime
from typing import Final

from django.db.models import Max

from accounts.models import User, Workspace
from sla.agreement_errors import NotNow
from sla.models import Agreement, Clause, Commitment
from sla.promise_rules import may_be_told

_Status = Agreement.Status

TERMS: Final = (
    "marketing_owner",
    "sales_owner",
    "leads_a_month",
    "good_grades",
    "good_percent",
    "coverage_percent",
    "weeks_below",
    "escalates_to",
    "review_every_days",
)
"""The fields of a draft that people fill in."""


def active(workspace: Workspace) -> Agreement | None:
    """The agreement that counts now; None: nothing is signed, the defaults count."""
    return Agreement.objects.of(workspace).active().first()


def proposed(workspace: Workspace) -> Agreement | None:
    """The one that waits for signatures."""
    return Agreement.objects.of(workspace).filter(status=_Status.PROPOSED).first()


def draft_of(workspace: Workspace) -> Agreement | None:
    return Agreement.objects.of(workspace).filter(status=_Status.DRAFT).first()


def before(agreement: Agreement) -> Agreement | None:
    """The version that it follows: the latest before it that was ever in force."""
    earlier = Agreement.objects.of(agreement.workspace).filter(active_since__isnull=False)
    return earlier.filter(number__lt=agreement.number).order_by("-number").first()


def held_all(workspace: Workspace) -> dict[int, Agreement]:
    """Every agreement of the workspace by its id, locked until the transaction ends."""
    # Not FOR UPDATE: clocks and items that name an agreement need not wait for a signature.
    rows = Agreement.objects.of(workspace).order_by("pk").select_for_update(no_key=True)
    return {row.pk: row for row in rows}


def held(agreement: Agreement) -> Agreement:
    """The agreement as it is now, with all of its workspace locked until the transaction ends.

    Raises NotNow where it is no more: a draft that somebody has thrown away.
    """
    found = held_all(agreement.workspace).get(agreement.pk)
    if found is None:
        raise NotNow("This draft has been discarded.")
    return found


def new_draft(
    workspace: Workspace, *, from_: Agreement | None, by: User, at: datetime
) -> Agreement:
    """The next number, with the terms, clauses and promises of `from_`; None: of the defaults.

    IntegrityError where the workspace has a draft.
    """
    last = Agreement.objects.of(workspace).aggregate(last=Max("number"))["last"] or 0
    terms = {name: getattr(from_, name) for name in TERMS} if from_ else {}
    draft = Agreement.objects.create(
        workspace=workspace, number=last + 1, created_at=at, created_by=by, **terms
    )
    promises = Commitment.objects.of(workspace).filter(agreement=from_, retired_at=None)
    Commitment.objects.bulk_create(_copies(list(promises.order_by("pk")), draft))
    if from_:
        Clause.objects.bulk_create(
            Clause(agreement=draft, code=clause.code, text=clause.text)
            for clause in from_.clauses.order_by("pk")
        )
    return draft


def _copies(promises: list[Commitment], draft: Agreement) -> list[Commitment]:
    for promise in promises:
        promise.pk, promise._state.adding, promise.agreement = None, True, draft
        known = dict(may_be_told(promise.code))  # older defaults name a rep where there is none
        promise.warns = [each for each in promise.warns if each in known]
        promise.tells = [each for each in promise.tells if each in known]
    return promises
