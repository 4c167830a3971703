"""A calendar is edited while clocks run on it."""

from datetime import time, timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from leadqual.models import Lead
from sla.business_time import ClosedForever
from sla.clocks import recalculate_running, stop, sweep, untold_warnings, warning_told
from sla.models import BusinessCalendar, CalendarException, Clock, Commitment, WorkingRange
from tests.sla.calendars import local
from tests.sla.promises import DECIDE, MONDAY_10, started, stopped

TUESDAY = local("2026-03-03 12:00").date()


@pytest.fixture
def clock(lead: Lead) -> Clock:
    """Started on Monday at 15:00, due on Tuesday at 11:00, warned about at 10:00."""
    return started(lead, at=local("2026-03-02 15:00"))


def close_tuesday(calendar: BusinessCalendar) -> None:
    CalendarException.objects.create(calendar=calendar, date=TUESDAY, note="Company outing")


@transaction.atomic
def remove_all_hours(calendar: BusinessCalendar) -> None:
    WorkingRange.objects.filter(calendar=calendar).delete()
    recalculate_running(calendar, now=MONDAY_10)


def test_a_day_that_is_closed_moves_the_deadline_once(
    clock: Clock, calendar: BusinessCalendar
) -> None:
    now = local("2026-03-02 16:00")
    close_tuesday(calendar)
    assert recalculate_running(calendar, now=now) == 1
    assert recalculate_running(calendar, now=now) == 0
    moved = Clock.objects.get()
    assert moved.due_at == local("2026-03-04 11:00")
    assert moved.warn_at == moved.next_check_at == local("2026-03-04 10:00")
    assert sweep(now=local("2026-03-03 23:00")) == 0
    assert sweep(now=local("2026-03-05 09:00")) == 1
    assert Clock.objects.get().breached_at == moved.due_at


def test_what_was_read_before_the_edit_does_not_count(
    clock: Clock, calendar: BusinessCalendar
) -> None:
    read_before = BusinessCalendar.objects.prefetch_related("ranges", "exceptions").get()
    close_tuesday(calendar)
    assert recalculate_running(read_before, now=clock.started_at) == 1


def test_a_clock_that_has_warned_is_warned_anew_when_there_is_time_again(
    clock: Clock, calendar: BusinessCalendar
) -> None:
    now = local("2026-03-03 10:30")
    assert sweep(now=now) == 1
    close_tuesday(calendar)
    assert recalculate_running(calendar, now=now) == 1
    moved = Clock.objects.get()
    assert moved.warned_at is None
    assert moved.next_check_at == local("2026-03-04 10:00")


def test_of_several_warnings_those_that_lie_ahead_again_are_told_anew(
    lead: Lead, calendar: BusinessCalendar
) -> None:
    Commitment.objects.filter(code=DECIDE).update(warn_percents=[25, 50, 75])
    started(lead, at=local("2026-03-02 15:00"))  # warned at 16:00, 17:00 and Tuesday 10:00
    now = local("2026-03-03 10:30")
    sweep(now=now)
    (found,) = untold_warnings()
    assert warning_told(found) is True
    close_tuesday(calendar)
    assert recalculate_running(calendar, now=now) == 1
    moved = Clock.objects.get()
    assert (moved.warned, moved.told) == (2, 2)
    assert moved.next_check_at == local("2026-03-04 10:00")
    sweep(now=local("2026-03-04 10:01"))
    assert [clock.warned for clock in untold_warnings()] == [3]


def test_a_promise_in_days_moves_by_the_day_that_is_closed(
    lead: Lead, calendar: BusinessCalendar
) -> None:
    Commitment.objects.filter(code=DECIDE).update(minutes=0, days=2, warn_percents=[50])
    clock = started(lead)
    assert clock.due_at == local("2026-03-04 17:00")
    close_tuesday(calendar)
    assert recalculate_running(calendar, now=MONDAY_10) == 1
    assert Clock.objects.get().due_at == local("2026-03-05 17:00")


def test_many_clocks_move_in_as_many_statements_as_one(
    lead: Lead, calendar: BusinessCalendar
) -> None:
    counts = []
    for n, many in enumerate((1, 30)):
        for number in range(many):
            started(lead, at=local("2026-03-02 15:00"), key=f"handoff:{n}-{number}")
        close_tuesday(calendar)
        with CaptureQueriesContext(connection) as queries:
            moved = recalculate_running(calendar, now=MONDAY_10)
        assert moved == Clock.objects.count()
        counts.append(len(queries))
        Clock.objects.all().delete()
        CalendarException.objects.all().delete()
    # calendar, ranges, exceptions, clocks, pauses, update, between a savepoint and its release
    assert counts == [8, 8]


def test_a_warning_stays_where_its_moment_has_passed_all_the_same(
    clock: Clock, calendar: BusinessCalendar
) -> None:
    now = local("2026-03-03 10:30")
    sweep(now=now)
    WorkingRange.objects.filter(calendar=calendar, weekday=1, start=time(9)).update(
        start=time(8, 50)
    )
    assert recalculate_running(calendar, now=now) == 1
    moved = Clock.objects.get()
    assert moved.due_at == moved.next_check_at == local("2026-03-03 10:50")
    assert moved.warned_at == moved.warn_at == local("2026-03-03 09:50")


def test_no_deadline_moves_into_the_past(clock: Clock, calendar: BusinessCalendar) -> None:
    WorkingRange.objects.create(calendar=calendar, weekday=0, start=time(17), end=time(23))
    assert recalculate_running(calendar, now=local("2026-03-03 09:30")) == 0
    assert Clock.objects.get().due_at == clock.due_at
    assert recalculate_running(calendar, now=local("2026-03-02 16:30")) == 1
    assert Clock.objects.get().due_at == local("2026-03-02 19:00")


def test_noticed_breaches_and_stopped_clocks_stay_as_they_were(
    clock: Clock, lead: Lead, calendar: BusinessCalendar
) -> None:
    answered_in_time = stopped(started(lead, at=clock.started_at, key="handoff:2"), at=clock.due_at)
    sweep(now=clock.due_at + timedelta(minutes=1))
    close_tuesday(calendar)
    assert recalculate_running(calendar, now=clock.due_at + timedelta(minutes=2)) == 0
    assert Clock.objects.get(pk=clock.pk).breached_at == clock.due_at
    assert Clock.objects.get(pk=answered_in_time.pk).due_at == clock.due_at


def test_clocks_of_other_calendars_do_not_move(clock: Clock, calendar: BusinessCalendar) -> None:
    other = BusinessCalendar.objects.create(
        workspace=calendar.workspace, name="Saturdays", timezone="Europe/Berlin"
    )
    WorkingRange.objects.create(calendar=other, weekday=5, start=time(9), end=time(10))
    assert recalculate_running(other, now=MONDAY_10) == 0
    assert Clock.objects.get().due_at == clock.due_at


def test_an_edit_that_leaves_no_working_hours_is_refused(
    lead: Lead, calendar: BusinessCalendar
) -> None:
    with pytest.raises(ClosedForever):
        remove_all_hours(calendar)
    assert WorkingRange.objects.filter(calendar=calendar).count() == 10


def test_an_edit_is_seen_by_the_next_clock_at_once(
    clock: Clock, lead: Lead, calendar: BusinessCalendar
) -> None:
    close_tuesday(calendar)
    assert started(lead, at=clock.started_at, key="handoff:2").due_at == local("2026-03-04 11:00")
    CalendarException.objects.all().delete()
    assert started(lead, at=clock.started_at, key="handoff:3").due_at == clock.due_at


def test_the_time_that_was_taken_is_counted_by_the_calendar_as_it_is_at_the_stop(
    clock: Clock, lead: Lead, calendar: BusinessCalendar
) -> None:
    close_tuesday(calendar)
    recalculate_running(calendar, now=clock.started_at)
    end = stop(
        workspace=lead.workspace,
        subject_key=clock.subject_key,
        code=DECIDE,
        at=local("2026-03-04 11:00"),
        how="accepted",
    )
    assert end is not None
    assert (end.business_seconds, end.breached_at) == (240 * 60, None)
