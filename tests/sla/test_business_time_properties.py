"""Business time on random calendars, against a slow reference that looks at every minute."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from sla.business_time import Calendar, CalendarError, after, due, elapsed, is_open, next_opening
from sla.opening_hours import Range, Ranges

MINUTE = timedelta(minutes=1)

# Zones whose clocks do odd things, each with instants near which they do them.
ODD_MOMENTS = {
    "UTC": ["2026-06-01T00:00"],
    "Europe/Berlin": ["2026-03-29T01:00", "2026-10-25T01:00"],
    "America/New_York": ["2026-03-08T07:00", "2026-11-01T06:00"],
    "Asia/Kathmandu": ["2026-03-29T01:00"],
    "Australia/Lord_Howe": ["2026-04-04T15:00", "2026-10-03T15:30"],
    "America/Sao_Paulo": ["2018-11-04T03:00", "2018-02-18T02:00"],
    "America/St_Johns": ["2010-03-14T03:31", "2010-11-07T02:31"],
    "Pacific/Apia": ["2011-12-30T10:00"],
    "Africa/Casablanca": ["2026-02-15T02:00", "2026-03-22T02:00"],
}


@dataclass(frozen=True)
class Case:
    calendar: Calendar
    start: datetime  # whole minutes, within days of something odd


@st.composite
def day_hours(draw: st.DrawFn) -> Ranges:
    """Up to three ranges, some of which touch."""
    points = sorted(draw(st.sets(st.integers(0, 96), max_size=4)))
    pairs = pairwise(points)
    return tuple(_range(a, b) for a, b in pairs if draw(st.booleans()))


def _range(quarter: int, until: int) -> Range:
    return time(quarter // 4, quarter % 4 * 15), time(until // 4 % 24, until % 4 * 15)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    zone = draw(st.sampled_from(sorted(ODD_MOMENTS)))
    odd = datetime.fromisoformat(draw(st.sampled_from(ODD_MOMENTS[zone]))).replace(tzinfo=UTC)
    near = st.integers(-9, 9).map(lambda days: (odd + timedelta(days=days)).date())
    weekly = draw(st.tuples(*[day_hours()] * 7))
    holidays = draw(st.dictionaries(near, st.just("A holiday"), max_size=3))
    exceptions = draw(st.dictionaries(near, day_hours(), max_size=3))
    assume(any(weekly))
    start = odd + timedelta(minutes=draw(st.integers(-3 * 1440, 3 * 1440)))
    return Case(Calendar(zone, weekly, holidays, exceptions), start)


MINUTES = st.integers(0, 3 * 1440) | st.integers(0, 300_000)
SPANS = st.timedeltas(timedelta(0), timedelta(days=400))


def open_by_the_wall_clock(at: datetime, calendar: Calendar) -> bool:
    """The definition itself, from the calendar's public fields and nothing else."""
    wall = at.astimezone(ZoneInfo(calendar.zone))
    day: date = wall.date()
    if day in calendar.exceptions:
        ranges = calendar.exceptions[day]
    elif day in calendar.holidays:
        ranges = ()
    else:
        ranges = calendar.weekly[day.weekday()]
    return any(
        start <= wall.time() and (wall.time() < end or end == time(0)) for start, end in ranges
    )


@settings(deadline=None)
@given(cases(), st.integers(0, 4 * 1440))
def test_elapsed_and_open_agree_with_looking_at_every_minute(case: Case, length: int) -> None:
    minutes = [case.start + n * MINUTE for n in range(length)]
    opened = [open_by_the_wall_clock(at, case.calendar) for at in minutes]
    assert [is_open(at, case.calendar) for at in minutes] == opened
    assert elapsed(case.start, case.start + length * MINUTE, case.calendar) == MINUTE * sum(opened)


@settings(deadline=None)
@given(cases(), st.integers(1, 600))
def test_due_and_next_opening_agree_with_looking_at_every_minute(case: Case, work: int) -> None:
    # Fifteen days hold a whole week even beside nine special days, but perhaps not enough work.
    minutes = [case.start + n * MINUTE for n in range(15 * 1440)]
    opened = [at for at in minutes if open_by_the_wall_clock(at, case.calendar)]
    assume(len(opened) >= work)
    assert due(case.start, work, case.calendar) == opened[work - 1] + MINUTE
    assert next_opening(case.start, case.calendar) == opened[0]


@settings(deadline=None)
@given(cases(), MINUTES)
def test_what_has_elapsed_when_due_is_what_was_asked(case: Case, minutes: int) -> None:
    try:
        when = due(case.start, minutes, case.calendar)
    except CalendarError:  # a quarter of an hour a week: thirty years
        assert minutes > 20 * 52 * 15
        return
    assert elapsed(case.start, when, case.calendar) == minutes * MINUTE
    if minutes:  # the first such moment: a moment earlier it was not yet done
        tick = timedelta(microseconds=1)
        assert elapsed(case.start, when - tick, case.calendar) == minutes * MINUTE - tick


@settings(deadline=None)
@given(cases(), SPANS, SPANS)
def test_elapsed_is_additive(case: Case, one: timedelta, other: timedelta) -> None:
    middle, end = case.start + one, case.start + one + other
    assert elapsed(case.start, end, case.calendar) == elapsed(
        case.start, middle, case.calendar
    ) + elapsed(middle, end, case.calendar)
    assert elapsed(end, case.start, case.calendar) == -elapsed(case.start, end, case.calendar)


@settings(deadline=None)
@given(cases(), st.timedeltas(timedelta(0), timedelta(days=3)), st.integers(0, 5000))
def test_due_in_two_steps_is_due_in_one(case: Case, one: timedelta, other: int) -> None:
    step = after(case.start, one, case.calendar)
    both = after(case.start, one + other * MINUTE, case.calendar)
    assert due(step, other, case.calendar) == both


@settings(deadline=None)
@given(cases(), SPANS, st.integers(0, 5000), st.integers(0, 5000))
def test_later_starts_and_more_minutes_are_never_due_earlier(
    case: Case, later: timedelta, minutes: int, more: int
) -> None:
    when = due(case.start, minutes, case.calendar)
    assert when >= case.start
    assert due(case.start + later, minutes, case.calendar) >= when
    assert due(case.start, minutes + more, case.calendar) >= when


@settings(deadline=None)
@given(cases(), SPANS, st.integers(0, 5000), st.sampled_from(sorted(ODD_MOMENTS)))
def test_the_zone_in_which_a_moment_is_written_does_not_matter(
    case: Case, later: timedelta, minutes: int, zone: str
) -> None:
    start, end = case.start, case.start + later
    here, there = start.astimezone(ZoneInfo(zone)), end.astimezone(ZoneInfo(zone))
    assert due(here, minutes, case.calendar) == due(start, minutes, case.calendar)
    assert elapsed(here, there, case.calendar) == elapsed(start, end, case.calendar)
    assert is_open(here, case.calendar) == is_open(start, case.calendar)
    assert next_opening(here, case.calendar) == next_opening(start, case.calendar)


@settings(max_examples=40, deadline=None)
@given(cases(), st.integers(0, 12 * 365), st.integers(0, 2 * 365))
def test_long_spans_agree_with_looking_at_every_quarter_of_an_hour(
    case: Case, first: int, days: int
) -> None:
    """Whole blocks are skipped by their sums here; sums of `elapsed` itself could not tell."""
    # From 2012 on, all these clocks change on a quarter of an hour (St John's did so at 00:01).
    start = datetime(2012, 1, 1, tzinfo=UTC) + timedelta(days=first)
    quarter = 15 * MINUTE
    quarters = (start + n * quarter for n in range(days * 96))
    opened = sum(open_by_the_wall_clock(at, case.calendar) for at in quarters)
    assert elapsed(start, start + timedelta(days=days), case.calendar) == opened * quarter


@settings(deadline=None)
@given(cases(), MINUTES)
def test_work_ends_while_open_or_at_closing_time(case: Case, minutes: int) -> None:
    assume(minutes <= 5000)
    when = due(case.start, max(minutes, 1), case.calendar)
    assert is_open(when - timedelta(microseconds=1), case.calendar) is True
