"""When a promise warns and when it is due. Pure: no database, no clock."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sla.business_time import Calendar, after, due, due_in_days, elapsed


class Deadlines(NamedTuple):
    """Moments in UTC, ascending; every warning lies before the deadline, or at it where the whole
    promise is a moment."""

    warn_ats: list[datetime]
    due_at: datetime


def deadlines(
    *,
    started_at: datetime,
    minutes: int,
    warn_percents: Sequence[int],
    calendar: Calendar,
    days: int = 0,
    paused: timedelta = timedelta(),
) -> Deadlines:
    """All moments of a promise of so many business minutes, or (where `days` are given) business
    days, of which each of `warn_percents` (1 to 99) have passed at its warning. `paused` is the
    business time for which it stood still. Raises CalendarError.

    A pause puts off only what still lies ahead of it; whoever pauses keeps the warnings that were
    given (see `sla.pauses`).
    """
    if days:
        end = due_in_days(started_at, days, calendar)
        work = elapsed(started_at, end, calendar)
        due_at = after(end, paused, calendar) if paused else end
    else:
        work = timedelta(minutes=minutes)
        due_at = (
            after(started_at, work + paused, calendar)
            if paused
            else due(started_at, minutes, calendar)
        )
    warn_ats = [
        after(started_at, work * percent / 100 + paused, calendar)
        for percent in sorted(warn_percents)
    ]
    return Deadlines(warn_ats, due_at)
