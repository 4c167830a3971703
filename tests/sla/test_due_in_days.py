"""Promises of so many working days: by example, and against looking at every day."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from time import process_time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from sla.business_time import (
    ALWAYS,
    Calendar,
    ClosedForever,
    NaiveMoment,
    NegativeWork,
    TooFarAway,
    due_in_days,
    is_open,
)
from sla.opening_hours import read
from tests.sla.calendars import BERLIN, CLOSED, every_day, local, office, utc
from tests.sla.test_business_time_properties import (
    ODD_MOMENTS,
    Case,
    cases,
    open_by_the_wall_clock,
)

OFFICE = office()
HOLIDAY = office(holiday=date(2026, 11, 23))
LUNCH = office(hours="09:00-12:00, 13:00-17:00")
ALL_DAY = every_day(BERLIN, "00:00-24:00")
SATURDAY = replace(
    OFFICE,
    exceptions={date(2026, 11, 21): read("10:00-12:00"), date(2026, 11, 24): CLOSED},
)
NIGHTS = every_day(BERLIN, "02:00-03:00")


# In November 2026 the 20th is a Friday, the 23rd a Monday.
@pytest.mark.parametrize(
    ("calendar", "start", "days", "expected"),
    [
        (OFFICE, "2026-11-20 16:30", 1, "2026-11-23 17:00"),
        (OFFICE, "2026-11-20 00:00", 1, "2026-11-23 17:00"),
        (OFFICE, "2026-11-20 23:59", 1, "2026-11-23 17:00"),
        (OFFICE, "2026-11-21 12:00", 1, "2026-11-23 17:00"),
        (OFFICE, "2026-11-22 12:00", 2, "2026-11-24 17:00"),
        (OFFICE, "2026-11-16 09:00", 5, "2026-11-23 17:00"),
        (OFFICE, "2026-11-16 09:00", 10, "2026-11-30 17:00"),
        (HOLIDAY, "2026-11-20 16:30", 1, "2026-11-24 17:00"),
        (LUNCH, "2026-11-20 16:30", 1, "2026-11-23 17:00"),
        (SATURDAY, "2026-11-20 16:30", 1, "2026-11-21 12:00"),
        (SATURDAY, "2026-11-20 16:30", 3, "2026-11-25 17:00"),
        (ALL_DAY, "2026-11-20 16:30", 1, "2026-11-22 00:00"),
        (ALL_DAY, "2026-03-28 12:00", 1, "2026-03-30 00:00"),
        (ALL_DAY, "2026-10-24 12:00", 1, "2026-10-26 00:00"),
        (OFFICE, "2026-03-27 12:00", 1, "2026-03-30 17:00"),
        (OFFICE, "2026-10-23 12:00", 1, "2026-10-26 17:00"),
        # The hour from 2 to 3 is left out on 29 March, so that day does not open.
        (NIGHTS, "2026-03-28 12:00", 1, "2026-03-30 03:00"),
        # It comes twice on 25 October: closed when it is over for the second time.
        (NIGHTS, "2026-10-24 12:00", 1, "2026-10-25 03:00"),
    ],
)
def test_it_is_due_when_the_last_working_day_closes(
    calendar: Calendar, start: str, days: int, expected: str
) -> None:
    assert due_in_days(local(start), days, calendar) == local(expected)


def test_around_the_clock_a_day_closes_at_midnight_in_utc() -> None:
    assert due_in_days(utc("2026-03-28 23:30"), 1, ALWAYS) == utc("2026-03-30 00:00")
    assert due_in_days(utc("2026-03-28 23:30"), 250, ALWAYS) == utc("2026-12-04 00:00")


@pytest.mark.parametrize(
    ("zone", "start", "expected"),
    [
        # There was no midnight: the clock went from 00:00 to 01:00.
        ("America/Sao_Paulo", "2018-11-02 12:00", "2018-11-03 17:00"),
        ("America/Sao_Paulo", "2018-11-03 12:00", "2018-11-04 17:00"),
        ("Asia/Beirut", "2026-03-28 12:00", "2026-03-29 17:00"),
        ("Africa/Cairo", "2026-04-23 12:00", "2026-04-24 17:00"),
        # The hour before midnight came twice: it is still the same day.
        ("America/Sao_Paulo", "2018-02-17 23:30", "2018-02-18 17:00"),
        ("Asia/Beirut", "2026-10-24 23:30", "2026-10-25 17:00"),
        ("Africa/Cairo", "2026-10-29 23:30", "2026-10-30 17:00"),
        # A day that was left out is no day of work.
        ("Pacific/Apia", "2011-12-29 12:00", "2011-12-31 17:00"),
    ],
)
def test_a_midnight_that_is_missing_or_comes_twice_makes_no_difference(
    zone: str, start: str, expected: str
) -> None:
    calendar = every_day(zone, "09:00-17:00")
    for fold in (0, 1):
        assert due_in_days(local(start, zone, fold), 1, calendar) == local(expected, zone)
    whole = every_day(zone, "00:00-24:00")
    midnight = local(expected, zone).replace(hour=0) + timedelta(days=1)  # on the wall
    assert due_in_days(local(start, zone), 1, whole) == midnight.astimezone(UTC)


def test_a_clock_set_back_over_midnight_does_not_bring_back_the_day_before() -> None:
    # St John's went from 00:01 on Sunday back to 23:01 on Saturday.
    calendar = every_day("America/St_Johns", "09:00-17:00")
    saturday_again = utc("2010-11-07 02:40")
    assert due_in_days(saturday_again, 1, calendar) == local("2010-11-08 17:00", calendar.zone)
    before = utc("2010-11-07 02:29")
    assert due_in_days(before, 1, calendar) == local("2010-11-07 17:00", calendar.zone)


def test_dated_openings_are_working_days_until_there_are_no_more() -> None:
    days = {date(2026, 11, 21): read("10:00-12:00"), date(2031, 5, 2): read("10:00-24:00")}
    fair = Calendar(BERLIN, (CLOSED,) * 7, exceptions=days)
    friday = local("2026-11-20 12:00")
    assert due_in_days(friday, 1, fair) == local("2026-11-21 12:00")
    assert due_in_days(friday, 2, fair) == local("2031-05-03 00:00")
    with pytest.raises(ClosedForever, match="too few working hours after 20 November 2026"):
        due_in_days(friday, 3, fair)


def test_a_last_day_beyond_twenty_years_is_too_far_away() -> None:
    once_a_week = Calendar(BERLIN, (read("09:00-10:00"), *[CLOSED] * 6))
    friday = local("2026-11-20 12:00")
    assert due_in_days(friday, 1043, once_a_week) == local("2046-11-12 10:00")
    with pytest.raises(TooFarAway, match="20 years after 20 November 2026"):
        due_in_days(friday, 1044 + 1, once_a_week)
    fair = Calendar(BERLIN, (CLOSED,) * 7, exceptions={date(2056, 1, 3): read("10:00-12:00")})
    with pytest.raises(TooFarAway):
        due_in_days(friday, 1, fair)


@pytest.mark.parametrize("days", [0, -1])
def test_less_than_a_day_is_refused(days: int) -> None:
    with pytest.raises(NegativeWork, match="one day at least"):
        due_in_days(utc("2026-11-20 12:00"), days, OFFICE)


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(NaiveMoment):
        due_in_days(datetime(2026, 11, 20, 12), 1, OFFICE)  # noqa: DTZ001


DAYS = st.integers(1, 30)


def due_by_looking_at_every_quarter(case: Case, days: int) -> datetime | None:
    """The definition itself: dates on which something is open, after the last date seen so far;
    None where they are not reached in sixty days. A quarter that opens within is not there."""
    zone, quarter = ZoneInfo(case.calendar.zone), timedelta(minutes=15)
    midnight = case.start.replace(hour=0, minute=0)
    looks = [midnight - timedelta(days=3) + n * quarter for n in range(63 * 96)]
    today = max(at.astimezone(zone).date() for at in [*looks, case.start] if at <= case.start)
    closings: dict[date, datetime] = {}
    for at in looks:
        day = at.astimezone(zone).date()
        if day > today and open_by_the_wall_clock(at, case.calendar):
            closings[day] = at + quarter
    later = sorted(closings)
    return closings[later[days - 1]] if len(later) >= days else None


@settings(deadline=None, max_examples=60)
@given(cases(), DAYS)
def test_it_agrees_with_looking_at_every_quarter_of_an_hour(case: Case, days: int) -> None:
    assume(case.calendar.zone != "America/St_Johns")  # its clock changed at 00:01, see above
    expected = due_by_looking_at_every_quarter(case, days)
    assume(expected is not None)
    assert due_in_days(case.start, days, case.calendar) == expected


@settings(deadline=None)
@given(cases(), DAYS)
def test_it_is_due_when_something_closes(case: Case, days: int) -> None:
    when = due_in_days(case.start, days, case.calendar)
    assert when > case.start
    tick = timedelta(microseconds=1)
    assert is_open(when - tick, case.calendar) is True
    zone = ZoneInfo(case.calendar.zone)
    same_day = when.astimezone(zone).date() == (when - tick).astimezone(zone).date()
    assert not (same_day and is_open(when, case.calendar))


@settings(deadline=None)
@given(cases(), st.timedeltas(timedelta(0), timedelta(days=400)), DAYS, DAYS)
def test_later_starts_and_more_days_are_never_due_earlier(
    case: Case, later: timedelta, days: int, more: int
) -> None:
    when = due_in_days(case.start, days, case.calendar)
    assert due_in_days(case.start + later, days, case.calendar) >= when
    assert due_in_days(case.start, days + more, case.calendar) > when


@settings(deadline=None)
@given(cases(), DAYS, st.sampled_from(sorted(ODD_MOMENTS)))
def test_the_zone_in_which_the_start_is_written_does_not_matter(
    case: Case, days: int, zone: str
) -> None:
    there = case.start.astimezone(ZoneInfo(zone))
    assert due_in_days(there, days, case.calendar) == due_in_days(case.start, days, case.calendar)


@settings(deadline=None)
@given(cases(), DAYS, DAYS)
def test_days_are_additive(case: Case, one: int, other: int) -> None:
    """From within the last of the first days, the others end where all of them do."""
    assume(all(end != time(0) for day in case.calendar.weekly for _, end in day))
    assume(all(end != time(0) for day in case.calendar.exceptions.values() for _, end in day))
    step = due_in_days(case.start, one, case.calendar)
    both = due_in_days(case.start, one + other, case.calendar)
    assert due_in_days(step, other, case.calendar) == both


@settings(deadline=None)
@given(cases(), DAYS)
def test_a_calendar_that_is_asked_anew_says_the_same(case: Case, days: int) -> None:
    warm = due_in_days(case.start, days, case.calendar)
    assert due_in_days(case.start, days, replace(case.calendar)) == warm


def test_half_a_year_of_days_costs_no_walk_through_them() -> None:
    start = datetime(2026, 11, 20, 12, tzinfo=UTC)
    due_in_days(start, 250, OFFICE)
    began = process_time()
    for _ in range(2000):
        due_in_days(start, 250, OFFICE)
    # Some 10 µs a call when this was written.
    assert process_time() - began < 1
