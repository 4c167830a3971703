"""When a promise warns and when it is due. Pure: no database, no clock."""

from datetime import datetime, timedelta
from typing import NamedTuple

from sla.business_time import Calendar, after, due


class Deadlines(NamedTuple):
    """Moments in UTC; the warning always lies before the deadline."""

    warn_at: datetime
    due_at: datetime


def deadlines(
    *, started_at: datetime, minutes: int, warn_percent: int, calendar: Calendar
) -> Deadlines:
    """Both moments of a promise of so many business minutes, of which `warn_percent` (1 to 99)
    have passed at the warning. Raises CalendarError.
    """
    return Deadlines(
        warn_at=after(started_at, timedelta(minutes=minutes) * warn_percent / 100, calendar),
        due_at=due(started_at, minutes, calendar),
    )
