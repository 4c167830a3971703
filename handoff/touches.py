"""Logging what a person of ours did; the first one after acceptance keeps a promise."""

from datetime import datetime

from django.db import transaction

from accounts.models import User
from handoff.handoffs import stop_first_touch
from handoff.models import Handoff
from handoff.transitions import lock
from leadqual.models import Lead, Touch, TouchKind, TouchOutcome
from leadqual.moments import BEFORE_EARLIEST, EARLIEST


class TouchInTheFuture(ValueError):
    """A touch is logged after it happened."""


class TouchLongAgo(ValueError):
    """A touch before 1990 is a slip, and no page could show it."""


@transaction.atomic
def log_touch(
    lead: Lead,
    *,
    by: User,
    kind: TouchKind,
    outcome: TouchOutcome,
    at: datetime,
    now: datetime,
    note: str = "",
) -> Touch:
    """`at` is when it happened, and the moment by which clocks count it; never later than `now`,
    nor before 1990 (TouchInTheFuture, TouchLongAgo).

    Only a touch since the lead was offered stops the clock of the first touch.
    """
    if at > now:
        raise TouchInTheFuture("The moment lies in the future. Log a touch once it has happened.")
    if at < EARLIEST:
        raise TouchLongAgo(BEFORE_EARLIEST)
    lead = lock(lead)
    touch = Touch.objects.create(
        workspace=lead.workspace,
        lead=lead,
        kind=kind,
        outcome=outcome,
        occurred_at=at,
        logged_at=now,
        by=by,
        note=note,
    )
    accepted = lead.handoffs.filter(cycle=lead.cycle, status=Handoff.Status.ACCEPTED).first()
    if accepted and at >= accepted.offered_at:
        stop_first_touch(lead, at=max(at, accepted.decided_at or at))
    return touch
