"""Clocks: when they are due, how they are stopped, what a stop finds and takes back."""

from datetime import UTC, datetime, time, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User, Workspace
from leadqual.models import Lead
from sla.business_time import ClosedForever
from sla.clocks import RAN_OUT, TAKEN_BACK, answered, start, stop, sweep, unanswered_breaches
from sla.models import BusinessCalendar, CalendarException, Clock, Commitment, WorkingRange
from tests.builders import make_lead, make_workspace
from tests.sla.calendars import local
from tests.sla.promises import DECIDE, MONDAY_10, TOUCH, started, stopped


def test_a_promise_is_due_in_business_time_with_the_lunch_break_left_out(lead: Lead) -> None:
    clock = started(lead)
    assert clock.due_at == local("2026-03-02 15:00")
    assert clock.warn_at == local("2026-03-02 14:00")
    assert clock.next_check_at == clock.warn_at
    assert (clock.minutes, clock.warn_percents) == (240, [75])


def test_an_offer_on_friday_afternoon_is_due_on_monday(lead: Lead) -> None:
    clock = started(lead, at=local("2026-03-06 16:00"))
    assert clock.due_at == local("2026-03-09 13:00") - timedelta(hours=1)


def test_easter_and_the_spring_clock_change_are_not_business_time(lead: Lead) -> None:
    # Friday 27 March 16:00; the clock jumps on Sunday 29 March.
    over_the_change = started(lead, at=local("2026-03-27 16:00"), key="handoff:1")
    assert over_the_change.due_at == local("2026-03-30 12:00")
    assert over_the_change.due_at - over_the_change.started_at == timedelta(hours=67)
    # Maundy Thursday 16:00; Good Friday and Easter Monday are holidays in Germany.
    over_easter = started(lead, at=local("2026-04-02 16:00"), key="handoff:2")
    assert over_easter.due_at == local("2026-04-07 12:00")


def test_a_day_that_the_calendar_closes_is_skipped_and_half_days_count(
    lead: Lead, calendar: BusinessCalendar
) -> None:
    tuesday, wednesday = MONDAY_10.date() + timedelta(1), MONDAY_10.date() + timedelta(2)
    CalendarException.objects.create(calendar=calendar, date=tuesday)
    CalendarException.objects.create(calendar=calendar, date=wednesday, start=time(9), end=time(10))
    clock = started(lead, at=local("2026-03-02 15:00"))
    assert clock.due_at == local("2026-03-05 10:00")


def test_without_such_a_commitment_no_clock_starts(workspace: Workspace) -> None:
    lead = make_lead(workspace)
    nothing = start(lead=lead, code=DECIDE, subject_key="handoff:1", person=None, at=MONDAY_10)
    assert nothing is None
    assert (
        stop(workspace=workspace, subject_key="handoff:1", code=DECIDE, at=MONDAY_10, how="x")
        is None
    )


def test_starting_twice_returns_the_clock_that_runs(lead: Lead, ben: User) -> None:
    first = started(lead)
    again = start(
        lead=lead,
        code=DECIDE,
        subject_key=first.subject_key,
        person=ben,
        at=MONDAY_10 + timedelta(hours=1),
    )
    assert again == first
    assert again.due_at == first.due_at
    assert again.person is None


def test_one_subject_may_have_a_clock_for_each_promise(lead: Lead) -> None:
    assert started(lead, code=DECIDE) != started(lead, code=TOUCH)


def test_a_stop_in_time_keeps_the_promise_and_counts_business_seconds(lead: Lead) -> None:
    clock = stopped(started(lead), at=local("2026-03-02 13:30"))
    assert clock.stopped_by == "accepted"
    assert clock.business_seconds == 2 * 3600 + 1800
    assert (clock.breached_at, clock.warned_at, clock.next_check_at) == (None, None, None)


def test_a_stop_at_the_very_deadline_keeps_the_promise(lead: Lead) -> None:
    clock = started(lead)
    clock = stopped(clock, at=clock.due_at)
    assert clock.breached_at is None
    assert clock.business_seconds == 240 * 60
    assert sweep(now=clock.due_at + timedelta(days=1)) == 0


def test_a_stop_after_the_deadline_breaks_it_at_its_true_moment_without_a_sweep(
    lead: Lead,
) -> None:
    clock = started(lead)
    late = clock.due_at + timedelta(microseconds=1)
    clock = stopped(clock, at=late)
    assert clock.breached_at == clock.due_at
    assert clock.noticed_at == late
    assert clock.warned_at == clock.warn_at
    assert clock.business_seconds == 240 * 60


def test_stopping_twice_keeps_the_first_stop(lead: Lead) -> None:
    clock = stopped(started(lead), at=MONDAY_10 + timedelta(minutes=5))
    again = stopped(clock, at=MONDAY_10 + timedelta(days=9), how="expired")
    assert again.stopped_at == MONDAY_10 + timedelta(minutes=5)
    assert again.stopped_by == "accepted"
    assert again.breached_at is None


def test_a_touch_dated_before_the_start_takes_no_time(lead: Lead) -> None:
    clock = stopped(started(lead, code=TOUCH), at=MONDAY_10 - timedelta(hours=2), how="touched")
    assert clock.stopped_at == MONDAY_10 - timedelta(hours=2)
    assert clock.business_seconds == 0
    assert clock.breached_at is None


def test_a_touch_logged_late_but_made_in_time_takes_the_breach_back(lead: Lead) -> None:
    clock = started(lead, code=TOUCH)
    assert sweep(now=clock.due_at + timedelta(hours=1)) == 1
    told = clock.due_at + timedelta(hours=2)
    assert answered(clock, at=told) is True
    clock = stopped(clock, at=clock.due_at - timedelta(minutes=1), how="touched")
    assert (clock.breached_at, clock.noticed_at) == (None, None)
    assert clock.answered_at == told
    assert clock.business_seconds == 59 * 60


def test_a_withdrawn_offer_is_neither_kept_nor_missed(lead: Lead) -> None:
    in_time = stopped(started(lead), at=MONDAY_10 + timedelta(minutes=9), how=TAKEN_BACK)
    too_late = started(lead, key="handoff:2")
    too_late = stopped(too_late, at=too_late.due_at + timedelta(minutes=9), how=TAKEN_BACK)
    assert list(Clock.objects.taken_back()) == [in_time]
    assert too_late.breached_at == too_late.due_at


@pytest.mark.parametrize("swept", [True, False])
def test_an_offer_that_ran_out_is_missed_although_it_stops_at_its_deadline(
    lead: Lead, swept: bool
) -> None:
    clock = started(lead)
    if swept:
        sweep(now=clock.due_at + timedelta(seconds=15))
    clock = stopped(clock, at=clock.due_at, how=RAN_OUT)
    assert clock.breached_at == clock.due_at
    assert clock.business_seconds == 240 * 60


def test_a_breach_taken_back_meanwhile_is_not_answered(lead: Lead) -> None:
    clock = started(lead, code=TOUCH)
    sweep(now=clock.due_at + timedelta(hours=1))
    (found,) = unanswered_breaches()
    stopped(clock, at=MONDAY_10 + timedelta(minutes=3), how="touched")
    assert answered(found, at=clock.due_at + timedelta(hours=1)) is False
    assert found.stopped_by == "touched"
    assert unanswered_breaches() == []


def test_an_edited_commitment_leaves_running_clocks_as_they_were_promised(
    lead: Lead, workspace: Workspace
) -> None:
    clock = started(lead)
    elsewhere = BusinessCalendar.objects.create(workspace=workspace, name="Nights", timezone="UTC")
    WorkingRange.objects.create(calendar=elsewhere, weekday=0, start=time(0), end=time(1))
    Commitment.objects.filter(code=DECIDE).update(
        minutes=30, warn_percents=[10], calendar=elsewhere
    )
    assert sweep(now=MONDAY_10 + timedelta(hours=1)) == 0
    clock = stopped(clock, at=local("2026-03-02 15:00"))
    assert clock.breached_at is None
    assert clock.business_seconds == 240 * 60
    assert started(lead, key="handoff:2", at=MONDAY_10).minutes == 30


def test_a_calendar_without_hours_refuses_to_promise(lead: Lead) -> None:
    WorkingRange.objects.all().delete()
    with pytest.raises(ClosedForever):
        started(lead)


def test_clocks_of_another_workspace_are_not_stopped(lead: Lead) -> None:
    clock = started(lead)
    other = make_workspace()
    assert (
        stop(
            workspace=other,
            subject_key=clock.subject_key,
            code=DECIDE,
            at=datetime.now(UTC),
            how="accepted",
        )
        is None
    )
    clock.refresh_from_db()
    assert clock.stopped_at is None


def test_starting_and_stopping_cost_the_same_however_large_the_calendar(
    lead: Lead, calendar: BusinessCalendar
) -> None:
    counts = []
    for n in (1, 2):
        with CaptureQueriesContext(connection) as queries:
            clock = started(lead, key=f"handoff:{n}")
            stop(
                workspace=lead.workspace,
                subject_key=clock.subject_key,
                code=DECIDE,
                at=MONDAY_10,
                how="accepted",
            )
        counts.append(len(queries))
        for day in range(n, n + 20):
            CalendarException.objects.get_or_create(
                calendar=calendar, date=MONDAY_10.date() + timedelta(days=day)
            )
    # start: commitment with calendar, ranges, exceptions, insert, read. stop: clock, ranges,
    # exceptions, update, between a savepoint and its release.
    assert counts == [11, 11]
