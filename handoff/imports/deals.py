"""The deal of a line: an amount, with the moments of its opening and closing where known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handoff.imports import history
from handoff.models import LostReason, Opportunity
from leadqual.stages import Stage

if TYPE_CHECKING:
    from handoff.imports.planning import LeadPlan, Plan

COLUMNS = ("amount", "opened_at", "closed_at", "won", "lost_reason")


def attach(plan: Plan, one: LeadPlan) -> list[str]:
    """Make or complete the deal; returns flags. The moment of opening may stay unknown."""
    deal = plan.known.opportunities.get(one.lead.pk) if one.lead.pk else None
    amount = one.record.amount or (deal.amount if deal else None)
    if amount is None:
        return []
    if history.is_live(one, plan.known):
        is_news = one.record.amount is not None and (deal is None or deal.amount != amount)
        return ["is worked on here; its amount is not taken from a file"] if is_news else []
    moments = {
        stage: moments[0] for stage, moments in history.known_moments(plan.known, one).items()
    } | {moment.stage: moment.at for moment in one.past}
    won_at, lost_at = moments.get(Stage.WON), moments.get(Stage.LOST)
    opened_at = moments.get(Stage.OPPORTUNITY)
    if not (won_at or lost_at or opened_at):
        return ["has an amount but no date of an opportunity, a win or a loss; it is not kept"]
    said = {
        "amount": amount,
        "opened_at": opened_at,
        "closed_at": won_at or lost_at,
        "won": True if won_at else False if lost_at else None,
        "lost_reason": _lost_reason(one, deal) if lost_at and not won_at else "",
    }
    if deal is None:
        deal = Opportunity(
            workspace=plan.known.workspace,
            lead=one.lead,
            cycle=max(one.lead.cycle, 1),
            currency=plan.known.workspace.currency,
        )
    if any(getattr(deal, column) != value for column, value in said.items()):
        for column, value in said.items():
            setattr(deal, column, value)
        one.deal = deal
    return []


def _lost_reason(one: LeadPlan, deal: Opportunity | None) -> str:
    said = one.record.reasons.get(Stage.LOST, "").lower()
    if said in LostReason.values:
        return said
    return (deal.lost_reason if deal else "") or LostReason.OTHER
