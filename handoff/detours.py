"""The detours off the main road, taken by a person: recycle, not ready, disqualify, reopen."""

from datetime import datetime

from django.db import transaction

from accounts.models import User
from handoff import nurture, promises, reasons
from handoff.corrections import correct_lead
from handoff.models import RejectionReason
from handoff.open_offers import withdraw_open
from handoff.promotion import settle
from handoff.reasons import Correction, Outcome
from handoff.transitions import MoveNotAllowed, lock, move
from leadqual.models import Lead, StageMove
from leadqual.stages import Stage
from scoring.locks import share_model


@transaction.atomic
def recycle(
    lead: Lead,
    *,
    by: User,
    at: datetime,
    reason: RejectionReason,
    note: str = "",
    wake_at: datetime | None = None,
    correction: Correction | None = None,
) -> StageMove:
    """mql | sal | sql → nurture, with a reason whose outcome is nurture, history attached.

    What the reason asks is due here as it is with a rejection (MoveNotAllowed).
    """
    reason = _check(
        lead, reason, Outcome.NURTURE, note=note, wake_at=wake_at, correction=correction
    )
    promises.given_back(lead, at=at)
    withdraw_open(lead, at=at, note="Recycled", by=by)
    record = nurture.enter(
        lead, rule="recycled", by=by, at=at, reason=reason, note=note, wake_at=wake_at
    )
    _write(lead, correction, at=at)
    return record


@transaction.atomic
def not_ready(
    lead: Lead, *, by: User, at: datetime, note: str = "", wake_at: datetime | None = None
) -> StageMove:
    """new → nurture, or lost → nurture: kept warm."""
    return nurture.enter(lead, rule="not_ready", by=by, at=at, note=note, wake_at=wake_at)


@transaction.atomic
def disqualify(
    lead: Lead,
    *,
    by: User,
    at: datetime,
    reason: RejectionReason,
    note: str = "",
    correction: Correction | None = None,
) -> StageMove:
    """Any open stage → disqualified, with a reason whose outcome is disqualified."""
    reason = _check(lead, reason, Outcome.DISQUALIFY, note=note, correction=correction)
    promises.given_back(lead, at=at)
    withdraw_open(lead, at=at, note="Disqualified", by=by)
    nurture.leave(lead, at=at)
    record = move(
        lead,
        Stage.DISQUALIFIED,
        rule="disqualified",
        by=by,
        at=at,
        reason=reason.code,
        note=note,
    )
    _write(lead, correction, at=at)
    return record


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


def _check(
    lead: Lead,
    reason: RejectionReason,
    outcome: Outcome,
    *,
    note: str,
    wake_at: datetime | None = None,
    correction: Correction | None,
) -> RejectionReason:
    if correction:
        share_model(lead.workspace_id)  # before the lead, as everywhere: see scoring.scorers
    return reasons.check(
        lock(lead),
        reason,
        outcomes=(outcome,),
        note=note,
        wake_at=wake_at,
        correction=correction,
    )


def _write(lead: Lead, correction: Correction | None, *, at: datetime) -> None:
    if correction:
        correct_lead(lead, facts=correction.facts, now=at)
