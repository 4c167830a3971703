"""What the tests of the agreement's pages share: addresses, and a draft that may be proposed."""

from typing import Any

from django.test import Client
from django.utils import timezone

from accounts.models import User, Workspace
from handoff.agreement.proposing import propose
from handoff.forms.agreement import stamp_of
from sla import agreement_edits, agreements
from sla.models import Agreement, Side

PAGE = "/w/northwind/agreement/"
DRAFT = f"{PAGE}draft/"
PROMISE = {
    "code": "first_touch",
    "tier_code": "",
    "minutes": "5",
    "days": "0",
    "touch_counts": "any",
    "counts_by": "calendar",
    "warn_percents": "50, 75",
    "warns": ["person"],
    "on_breach": "tell",
    "tells": ["sales_managers"],
    "pauses": "on",
    "target_percent": "95",
}
"""What the form of a promise posts; the calendar is to be added."""


def version_url(agreement: Agreement, below: str = "") -> str:
    return f"{PAGE}versions/{agreement.number}/{below}"


def make_draft(workspace: Workspace, *, ana: User, mara: User) -> Agreement:
    """With all that a proposal needs."""
    draft = agreements.begin(workspace, by=ana, at=timezone.now())
    return agreement_edits.edit_terms(
        draft,
        by=ana,
        at=timezone.now(),
        seen=agreement_edits.edition(draft),
        leads_a_month=40,
        marketing_owner=ana,
        sales_owner=mara,
        escalates_to=mara,
    )


def make_proposal(workspace: Workspace, *, ana: User, mara: User) -> Agreement:
    return propose(make_draft(workspace, ana=ana, mara=mara), by=ana, at=timezone.now())


def sign_for(agreement: Agreement, side: Side, by: User) -> Agreement:
    return agreements.sign(
        agreement,
        side=side,
        by=by,
        role="Manager",
        at=timezone.now(),
        document_hash=agreement.document_hash,
    )


def make_active(workspace: Workspace, *, ana: User, mara: User) -> Agreement:
    proposal = make_proposal(workspace, ana=ana, mara=mara)
    sign_for(proposal, Side.MARKETING, ana)
    return sign_for(proposal, Side.SALES, mara)


def save_clause(client: Client, code: str, draft: Agreement, **said: Any) -> Any:
    """Post one clause as the page does, from what stands in `draft` now."""
    said = {"seen": stamp_of(draft), **said}
    return client.post(f"{DRAFT}clauses/{code}/", said, headers={"HX-Request": "true"})
