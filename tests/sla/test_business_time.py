"""Business time by example; `test_business_time_properties.py` tries it on random calendars."""

import copy
import pickle
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from time import process_time
from zoneinfo import ZoneInfo

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

BERLIN = "Europe/Berlin"
NEW_YORK = "America/New_York"
CLOSED: Ranges = ()
HOUR = timedelta(hours=1)


def office(zone: str = BERLIN, hours: str = "09:00-17:00", **days: str | date) -> Calendar:
    """Monday to Friday; `holiday=` closes one date."""
    closed = {day: "A holiday" for day in days.values() if isinstance(day, date)}
    return Calendar(zone, (read(hours),) * 5 + (CLOSED, CLOSED), holidays=closed)


def every_day(zone: str, hours: str) -> Calendar:
    return Calendar(zone, (read(hours),) * 7)


def local(text: str, zone: str = BERLIN, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


# In November 2026 the 20th is a Friday, the 23rd a Monday.
@pytest.mark.parametrize(
    ("start", "expected"),
    [
        ("2026-11-20 16:30", "2026-11-23 09:30"),
        ("2026-11-21 15:00", "2026-11-23 10:00"),
        ("2026-11-21 23:00", "2026-11-23 10:00"),
        ("2026-11-20 16:00", "2026-11-20 17:00"),
        ("2026-11-20 16:00:01", "2026-11-23 09:00:01"),
        ("2026-11-20 17:00", "2026-11-23 10:00"),
        ("2026-11-23 08:59:59.999999", "2026-11-23 10:00"),
        ("2026-11-23 09:00", "2026-11-23 10:00"),
        ("2026-11-23 09:00:00.000001", "2026-11-23 10:00:00.000001"),
    ],
)
def test_one_hour_in_office_hours_is_due(start: str, expected: str) -> None:
    assert due(local(start), 60, office()) == local(expected)


def test_on_a_holiday_monday_one_hour_is_due_on_tuesday() -> None:
    calendar = office(holiday=date(2026, 11, 23))
    assert due(local("2026-11-23 15:00"), 60, calendar) == local("2026-11-24 10:00")
    assert due(local("2026-11-20 16:30"), 60, calendar) == local("2026-11-24 09:30")


def test_the_lunch_break_does_not_count() -> None:
    calendar = office(hours="09:00-12:00, 13:00-17:00")
    assert due(local("2026-11-20 11:30"), 60, calendar) == local("2026-11-20 13:30")
    assert due(local("2026-11-20 11:00"), 60, calendar) == local("2026-11-20 12:00")
    assert due(local("2026-11-20 12:15"), 60, calendar) == local("2026-11-20 14:00")
    assert elapsed(local("2026-11-20 11:30"), local("2026-11-20 13:30"), calendar) == HOUR


def test_ranges_that_touch_are_one_range() -> None:
    calendar = office(hours="09:00-12:00, 12:00-17:00")
    assert due(local("2026-11-20 11:30"), 60, calendar) == local("2026-11-20 12:30")
    assert is_open(local("2026-11-20 12:00"), calendar) is True


def test_an_exception_gives_the_day_other_hours_even_on_a_holiday() -> None:
    calendar = replace(
        office(holiday=date(2026, 11, 23)),
        exceptions={
            date(2026, 11, 21): read("10:00-12:00"),
            date(2026, 11, 23): read("13:00-14:00"),
            date(2026, 11, 24): CLOSED,
        },
    )
    start = local("2026-11-20 16:30")
    assert due(start, 60, calendar) == local("2026-11-21 10:30")
    assert due(start, 180, calendar) == local("2026-11-23 13:30")
    assert due(start, 240, calendar) == local("2026-11-25 09:30")


def test_zero_minutes_are_due_at_the_start_whether_open_or_not() -> None:
    for start in (local("2026-11-21 15:00"), local("2026-11-20 15:00")):
        assert due(start, 0, office()) == start


def test_results_are_in_utc() -> None:
    start = local("2026-11-20 16:30")
    assert due(start, 60, office()).isoformat() == "2026-11-23T08:30:00+00:00"
    assert due(start, 0, office()).isoformat() == "2026-11-20T15:30:00+00:00"
    assert next_opening(start, office()).isoformat() == "2026-11-20T15:30:00+00:00"


def test_fractions_of_minutes_stay_exact() -> None:
    work = timedelta(minutes=59, seconds=59, microseconds=999_999)
    assert after(local("2026-11-20 16:00:00.5"), work, office()) == local(
        "2026-11-23 09:00:00.499999"
    )


def test_closing_time_is_closed_and_opening_time_is_open() -> None:
    moments = ["08:59:59.999999", "09:00", "16:59:59.999999", "17:00"]
    assert [is_open(local(f"2026-11-20 {m}"), office()) for m in moments] == [
        False,
        True,
        True,
        False,
    ]


def test_the_next_opening_is_now_while_open_and_monday_after_friday() -> None:
    assert next_opening(local("2026-11-20 16:59"), office()) == local("2026-11-20 16:59")
    assert next_opening(local("2026-11-20 17:00"), office()) == local("2026-11-23 09:00")
    assert next_opening(local("2026-11-20 03:00"), office()) == local("2026-11-20 09:00")


def test_time_backwards_is_negative() -> None:
    early, late = local("2026-11-20 16:30"), local("2026-11-23 09:30")
    assert elapsed(early, late, office()) == HOUR
    assert elapsed(late, early, office()) == -HOUR


def test_around_the_clock_every_minute_counts() -> None:
    start = utc("2026-03-28 23:30")
    assert due(start, 100_000, ALWAYS) == start + timedelta(minutes=100_000)
    assert is_open(start, ALWAYS) is True


# The whole day, and the night range, of the days on which the clock jumps.
@pytest.mark.parametrize(
    ("zone", "day", "whole_day", "night"),
    [
        (BERLIN, "2026-03-29", 23, 2),
        (BERLIN, "2026-10-25", 25, 4),
        (NEW_YORK, "2026-03-08", 23, 2),
        (NEW_YORK, "2026-11-01", 25, 4),
        ("Australia/Lord_Howe", "2026-10-04", 23.5, 2.5),
        ("Australia/Lord_Howe", "2026-04-05", 24.5, 3.5),
        ("Asia/Kathmandu", "2026-03-29", 24, 3),
    ],
)
def test_the_night_of_the_clock_change_counts_its_real_hours(
    zone: str, day: str, whole_day: float, night: float
) -> None:
    midnight = local(f"{day} 00:00", zone)
    end = local((date.fromisoformat(day) + timedelta(days=1)).isoformat(), zone)
    assert elapsed(midnight, end, every_day(zone, "00:00-24:00")) == whole_day * HOUR
    assert elapsed(midnight, end, every_day(zone, "01:00-04:00")) == night * HOUR
    nights = every_day(zone, "01:00-04:00")
    assert due(midnight, int(night * 60), nights) == local(f"{day} 04:00", zone)


def test_a_night_shift_over_the_spring_jump_is_due_an_hour_later_on_the_wall() -> None:
    nights = every_day(BERLIN, "00:00-06:00, 22:00-24:00")
    assert due(local("2026-03-28 23:00"), 240, nights) == local("2026-03-29 04:00")
    assert due(local("2026-10-24 23:00"), 240, nights) == utc("2026-10-25 01:00")
    nights = every_day(NEW_YORK, "00:00-06:00, 22:00-24:00")
    assert due(local("2026-03-07 23:00", NEW_YORK), 240, nights) == utc("2026-03-08 08:00")
    assert due(local("2026-10-31 23:00", NEW_YORK), 240, nights) == utc("2026-11-01 07:00")


def test_a_range_inside_the_spring_gap_does_not_happen() -> None:
    calendar = every_day(BERLIN, "02:00-03:00")
    assert next_opening(local("2026-03-28 03:00"), calendar) == local("2026-03-30 02:00")


def test_a_range_inside_the_repeated_hour_happens_twice() -> None:
    calendar = every_day(BERLIN, "02:15-02:45")
    start = utc("2026-10-24 22:00")
    assert due(start, 30, calendar) == utc("2026-10-25 00:45")
    assert due(start, 31, calendar) == utc("2026-10-25 01:16")
    assert elapsed(start, utc("2026-10-25 22:00"), calendar) == HOUR
    assert is_open(local("2026-10-25 02:30", fold=0), calendar) is True
    assert is_open(utc("2026-10-25 00:50"), calendar) is False
    assert is_open(local("2026-10-25 02:30", fold=1), calendar) is True


def test_a_clock_that_jumps_at_midnight_shortens_the_right_day() -> None:
    zone = "America/Sao_Paulo"  # no 00:00 to 01:00 on 4 November 2018; 23:00 twice on 17 February
    calendar = every_day(zone, "00:00-24:00")
    sunday = replace(calendar, weekly=(CLOSED,) * 6 + (WHOLE_DAY,))
    saturday = replace(calendar, weekly=(CLOSED,) * 5 + (WHOLE_DAY, CLOSED))
    week = timedelta(days=5)
    assert elapsed(utc("2018-11-01"), utc("2018-11-01") + week, sunday) == 23 * HOUR
    assert elapsed(utc("2018-02-15"), utc("2018-02-15") + week, saturday) == 25 * HOUR


def test_a_clock_set_back_just_after_midnight_mixes_two_days() -> None:
    # St John's went from 00:01 back to 23:01: a minute of Sunday, an hour of Saturday, Sunday.
    calendar = Calendar("America/St_Johns", (CLOSED,) * 6 + (WHOLE_DAY,))
    saturday_again = utc("2010-11-07 02:31")
    assert next_opening(utc("2010-11-06 12:00"), calendar) == utc("2010-11-07 02:30")
    assert is_open(saturday_again - timedelta(seconds=1), calendar) is True
    assert is_open(saturday_again, calendar) is False
    assert next_opening(saturday_again, calendar) == utc("2010-11-07 03:30")


def test_a_day_that_the_zone_left_out_has_no_hours() -> None:
    calendar = every_day("Pacific/Apia", "09:00-17:00")  # 30 December 2011 never was
    start = local("2011-12-29 17:00", "Pacific/Apia")
    assert next_opening(start, calendar) == local("2011-12-31 09:00", "Pacific/Apia")
    assert elapsed(start, local("2011-12-31 17:00", "Pacific/Apia"), calendar) == 8 * HOUR


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


def test_calendars_are_equal_by_content_and_survive_a_copy() -> None:
    calendar = office(holiday=date(2026, 11, 23))
    due(NOW, 60, calendar)  # what it remembers is no part of what it is
    assert calendar == office(holiday=date(2026, 11, 23))
    assert calendar != office()
    assert hash(calendar) == hash(office(holiday=date(2026, 11, 23)))
    assert copy.deepcopy(calendar) == calendar
    assert pickle.loads(pickle.dumps(calendar)) == calendar  # noqa: S301


def test_a_calendar_does_not_change_with_what_it_was_made_from() -> None:
    holidays = {date(2026, 11, 23): "A holiday"}
    calendar = replace(office(), holidays=holidays)
    holidays.clear()
    assert due(local("2026-11-23 15:00"), 60, calendar) == local("2026-11-24 10:00")


def test_a_year_costs_no_walk_through_its_hours() -> None:
    calendar = office(holiday=date(2026, 11, 23))
    due(NOW, 60 * 2000, calendar)
    began = process_time()
    for _ in range(2000):
        due(NOW, 60 * 2000, calendar)
    # Some 5 µs a call when this was written; a loop over the hours of a year takes thousands.
    assert process_time() - began < 1
