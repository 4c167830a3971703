"""Business time: when work is due, how much of it has passed. Pure; no database, no clock.

A calendar is open at an instant when the wall clock of its zone reads inside one of that day's
ranges, the start included and the end not. Everything follows from that one sentence, the nights
when the clock jumps too: a range in the spring gap is shorter, an hour that the clock shows twice
in autumn counts twice.

Moments may come in any zone and go out in UTC. Once a calendar is warm a call takes microseconds,
over years some tens: see `working_calendar.py`.
"""

from bisect import bisect_left, bisect_right
from datetime import UTC, datetime, timedelta

from sla.local_time import MICROSECOND, NaiveMoment, TooFarAway, to_micros, to_moment
from sla.opening_hours import BadRange, CalendarError, OverlappingRanges, UnknownZone
from sla.working_calendar import ALWAYS, BLOCK, BLOCK_DAYS, HORIZON, Calendar, ClosedForever

__all__ = [
    "ALWAYS",
    "BadRange",
    "Calendar",
    "CalendarError",
    "ClosedForever",
    "NaiveMoment",
    "NegativeWork",
    "OverlappingRanges",
    "TooFarAway",
    "UnknownZone",
    "after",
    "due",
    "due_in_days",
    "elapsed",
    "is_open",
    "next_opening",
]


class NegativeWork(CalendarError):
    """Less than no work was asked for."""


def due(start: datetime, business_minutes: int, calendar: Calendar) -> datetime:
    """The moment, in UTC, when that many whole minutes of business time have passed since `start`.

    It is the first such moment, so that the closing time is inside: an hour from Friday 16:00 with
    a day that ends at 17:00 is due on Friday 17:00. Zero minutes are due at `start` itself, open
    or not; `next_opening` answers the other question. See `after` for the errors.
    """
    return after(start, timedelta(minutes=business_minutes), calendar)


def after(start: datetime, work: timedelta, calendar: Calendar) -> datetime:
    """`due` for any span of business time, exact to the microsecond: fractions, remainders.

    Raises NaiveMoment, NegativeWork, TooFarAway (more than 20 years after `start`), ClosedForever
    (a calendar of dated openings only that has no more of them).
    """
    need = work // MICROSECOND
    if need < 0:
        raise NegativeWork("A promise cannot be shorter than no time at all")
    since = to_micros(start)
    if need == 0:
        return start.astimezone(UTC)
    need += calendar.before(since)
    for number in range(since // BLOCK, (since + HORIZON) // BLOCK + 1):
        total = calendar.total(number)
        if need <= total:
            block = calendar.block(number)
            i = bisect_left(block.before, need) - 1
            at = block.starts[i] + need - block.before[i]
            if at <= since + HORIZON:
                return to_moment(at)
            break
        need -= total
    raise calendar.unreached(since)


def due_in_days(start: datetime, business_days: int, calendar: Calendar) -> datetime:
    """The closing time, in UTC, of so many working days after the day of `start`.

    A working day is a date of the calendar's zone on which it opens at all; that of `start` is not
    counted. Five days from a Monday with weekends off are over when the next Monday closes. A day
    that ends at 24:00 closes with the date. Raises NaiveMoment, NegativeWork (less than one day),
    TooFarAway (more than 20 years after `start`), ClosedForever.
    """
    if business_days < 1:
        raise NegativeWork("A promise in days is of one day at least")
    since = to_micros(start)
    today = calendar.day_of(since)
    need = business_days
    for number in range(today // BLOCK_DAYS, (since + HORIZON) // BLOCK + 2):
        month = calendar.month(number)
        first = bisect_right(month.days, today)
        if need <= len(month.days) - first:
            closes = month.closings[first + need - 1]
            if closes <= since + HORIZON:
                return to_moment(closes)
            break
        need -= len(month.days) - first
    raise calendar.unreached(since)


def elapsed(start: datetime, end: datetime, calendar: Calendar) -> timedelta:
    """Business time between two moments; negative when `end` lies before `start`.

    Raises NaiveMoment; TooFarAway for moments outside 1900 to 2199.
    """
    since, until = to_micros(start), to_micros(end)
    if until < since:
        return -elapsed(end, start, calendar)
    whole = sum(calendar.total(n) for n in range(since // BLOCK, until // BLOCK))
    return timedelta(microseconds=whole + calendar.before(until) - calendar.before(since))


def is_open(at: datetime, calendar: Calendar) -> bool:
    """Whether work is done at that moment: the opening time is inside, the closing time is not."""
    now = to_micros(at)
    block = calendar.block(now // BLOCK)
    i = bisect_right(block.starts, now) - 1
    return i >= 0 and now < block.ends[i]


def next_opening(at: datetime, calendar: Calendar) -> datetime:
    """The first open moment at or after `at`, in UTC; `at` itself when it is open.

    Raises NaiveMoment, ClosedForever, TooFarAway (nothing opens within 20 years).
    """
    now = to_micros(at)
    for number in range(now // BLOCK, (now + HORIZON) // BLOCK + 1):
        if calendar.total(number):
            block = calendar.block(number)
            i = bisect_right(block.ends, now)
            if i < len(block.ends):
                return to_moment(max(now, block.starts[i]))
    raise calendar.unreached(now)
