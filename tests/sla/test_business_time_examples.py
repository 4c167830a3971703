"""Business time as people say it: the examples on which everybody has to agree, in one table.

Monday to Friday, 9 to 17, in Berlin, and an hour of work, unless a row says otherwise. In November
2026 the 20th is a Friday and the 23rd a Monday.
"""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

import businesstimedelta as library
import pytest
import pytz

from sla.business_time import Calendar, due, elapsed
from sla.opening_hours import read
from tests.sla.calendars import BERLIN, HOUR, NEW_YORK, every_day, local, office, utc

OFFICE = office()
HOLIDAY = office(holiday=date(2026, 11, 23))
LUNCH = office(hours="09:00-12:00, 13:00-17:00")
FAIR = replace(OFFICE, exceptions={date(2026, 11, 21): read("10:00-12:00")})
NIGHTS = every_day(BERLIN, "00:00-06:00, 22:00-24:00")
NIGHTS_IN_NEW_YORK = every_day(NEW_YORK, "00:00-06:00, 22:00-24:00")
ALL_DAY = every_day(BERLIN, "00:00-24:00")
EXAMPLES = [
    # what it shows                         calendar  start                minutes  due
    ("an hour over the weekend", OFFICE, "2026-11-20 16:30", 60, "2026-11-23 09:30"),
    ("a Saturday afternoon", OFFICE, "2026-11-21 15:00", 60, "2026-11-23 10:00"),
    ("a Saturday night", OFFICE, "2026-11-21 23:00", 60, "2026-11-23 10:00"),
    ("a holiday Monday", HOLIDAY, "2026-11-23 15:00", 60, "2026-11-24 10:00"),
    ("over a holiday Monday", HOLIDAY, "2026-11-20 16:30", 60, "2026-11-24 09:30"),
    ("closing is inside", OFFICE, "2026-11-20 16:00", 60, "2026-11-20 17:00"),
    ("a second after", OFFICE, "2026-11-20 16:00:01", 60, "2026-11-23 09:00:01"),
    ("lunch is skipped", LUNCH, "2026-11-20 11:30", 60, "2026-11-20 13:30"),
    ("lunch closes too", LUNCH, "2026-11-20 11:00", 60, "2026-11-20 12:00"),
    ("from within lunch", LUNCH, "2026-11-20 12:15", 60, "2026-11-20 14:00"),
    ("an open Saturday", FAIR, "2026-11-20 16:30", 60, "2026-11-21 10:30"),
    ("spring: 02:00 is 03:00", NIGHTS, "2026-03-28 23:00", 240, "2026-03-29 04:00"),
    ("autumn: 02:00 comes twice", NIGHTS, "2026-10-24 23:00", 300, "2026-10-25 03:00"),
    ("a day of 23 hours", ALL_DAY, "2026-03-29 00:00", 23 * 60, "2026-03-30 00:00"),
    ("a day of 25 hours", ALL_DAY, "2026-10-25 00:00", 25 * 60, "2026-10-26 00:00"),
    ("the weekend of spring", OFFICE, "2026-03-27 16:30", 60, "2026-03-30 09:30"),
    ("the weekend of autumn", OFFICE, "2026-10-23 16:30", 60, "2026-10-26 09:30"),
]
IN_NEW_YORK = [
    ("spring", "2026-03-07 23:00", 240, "2026-03-08 04:00"),
    ("autumn", "2026-10-31 23:00", 300, "2026-11-01 03:00"),
]


@pytest.mark.parametrize(
    ("calendar", "start", "minutes", "expected"),
    [row[1:] for row in EXAMPLES],
    ids=[row[0] for row in EXAMPLES],
)
def test_it_is_due_when_people_say(
    calendar: Calendar, start: str, minutes: int, expected: str
) -> None:
    assert due(local(start), minutes, calendar) == local(expected)
    assert elapsed(local(start), local(expected), calendar) == timedelta(minutes=minutes)


@pytest.mark.parametrize(("start", "minutes", "expected"), [row[1:] for row in IN_NEW_YORK])
def test_the_nights_of_the_clock_change_in_new_york(
    start: str, minutes: int, expected: str
) -> None:
    begun, ended = local(start, NEW_YORK), local(expected, NEW_YORK)
    assert due(begun, minutes, NIGHTS_IN_NEW_YORK) == ended
    assert elapsed(begun, ended, NIGHTS_IN_NEW_YORK) == timedelta(minutes=minutes)


def test_an_hour_may_end_in_the_first_or_the_second_of_two_equal_hours() -> None:
    first, second = local("2026-10-25 02:30", fold=0), local("2026-10-25 02:30", fold=1)
    assert due(local("2026-10-24 23:30"), 180, NIGHTS) == utc("2026-10-25 00:30")
    assert due(local("2026-10-24 23:30"), 240, NIGHTS) == utc("2026-10-25 01:30")
    assert elapsed(first, second, NIGHTS) == HOUR
    assert due(first, 60, NIGHTS) == utc("2026-10-25 01:30")


def as_the_library_has_it(calendar: Calendar) -> Any:
    """Rules of businesstimedelta, for hours that are the same on all days that it opens."""
    zone = pytz.timezone(calendar.zone)
    days = [n for n, ranges in enumerate(calendar.weekly) if ranges]
    ranges = calendar.weekly[days[0]]
    rules = [library.WorkDayRule(ranges[0][0], ranges[-1][1], days, tz=zone)]
    if len(ranges) == 2:
        rules.append(library.LunchTimeRule(ranges[0][1], ranges[1][0], days, tz=zone))
    # It looks for a holiday to come and breaks without one.
    closed = {*calendar.holidays, date(2030, 1, 1)}
    return library.Rules([*rules, library.HolidayRule(closed, tz=zone)])


@pytest.mark.parametrize(
    ("calendar", "start", "minutes", "expected"),
    [row[1:] for row in EXAMPLES if row[1] in (OFFICE, HOLIDAY, LUNCH)],
)
def test_the_library_that_we_are_measured_against_says_the_same(
    calendar: Calendar, start: str, minutes: int, expected: str
) -> None:
    rules = as_the_library_has_it(calendar)
    work = library.BusinessTimeDelta(rules, seconds=minutes * 60)
    assert local(start).astimezone(pytz.utc) + work == local(expected)


def test_the_library_is_right_in_the_nights_of_the_clock_change() -> None:
    nights = library.WorkDayRule(time(1), time(6), list(range(7)), tz=pytz.timezone(BERLIN))
    ours = every_day(BERLIN, "01:00-06:00")
    for start in ("2026-03-28 23:00", "2026-10-24 23:00"):
        begun: datetime = local(start).astimezone(pytz.utc)
        work = library.BusinessTimeDelta(library.Rules([nights]), seconds=4 * 3600)
        assert begun + work == due(begun, 240, ours)
