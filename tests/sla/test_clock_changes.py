"""Business time in the nights when the clock jumps."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from sla.business_time import (
    Calendar,
    due,
    elapsed,
    is_open,
    next_opening,
)
from sla.opening_hours import WHOLE_DAY
from tests.sla.calendars import BERLIN, CLOSED, HOUR, NEW_YORK, every_day, local, utc


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


@pytest.mark.parametrize(
    ("zone", "hours", "start", "lost"),
    [
        (BERLIN, "01:00-04:00", "2026-01-01 12:00", 1),
        (BERLIN, "01:00-04:00", "2026-08-01 12:00", -1),
        (NEW_YORK, "01:00-04:00", "2026-01-01 12:00", 1),
        ("Australia/Lord_Howe", "01:00-04:00", "2026-08-01 12:00", 0.5),
        # The change falls on the last UTC day of a block of 28 days, and at midnight.
        ("Asia/Tehran", "00:00-03:00", "2018-01-01 12:00", 1),
        ("Asia/Tehran", "22:00-24:00", "2005-07-01 12:00", -1),
    ],
)
def test_months_around_a_clock_change_count_the_real_nights(
    zone: str, hours: str, start: str, lost: float
) -> None:
    calendar, begin = every_day(zone, hours), local(start, zone)
    ((opens, closes),) = calendar.weekly[0]
    night = (closes.hour or 24) - opens.hour
    end = begin + timedelta(days=140)  # to noon on the wall: 140 nights
    assert elapsed(begin, end, calendar) == (140 * night - lost) * HOUR
