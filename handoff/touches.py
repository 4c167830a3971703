"""Logging what a person of ours did; touches keep promises."""

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from accounts.models import User
from handoff import call_backs, promises
from handoff.transitions import lock
from leadqual.models import Lead, Touch, TouchKind, TouchOutcome
from leadqual.moments import BEFORE_EARLIEST, EARLIEST

SAME_TOUCH: Final = timedelta(seconds=10)
"""Logged again within this time, with nothing different, it is a double click."""


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
    call_back: datetime | None = None,
) -> Touch:
    """`at` is when it happened, and the moment by which clocks count it; never later than `now`,
    nor before 1990 (TouchInTheFuture, TouchLongAgo).

    `call_back` is when the lead asked, in it, to be called back (see `handoff.call_backs`, which
    refuses moments that cannot be).

    The same one logged again by the same person within ten seconds is no second touch: the first
    is returned. Which promises it keeps, `handoff.promises` knows: none of before the lead was MQL.
    """
    if at > now:
        raise TouchInTheFuture("The moment lies in the future. Log a touch once it has happened.")
    if at < EARLIEST:
        raise TouchLongAgo(BEFORE_EARLIEST)
    lead = lock(lead)
    said = {"kind": kind, "outcome": outcome, "by": by, "note": note}
    # Of two clicks the later one may hold the lock first.
    again = lead.touches.filter(**said, logged_at__range=(now - SAME_TOUCH, now + SAME_TOUCH))
    if (first := again.order_by("pk").first()) and abs(first.occurred_at - at) <= SAME_TOUCH:
        return first
    touch = Touch.objects.create(
        workspace=lead.workspace,
        lead=lead,
        **said,
        occurred_at=at,
        logged_at=now,
    )
    promises.touched(lead)
    call_backs.touched(touch, now=now)
    if call_back:
        call_backs.ask(lead, until=call_back, asked_at=at, by=by, now=now, note=note)
    return touch
