"""What a clock says, in words: business time left or gone by, and moments as people name them.

Pure: no database, no clock.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sla.business_time import Calendar, elapsed

_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Remaining:
    """`time` is business time, negative once the deadline has passed."""

    time: timedelta
    late: bool
    words: str
    """Such as “2 h 10 min of business time left, due Mon 09:30”."""


def remaining(*, due_at: datetime, now: datetime, calendar: Calendar) -> Remaining:
    """How far away the deadline is at `now`; moments are named in the calendar's zone.

    Raises TooFarAway for moments outside 1900 to 2199.
    """
    time = elapsed(now, due_at, calendar)
    late = now > due_at
    when = named(due_at, now=now, zone=calendar.zone)
    if not late:
        words = f"{spelled(time)} of business time left, due {when}"
    elif time:
        words = f"{spelled(-time)} of business time late, was due {when}"
    else:  # nobody has been at work since
        words = f"late, was due {when}"
    return Remaining(time=time, late=late, words=words)


def spelled(time: timedelta) -> str:
    """A span in hours and whole minutes, rounded down: “2 h 10 min”, “less than a minute”."""
    hours, minutes = divmod(time // _MINUTE, 60)
    if not (hours or minutes):
        return "less than a minute"
    return " ".join(f"{n} {unit}" for n, unit in ((hours, "h"), (minutes, "min")) if n)


def named(at: datetime, *, now: datetime, zone: str) -> str:
    """A moment by the wall clock of the zone, as short as it is clear seen from `now`.

    “today 15:30”, “tomorrow 09:30”, “Mon 09:30” within six days, else “Mon 9 Mar 09:30”, with
    the year where it is another one.
    """
    local, here = at.astimezone(ZoneInfo(zone)), now.astimezone(ZoneInfo(zone))
    days = (local.date() - here.date()).days
    near = {0: "today", 1: "tomorrow", -1: "yesterday"}
    if days in near:
        day = near[days]
    elif abs(days) < 7:
        day = f"{local:%a}"
    else:
        day = f"{local:%a %-d %b}" if local.year == here.year else f"{local:%a %-d %b %Y}"
    return f"{day} {local:%H:%M}"
