"""From a qualified lead to a deal with an amount, won or lost."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import QuerySet

from accounts.models import User
from handoff import promises
from handoff.agreement.in_force import policy_in_force
from handoff.models import HandoffPolicy, LostReason, Opportunity
from handoff.scorecard_reading import final_gaps, gaps_before_sql
from handoff.transitions import MoveNotAllowed, lock, move
from leadqual.models import Lead, StageMove
from leadqual.stages import Stage


@transaction.atomic
def qualify(lead: Lead, *, by: User, at: datetime) -> StageMove:
    """SAL → SQL when the discovery scorecard passes; the gate may only warn, or not ask.

    Raises MoveNotAllowed naming the gaps where the gate blocks.
    """
    lock(lead)
    policy = policy_in_force(lead.workspace_id)
    gate = policy.scorecard_gate if policy else HandoffPolicy.Gate.OFF
    gaps = gaps_before_sql(lead)
    if gaps and gate == HandoffPolicy.Gate.BLOCK:
        raise MoveNotAllowed(f"The scorecard has gaps: {'; '.join(gaps)}.")
    note = ""
    if gaps and gate == HandoffPolicy.Gate.WARN:
        note = f"Passed with gaps: {'; '.join(gaps)}."
    record = move(lead, Stage.SQL, rule="scorecard", by=by, at=at, note=note, rep=lead.owner)
    promises.qualified(lead, at=at)
    return record


@transaction.atomic
def open_opportunity(lead: Lead, *, by: User, at: datetime, amount: Decimal) -> Opportunity:
    """SQL → opportunity; the amount is in the workspace's currency and above zero.

    What the scorecard for the final word lacks blocks nothing; the move's record keeps it.
    """
    if amount <= 0:
        raise MoveNotAllowed("An opportunity has an amount above zero.")
    lock(lead)
    risks = final_gaps(lead)
    note = f"Opened with gaps: {'; '.join(risks)}." if risks else ""
    move(lead, Stage.OPPORTUNITY, rule="opportunity", by=by, at=at, note=note, rep=lead.owner)
    return Opportunity.objects.create(
        workspace=lead.workspace,
        lead=lead,
        cycle=lead.cycle,
        amount=amount,
        currency=lead.workspace.currency,
        opened_at=at,
    )


@transaction.atomic
def win(lead: Lead, *, by: User, at: datetime) -> StageMove:
    record = move(lead, Stage.WON, rule="won", by=by, at=at, rep=lead.owner)
    _deal(lead).update(won=True, closed_at=at)
    promises.left_sales(lead, at=at)
    return record


@transaction.atomic
def lose(lead: Lead, *, by: User, at: datetime, reason: LostReason, note: str = "") -> StageMove:
    record = move(
        lead, Stage.LOST, rule="lost", by=by, at=at, reason=reason, note=note, rep=lead.owner
    )
    _deal(lead).update(won=False, closed_at=at, lost_reason=reason)
    promises.left_sales(lead, at=at)
    return record


def _deal(lead: Lead) -> QuerySet[Opportunity]:
    return Opportunity.objects.filter(lead=lead, cycle=lead.cycle, closed_at=None)
