"""When a promise warns and when it is due. Pure: no database, no clock."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sla.business_time import Calendar, after, due, due_in_days, elapsed


class Span(NamedTuple):
    """For which a promise stands still: from `since` up to, not including, `until`."""

    since: datetime
    until: datetime


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
    pauses: Sequence[Span] = (),
) -> Deadlines:
    """All moments of a promise of so many business minutes, or (where `days` are given) business
    days, of which each of `warn_percents` (1 to 99) have passed at its warning. Raises
    CalendarError.

    `pauses` come in order, do not overlap and begin at `started_at` at the earliest. Each puts off,
    by the business time inside it, what still lies ahead when it begins; what has come by then, a
    warning or the deadline itself, stays where it was.
    """
    if days:
        end = due_in_days(started_at, days, calendar)
        work = elapsed(started_at, end, calendar)
    else:
        end = due(started_at, minutes, calendar)
        work = timedelta(minutes=minutes)
    moments = [
        _put_off(after(started_at, part, calendar), started_at, part, pauses, calendar)
        for part in (work * percent / 100 for percent in sorted(warn_percents))
    ]
    return Deadlines(moments, _put_off(end, started_at, work, pauses, calendar))


def _put_off(
    at: datetime,
    started_at: datetime,
    work: timedelta,
    pauses: Sequence[Span],
    calendar: Calendar,
) -> datetime:
    still = timedelta()
    for pause in pauses:
        if pause.since >= at:
            break
        still += elapsed(pause.since, pause.until, calendar)
        at = after(started_at, work + still, calendar)
    return at


def worked(
    started_at: datetime, at: datetime, *, pauses: Sequence[Span], calendar: Calendar
) -> timedelta:
    """The business time between the two without that of the pauses; never negative."""
    still = sum(
        (elapsed(p.since, min(p.until, at), calendar) for p in pauses if p.since < at), timedelta()
    )
    return max(elapsed(started_at, at, calendar) - still, timedelta())
