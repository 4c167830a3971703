"""Business time at its edges; `test_business_time_examples.py` is the table of what people expect,
`test_business_time_properties.py` tries random calendars."""

import copy
import pickle
from dataclasses import replace
from datetime import date, timedelta
from time import process_time

import pytest

from sla.business_time import (
    ALWAYS,
    after,
    due,
    elapsed,
    is_open,
    next_opening,
)
from sla.opening_hours import read
from tests.sla.calendars import CLOSED, HOUR, every_day, local, office, utc

NOW = utc("2026-11-20 12:00")


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        ("2026-11-20 17:00", "2026-11-23 10:00"),
        ("2026-11-23 08:59:59.999999", "2026-11-23 10:00"),
        ("2026-11-23 09:00", "2026-11-23 10:00"),
        ("2026-11-23 09:00:00.000001", "2026-11-23 10:00:00.000001"),
    ],
)
def test_an_hour_is_exact_to_the_microsecond(start: str, expected: str) -> None:
    assert due(local(start), 60, office()) == local(expected)


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


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "UTC", "Pacific/Pago_Pago"])
def test_a_holiday_counts_out_one_day_wherever_it_falls(zone: str) -> None:
    # UTC+14 and UTC-11: a local day reaches over the edge of the block that names its UTC date.
    always = every_day(zone, "00:00-24:00")
    start, end = utc("2026-01-01"), utc("2026-12-31")
    for n in range(100, 160):
        closed = replace(always, holidays={date(2026, 1, 1) + timedelta(days=n): "A holiday"})
        assert elapsed(start, end, closed) == end - start - 24 * HOUR


def test_a_year_costs_no_walk_through_its_hours() -> None:
    calendar = office(holiday=date(2026, 11, 23))
    due(NOW, 60 * 2000, calendar)
    began = process_time()
    for _ in range(2000):
        due(NOW, 60 * 2000, calendar)
    # Some 5 µs a call when this was written; a loop over the hours of a year takes thousands.
    assert process_time() - began < 1
