"""What business time refuses, and how working hours are read and written."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from sla.business_time import (
    ALWAYS,
    BadRange,
    Calendar,
    CalendarError,
    ClosedForever,
    NaiveMoment,
    NegativeWork,
    OverlappingRanges,
    TooFarAway,
    UnknownZone,
    after,
    due,
    elapsed,
    is_open,
    next_opening,
)
from sla.opening_hours import WHOLE_DAY, Ranges, read, written
from tests.sla.calendars import BERLIN, CLOSED, local, office, utc

NAIVE = datetime(2026, 11, 20, 16, 30)  # noqa: DTZ001
NOW = utc("2026-11-20 12:00")


@pytest.mark.parametrize(
    "ask",
    [
        lambda: due(NAIVE, 60, ALWAYS),
        lambda: due(NAIVE, 0, ALWAYS),
        lambda: elapsed(NAIVE, NOW, ALWAYS),
        lambda: elapsed(NOW, NAIVE, ALWAYS),
        lambda: is_open(NAIVE, ALWAYS),
        lambda: next_opening(NAIVE, ALWAYS),
    ],
)
def test_a_moment_without_a_zone_is_refused(ask: Callable[[], object]) -> None:
    with pytest.raises(NaiveMoment, match="2026-11-20 16:30 has no time zone"):
        ask()


def test_a_calendar_without_hours_is_refused() -> None:
    with pytest.raises(ClosedForever, match="no working hours at all"):
        Calendar(BERLIN, (CLOSED,) * 7)
    with pytest.raises(ClosedForever):
        Calendar(BERLIN, (CLOSED,) * 7, exceptions={date(2026, 11, 20): CLOSED})


def test_a_calendar_of_dated_openings_ends_with_the_last_of_them() -> None:
    fair = Calendar(BERLIN, (CLOSED,) * 7, exceptions={date(2026, 11, 21): read("10:00-12:00")})
    assert due(NOW, 120, fair) == local("2026-11-21 12:00")
    with pytest.raises(ClosedForever, match="too few working hours after 20 November 2026"):
        due(NOW, 121, fair)
    with pytest.raises(ClosedForever):
        next_opening(local("2026-11-21 12:00"), fair)


def test_an_opening_beyond_the_horizon_is_too_far_away_not_closed_for_ever() -> None:
    fair = Calendar(BERLIN, (CLOSED,) * 7, exceptions={date(2056, 11, 21): read("10:00-12:00")})
    with pytest.raises(TooFarAway, match="20 years after 20 November 2026"):
        next_opening(NOW, fair)


def test_a_due_date_is_at_most_twenty_years_away() -> None:
    years = timedelta(days=20 * 1461 // 4)
    assert after(NOW, years, ALWAYS) == NOW + years
    with pytest.raises(TooFarAway):
        after(NOW, years + timedelta(microseconds=1), ALWAYS)
    with pytest.raises(TooFarAway):
        due(NOW, 10**12, office())


@pytest.mark.parametrize("year", [1, 1899, 2200, 9999])
def test_a_slip_in_the_year_is_a_message(year: int) -> None:
    with pytest.raises(TooFarAway, match=f"year {year} is out of reach"):
        elapsed(datetime(year, 6, 1, tzinfo=UTC), NOW, office())


def test_a_negative_promise_is_refused() -> None:
    with pytest.raises(NegativeWork):
        due(NOW, -1, ALWAYS)


@pytest.mark.parametrize("zone", ["Europe/Berlín", "America", "", "../etc/passwd", "Mars/Base"])
def test_an_unknown_zone_is_refused(zone: str) -> None:
    with pytest.raises(UnknownZone, match="is not a time zone that we know"):
        office(zone)


@pytest.mark.parametrize(
    ("hours", "error", "message"),
    [
        ("09:00-13:00, 12:00-17:00", OverlappingRanges, "Tuesday: 09:00–13:00 and 12:00–17:00"),
        ("17:00-09:00", BadRange, "Tuesday: 17:00–09:00 ends before it starts"),
        ("09:00-09:00", BadRange, "Tuesday: 09:00–09:00 ends before it starts"),
        ("22:00-00:00", BadRange, "Tuesday: write the end of the day as 24:00"),
        ("9-17", BadRange, "Tuesday: “9-17” is not a range such as 09:00-17:00"),
        ("09:00-25:00", BadRange, "is not a range"),
        ("09:60-17:00", BadRange, "is not a range"),
        ("24:00-24:00", BadRange, "is not a range"),
        ("09:00-12:00,", BadRange, "“” is not a range"),
    ],
)
def test_hours_that_cannot_be_are_refused_in_words(
    hours: str, error: type[CalendarError], message: str
) -> None:
    with pytest.raises(error, match=message):
        read(hours, day="Tuesday")


def test_a_calendar_names_the_day_whose_hours_it_refuses() -> None:
    wrong: Ranges = ((time(9), time(13)), (time(12), time(17)))
    with pytest.raises(OverlappingRanges, match="Wednesday: 09:00–13:00 and 12:00–17:00 overlap"):
        Calendar(BERLIN, (CLOSED, CLOSED, wrong, *[CLOSED] * 4))
    with pytest.raises(OverlappingRanges, match="24 December 2026: "):
        replace(office(), exceptions={date(2026, 12, 24): wrong})
    with pytest.raises(BadRange, match=r"Monday: .* own time zone"):
        Calendar(BERLIN, (((time(9, tzinfo=UTC), time(17)),), *[CLOSED] * 6))
    with pytest.raises(CalendarError, match="seven days"):
        Calendar(BERLIN, (WHOLE_DAY,) * 5)
    with pytest.raises(CalendarError, match="a date, not a moment"):
        replace(office(), holidays={NOW: "Not a date"})


def test_hours_are_read_and_written_alike() -> None:
    assert read(" 13:00 - 24:00,8:30–12:00 ") == ((time(8, 30), time(12)), (time(13), time(0)))
    assert written(*read("13:00-24:00, 8:30-12:00")) == "08:30–12:00, 13:00–24:00"
    assert read("") == CLOSED
    assert written() == ""
