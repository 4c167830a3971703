"""Decided offers, row by row: what the agenda counts, without the way there."""

from datetime import datetime
from typing import Any

from accounts.models import User, Workspace
from handoff.models import Handoff, Opportunity, RejectionReason
from leadqual.models import Lead
from leadqual.stages import Stage
from tests.builders import make_lead


def make_decided(
    workspace: Workspace,
    rep: User,
    *,
    at: datetime,
    accepted: bool = True,
    rules: dict[str, bool] | None = None,
    lead: Lead | None = None,
    **fields: Any,
) -> Handoff:
    """`rules` are intent rules asked at the offer, and whether they had hit."""
    lead = lead or make_lead(workspace, stage=Stage.SAL if accepted else Stage.NURTURE, cycle=1)
    reason = None if accepted else RejectionReason.objects.of(workspace).get(code="no-budget")
    asked = [
        {"axis": "intent", "name": name, "hit": hit, "persona": "", "is_meant": True, "points": 5}
        for name, hit in (rules or {}).items()
    ]
    words: dict[str, Any] = {
        "fit": 40,
        "intent": 30,
        "grade": "B",
        "model_version": 1,
        "packet": {"explanation": {"rules": asked}},
    }
    return Handoff.objects.create(
        workspace=workspace,
        lead=lead,
        rep=rep,
        cycle=lead.cycle,
        status=Handoff.Status.ACCEPTED if accepted else Handoff.Status.REJECTED,
        offered_at=at,
        decided_at=at,
        decided_by=rep,
        reason=reason,
        why_now="Now",
        **(words | fields),
    )


def make_deal(handoff: Handoff, *, at: datetime, won: bool, amount: int = 1000) -> Opportunity:
    return Opportunity.objects.create(
        workspace=handoff.workspace,
        lead=handoff.lead,
        cycle=handoff.cycle,
        amount=amount,
        currency="EUR",
        opened_at=at,
        closed_at=at,
        won=won,
        lost_reason="" if won else "price",
    )
