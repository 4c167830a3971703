"""The detours off the main road, taken by a person: recycle, not ready, disqualify, reopen."""

from datetime import datetime

from django.db import transaction

from accounts.models import User
from handoff import nurture
from handoff.handoffs import withdraw_open
from handoff.models import RejectionReason
from handoff.promotion import settle
from handoff.transitions import MoveNotAllowed, move
from leadqual.models import Lead, StageMove
from leadqual.stages import Stage


@transaction.atomic
def recycle(
    lead: Lead,
    *,
    by: User,
    at: datetime,
    reason: RejectionReason,
    note: str = "",
    wake_at: datetime | None = None,
) -> StageMove:
    """mql | sal | sql → nurture, with a reason whose outcome is nurture, history attached."""
    if reason.outcome != RejectionReason.Outcome.NURTURE:
        raise MoveNotAllowed(f"“{reason.name}” does not lead to nurture; disqualify the lead.")
    _must_be_of(lead, reason)
    withdraw_open(lead, at=at, note="Recycled", by=by)
    return nurture.enter(
        lead, rule="recycled", by=by, at=at, reason=reason, note=note, wake_at=wake_at
    )


@transaction.atomic
def not_ready(
    lead: Lead, *, by: User, at: datetime, note: str = "", wake_at: datetime | None = None
) -> StageMove:
    """new → nurture, or lost → nurture: kept warm."""
    return nurture.enter(lead, rule="not_ready", by=by, at=at, note=note, wake_at=wake_at)


@transaction.atomic
def disqualify(
    lead: Lead, *, by: User, at: datetime, reason: RejectionReason, note: str = ""
) -> StageMove:
    """Any open stage → disqualified, with a reason whose outcome is disqualified."""
    if reason.outcome != RejectionReason.Outcome.DISQUALIFY:
        raise MoveNotAllowed(f"“{reason.name}” leads to nurture; recycle the lead.")
    _must_be_of(lead, reason)
    withdraw_open(lead, at=at, note="Disqualified", by=by)
    nurture.leave(lead, at=at)
    return move(
        lead,
        Stage.DISQUALIFIED,
        rule="disqualified",
        by=by,
        at=at,
        reason=reason.code,
        note=note,
    )


@transaction.atomic
def reopen(lead: Lead, *, by: User, at: datetime, why: str) -> StageMove:
    """disqualified → new; the definition is looked at again at once."""
    if not why.strip():
        raise MoveNotAllowed("Say why the lead is reopened.")
    record = move(
        lead, Stage.NEW, rule="reopened", by=by, at=at, reason="reopened", note=why.strip()
    )
    settle(lead, now=at)
    return record


def _must_be_of(lead: Lead, reason: RejectionReason) -> None:
    if reason.workspace_id != lead.workspace_id or not reason.is_active:
        raise MoveNotAllowed("Choose a reason from the list of this workspace.")
