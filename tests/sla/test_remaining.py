"""What is left of a promise, in words."""

from datetime import time, timedelta

import pytest

from sla.business_time import Calendar
from sla.opening_hours import Ranges
from sla.remaining import named, remaining, spelled
from tests.sla.calendars import local

OFFICE: Ranges = ((time(9), time(12)), (time(13), time(17)))
HOURS = Calendar(zone="Europe/Berlin", weekly=(*(OFFICE,) * 5, (), ()))


def test_what_is_left_is_business_time_and_the_deadline_is_named_by_its_day() -> None:
    left = remaining(
        due_at=local("2026-03-09 09:30"), now=local("2026-03-06 15:20"), calendar=HOURS
    )
    assert left.words == "2 h 10 min of business time left, due Mon 09:30"
    assert (left.time, left.late) == (timedelta(hours=2, minutes=10), False)


def test_at_the_very_deadline_it_is_not_late_yet() -> None:
    due = local("2026-03-06 17:00")
    at_due = remaining(due_at=due, now=due, calendar=HOURS)
    assert at_due.words == "less than a minute of business time left, due today 17:00"
    assert at_due.late is False


def test_late_is_counted_in_business_time_too() -> None:
    late = remaining(
        due_at=local("2026-03-06 16:30"), now=local("2026-03-09 09:15"), calendar=HOURS
    )
    assert late.words == "45 min of business time late, was due Fri 16:30"
    assert (late.time, late.late) == (timedelta(minutes=-45), True)


def test_late_before_anybody_is_back_at_work_is_simply_late() -> None:
    late = remaining(
        due_at=local("2026-03-06 17:00"), now=local("2026-03-07 11:00"), calendar=HOURS
    )
    assert late.words == "late, was due yesterday 17:00"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "less than a minute"),
        (59, "less than a minute"),
        (60, "1 min"),
        (3599, "59 min"),
        (3600, "1 h"),
        (7830, "2 h 10 min"),
        (40 * 3600, "40 h"),
    ],
)
def test_spans_are_spelled_in_hours_and_minutes_rounded_down(seconds: int, words: str) -> None:
    assert spelled(timedelta(seconds=seconds)) == words


@pytest.mark.parametrize(
    ("at", "words"),
    [
        (local("2026-03-06 00:10"), "today 00:10"),
        (local("2026-03-07 00:10"), "tomorrow 00:10"),
        (local("2026-03-12 09:30"), "Thu 09:30"),
        (local("2026-03-13 09:30"), "Fri 13 Mar 09:30"),
        (local("2026-02-28 09:30"), "Sat 09:30"),
        (local("2026-02-27 09:30"), "Fri 27 Feb 09:30"),
        (local("2027-01-04 09:30"), "Mon 4 Jan 2027 09:30"),
    ],
)
def test_moments_are_named_as_short_as_they_are_clear(at: object, words: str) -> None:
    assert named(at, now=local("2026-03-06 23:30"), zone="Europe/Berlin") == words  # type: ignore[arg-type]


def test_days_are_those_of_the_calendars_zone() -> None:
    now = local("2026-03-06 23:30")
    assert named(now + timedelta(hours=1), now=now, zone="America/New_York") == "today 18:30"
