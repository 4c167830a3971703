"""Steps of an agreement's life as tests take them, with a text of one clause."""

from datetime import timedelta
from typing import Any

from accounts.models import User
from sla import agreements
from sla.models import Agreement
from tests.builders import MONDAY_NOON

DOCUMENT: list[dict[str, Any]] = [
    {"code": "owners", "title": "Owners", "lines": ["Ana owns it."], "text": "Together."}
]
TERMS: dict[str, Any] = {"reasons": [], "policy": {"max_cycles": 3}}


def propose(draft: Agreement, *, by: User) -> Agreement:
    return agreements.propose(
        draft, by=by, at=MONDAY_NOON, document=DOCUMENT, terms=TERMS, model_version=4
    )


def sign(proposal: Agreement, *, side: str, by: User, hours: int = 1, **said: Any) -> Agreement:
    return agreements.sign(
        proposal,
        side=side,
        by=by,
        role=f"{side} manager",
        at=MONDAY_NOON + timedelta(hours=hours),
        document_hash=said.get("document_hash", proposal.document_hash),
    )


def sign_both(proposal: Agreement, *, marketing: User, sales: User) -> Agreement:
    sign(proposal, side="marketing", by=marketing)
    return sign(proposal, side="sales", by=sales, hours=2)


def promises_of(agreement: Agreement) -> list[tuple[str, str, int]]:
    rows = agreement.commitments.order_by("code", "tier_code")
    return [(row.code, row.tier_code, row.minutes) for row in rows]
