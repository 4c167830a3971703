"""A business calendar of the database becomes one to compute with."""

from datetime import date, time

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Workspace
from sla.business_time import ClosedForever, due, elapsed, is_open
from sla.calendars import calendar_of, calendars_by_id
from sla.holidays import UnknownCountry, countries, known_years
from sla.models import BusinessCalendar, CalendarException, Commitment, WorkingRange
from sla.starter import install_starter_sla
from tests.builders import make_workspace
from tests.sla.calendars import local


def test_the_ranges_of_a_day_and_the_zone_are_those_of_the_rows(
    calendar: BusinessCalendar,
) -> None:
    hours = calendar_of(calendar)
    assert hours.zone == "Europe/Berlin"
    assert hours.weekly[0] == ((time(9), time(12)), (time(13), time(17)))
    assert hours.weekly[5:] == ((), ())


def test_midnight_as_an_end_is_the_end_of_the_day(workspace: Workspace) -> None:
    row = BusinessCalendar.objects.create(workspace=workspace, name="Late", timezone="UTC")
    WorkingRange.objects.create(calendar=row, weekday=0, start=time(22), end=time(0))
    assert (
        elapsed(
            local("2026-03-02 00:00"), local("2026-03-04 00:00"), calendar_of(row)
        ).total_seconds()
        == 2 * 3600
    )


def test_holidays_of_a_region_are_closed_and_only_there(workspace: Workspace) -> None:
    bavaria = install_starter_sla(workspace, timezone="Europe/Berlin", country="DE")
    epiphany = local("2026-01-06 10:00")
    assert is_open(epiphany, calendar_of(bavaria))
    bavaria.subdivision = "BY"
    bavaria.save()
    assert not is_open(epiphany, calendar_of(bavaria))


def test_an_exception_opens_a_holiday_for_its_hours(calendar: BusinessCalendar) -> None:
    new_year = date(2026, 1, 1)
    CalendarException.objects.create(calendar=calendar, date=new_year, start=time(10), end=time(11))
    hours = calendar_of(calendar)
    assert is_open(local("2026-01-01 10:30"), hours)
    assert not is_open(local("2026-01-01 14:00"), hours)


def test_a_date_that_is_closed_stays_closed_whatever_else_is_said_of_it(
    calendar: BusinessCalendar,
) -> None:
    day = date(2026, 3, 2)
    CalendarException.objects.create(calendar=calendar, date=day, start=time(10), end=time(11))
    CalendarException.objects.create(calendar=calendar, date=day)
    assert not is_open(local("2026-03-02 10:30"), calendar_of(calendar))


def test_an_edit_is_seen_at_once(calendar: BusinessCalendar) -> None:
    monday = local("2026-03-02 09:00")
    assert due(monday, 60, calendar_of(calendar)) == local("2026-03-02 10:00")
    WorkingRange.objects.filter(weekday=0, start=time(9)).delete()
    assert due(monday, 60, calendar_of(calendar)) == local("2026-03-02 14:00")


def test_any_number_of_calendars_takes_three_queries(
    workspace: Workspace, calendar: BusinessCalendar
) -> None:
    ids = [calendar.pk]
    for _ in (1, 2):
        with CaptureQueriesContext(connection) as queries:
            assert set(calendars_by_id(ids)) == set(ids)
        assert len(queries) == 3
        other = make_workspace()
        ids += [install_starter_sla(other, timezone="UTC", country="").pk]


def test_holidays_can_be_laid_out_for_every_country_we_offer(workspace: Workspace) -> None:
    row = BusinessCalendar.objects.create(workspace=workspace, name="Some", timezone="UTC")
    WorkingRange.objects.create(calendar=row, weekday=0, start=time(9), end=time(10))
    some = [*[code for code, _ in countries()][::12], "LK", "GW", "JP"]
    for row.country in some:
        assert known_years(row.country).stop > 2026
        assert any(day.year == 2025 for day in calendar_of(row).holidays)


def test_a_calendar_without_hours_cannot_be_computed_with(workspace: Workspace) -> None:
    empty = BusinessCalendar.objects.create(workspace=workspace, name="Empty")
    with pytest.raises(ClosedForever):
        calendar_of(empty)


def test_the_starter_may_be_installed_twice_and_leaves_edits_alone(workspace: Workspace) -> None:
    first = install_starter_sla(workspace, timezone="Europe/Berlin", country="de")
    assert (first.country, first.ranges.count()) == ("DE", 10)
    WorkingRange.objects.filter(weekday=4).delete()
    Commitment.objects.filter(code=Commitment.Code.FIRST_TOUCH).update(minutes=5)
    assert install_starter_sla(workspace, timezone="UTC", country="US") == first
    assert first.ranges.count() == 8
    assert list(Commitment.objects.of(workspace).values_list("code", "minutes")) == [
        (Commitment.Code.DECIDE_OFFER, 240),
        (Commitment.Code.FIRST_TOUCH, 5),
        (Commitment.Code.FALLBACK, 60),
    ]


def test_the_starter_of_an_unknown_country_installs_nothing(workspace: Workspace) -> None:
    with pytest.raises(UnknownCountry):
        install_starter_sla(workspace, timezone="UTC", country="XX")
    assert not BusinessCalendar.objects.of(workspace).exists()
    assert not Commitment.objects.of(workspace).exists()
