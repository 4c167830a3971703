"""A lead asked to be called back: what pauses stands still, and how it goes on."""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from leadqual.models import Lead
from sla import pauses
from sla.clocks import RAN_OUT, answered, recalculate_running, resume, stop, sweep
from sla.models import BusinessCalendar, CalendarException, Clock, ClockPause, Commitment
from tests.sla.calendars import local
from tests.sla.promises import MONDAY_10, TOUCH, started, stopped

THURSDAY_14 = local("2026-03-05 14:00")


def monday(hour: str) -> datetime:
    return local(f"2026-03-02 {hour}")


def paused(
    lead: Lead, since: datetime, until: datetime, *, now: datetime | None = None
) -> list[Clock]:
    return pauses.pause(lead, since=since, until=until, by=None, now=now or since)


def only() -> Clock:
    return Clock.objects.get()


def test_the_deadline_moves_at_once_by_the_business_time_of_the_pause(
    lead: Lead, ben: User
) -> None:
    clock = started(lead)  # due at 15:00, warned about at 14:00
    since = monday("11:00")
    moved = pauses.pause(lead, since=since, until=THURSDAY_14, by=ben, now=since)
    assert moved == [clock]
    now = only()
    assert now.due_at == local("2026-03-05 17:00")
    assert now.warn_ats == [local("2026-03-05 16:00")]
    assert now.next_check_at == local("2026-03-05 16:00")
    assert now.paused_seconds == (5 + 7 + 7 + 4) * 3600
    pause = ClockPause.objects.get()
    assert (pause.since, pause.until, pause.by) == (since, THURSDAY_14, ben)
    assert (pause.business_seconds, pause.why) == (now.paused_seconds, pauses.CALL_BACK)
    assert sweep(now=local("2026-03-05 15:59")) == 0


def test_the_time_that_was_taken_leaves_the_pause_out(lead: Lead) -> None:
    clock = started(lead)
    paused(lead, monday("11:00"), THURSDAY_14)
    clock = stopped(clock, at=local("2026-03-05 14:30"), how="touched")
    assert (clock.business_seconds, clock.breached_at) == (90 * 60, None)


def test_a_stop_in_the_middle_of_a_pause_counts_up_to_its_beginning(lead: Lead) -> None:
    clock = started(lead)
    paused(lead, monday("11:00"), THURSDAY_14)
    clock = stopped(clock, at=local("2026-03-04 10:00"), how="touched")
    assert (clock.business_seconds, clock.breached_at) == (60 * 60, None)
    assert clock.due_at == local("2026-03-04 14:00")  # it stood still up to the stop
    assert clock.paused_seconds == ClockPause.objects.get().business_seconds == (5 + 7 + 1) * 3600


def test_what_was_warned_about_before_the_pause_stays_so(lead: Lead) -> None:
    Commitment.objects.update(warn_percents=[50, 75])
    clock = started(lead)
    now = monday("13:30")
    assert sweep(now=now) == 1
    paused(lead, now, THURSDAY_14)
    again = only()
    assert again.warned == 1
    assert again.warn_ats == [clock.warn_ats[0], local("2026-03-05 14:30")]
    assert again.next_check_at == local("2026-03-05 14:30")


@pytest.mark.parametrize("late", [timedelta(0), timedelta(minutes=1)])
def test_a_pause_that_begins_when_the_deadline_has_come_changes_nothing(
    lead: Lead, late: timedelta
) -> None:
    clock = started(lead)
    sweep(now=clock.due_at + timedelta(seconds=1))
    before = Clock.objects.values().get()
    assert paused(lead, clock.due_at + late, THURSDAY_14) == []
    assert Clock.objects.values().get() == before


def test_a_pause_asked_for_in_time_and_logged_late_takes_the_breach_back(lead: Lead) -> None:
    clock = started(lead)
    noticed = clock.due_at + timedelta(minutes=1)
    sweep(now=noticed)
    assert answered(clock, at=noticed, cause=Clock.Cause.PERSON) is True
    paused(lead, monday("14:30"), THURSDAY_14, now=local("2026-03-03 09:00"))
    clock = only()
    assert (clock.breached_at, clock.noticed_at, clock.answered_at, clock.cause) == (
        None,
        None,
        None,
        "",
    )
    assert clock.due_at == local("2026-03-05 14:30")
    sweep(now=local("2026-03-06 09:00"))
    assert only().breached_at == clock.due_at
    assert list(Clock.objects.unanswered_breaches()) == [clock]


def test_a_breach_that_is_one_by_the_later_deadline_too_is_dated_there_and_told_once(
    lead: Lead,
) -> None:
    clock = started(lead)
    told = clock.due_at + timedelta(minutes=2)
    sweep(now=told)
    answered(clock, at=told)
    paused(lead, monday("11:00"), monday("12:00"), now=local("2026-03-03 12:00"))
    clock = only()
    assert clock.due_at == clock.breached_at == clock.noticed_at == monday("16:00")
    assert clock.answered_at == told
    assert sweep(now=local("2026-03-04 12:00")) == 0


def test_promises_that_do_not_pause_go_on(lead: Lead) -> None:
    Commitment.objects.filter(code=TOUCH).update(pauses=False)
    clock = started(lead, code=TOUCH)
    assert paused(lead, MONDAY_10, THURSDAY_14) == []
    assert only().due_at == clock.due_at
    assert not ClockPause.objects.exists()


def test_a_clock_started_while_the_lead_is_to_be_called_back_stands_still(lead: Lead) -> None:
    started(lead, code=TOUCH)
    paused(lead, monday("09:00"), THURSDAY_14, now=MONDAY_10)
    clock = only()
    assert clock.due_at == local("2026-03-05 15:00")
    pause = ClockPause.objects.get()
    assert (pause.since, pause.until) == (MONDAY_10, THURSDAY_14)


def test_said_again_a_pause_joins_the_clocks_started_meanwhile_and_moves_none_twice(
    lead: Lead,
) -> None:
    first = started(lead, code=TOUCH)
    paused(lead, MONDAY_10, THURSDAY_14)
    second = started(lead, at=monday("12:00"))
    assert paused(lead, MONDAY_10, THURSDAY_14) == [second]
    assert Clock.objects.get(pk=first.pk).due_at == local("2026-03-05 15:00")
    assert [p.since for p in second.pauses.all()] == [second.started_at]


def test_many_clocks_pause_and_go_on_in_the_same_statements_as_one(
    lead: Lead, other_lead: Lead
) -> None:
    counts = []
    for whose, many in ((lead, 1), (other_lead, 3)):
        for n in range(many):
            started(whose, key=f"handoff:{whose.pk}-{n}")
        with CaptureQueriesContext(connection) as queries:
            assert len(paused(whose, monday("11:00"), THURSDAY_14)) == many
            assert len(pauses.end(whose, at=monday("12:00"), now=monday("12:00"))) == many
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_a_pause_ends_early_where_the_lead_was_reached(lead: Lead) -> None:
    started(lead)
    paused(lead, monday("11:00"), THURSDAY_14)
    reached = local("2026-03-03 09:00")
    assert len(pauses.end(lead, at=reached, now=reached)) == 1
    assert only().due_at == local("2026-03-03 12:00")
    assert only().paused_seconds == 5 * 3600
    assert ClockPause.objects.get().until == reached


def test_ended_at_its_beginning_a_pause_never_was(lead: Lead) -> None:
    started(lead)
    before = Clock.objects.values().get()
    paused(lead, monday("11:00"), THURSDAY_14)
    pauses.end(lead, at=monday("11:00"), now=monday("11:05"))
    assert Clock.objects.values().get() == before
    assert not ClockPause.objects.exists()


@pytest.mark.parametrize(
    ("until", "due"),
    [("2026-03-04 09:00", "2026-03-04 12:00"), ("2026-03-06 09:00", "2026-03-06 12:00")],
)
def test_the_moment_of_the_call_moves_to_a_sooner_or_a_later_one(
    lead: Lead, until: str, due: str
) -> None:
    started(lead)
    paused(lead, monday("11:00"), THURSDAY_14)
    at = local("2026-03-03 10:00")
    (moved,) = pauses.move(lead, at=at, until=local(until), by=None, now=at)
    assert moved.due_at == only().due_at == local(due)
    assert [(p.since, p.until) for p in ClockPause.objects.all()] == [
        (monday("11:00"), at),
        (at, local(until)),
    ]


def test_of_a_pause_written_down_in_two_pieces_no_second_counts_twice(lead: Lead) -> None:
    started(lead)
    paused(lead, monday("11:00"), monday("11:30") + timedelta(milliseconds=500))
    paused(lead, monday("11:00"), monday("12:00"))
    assert only().paused_seconds == 3600
    assert sorted(p.business_seconds for p in ClockPause.objects.all()) == [1800, 1801]


def test_where_pauses_overlap_each_moment_counts_once(lead: Lead) -> None:
    started(lead)
    paused(lead, monday("11:00"), monday("11:30"))
    paused(lead, monday("10:30"), monday("12:00"))
    assert only().paused_seconds == 90 * 60
    assert only().due_at == local("2026-03-02 16:30")
    assert sorted((p.since, p.until) for p in ClockPause.objects.all()) == [
        (monday("10:30"), monday("11:00")),
        (monday("11:00"), monday("11:30")),
        (monday("11:30"), monday("12:00")),
    ]


def test_a_pause_logged_after_the_stop_counts_where_it_began_before(lead: Lead) -> None:
    late = stopped(started(lead), at=monday("16:00"), how="touched")
    assert late.breached_at is not None
    (changed,) = paused(lead, monday("14:00"), THURSDAY_14, now=local("2026-03-03 09:00"))
    assert changed == late
    assert (only().breached_at, only().business_seconds) == (None, 3 * 3600)
    assert paused(lead, monday("16:00"), THURSDAY_14) == []


def test_an_offer_that_ran_out_is_not_paused_afterwards(lead: Lead) -> None:
    clock = started(lead)
    stopped(clock, at=clock.due_at, how=RAN_OUT)
    assert paused(lead, monday("11:00"), THURSDAY_14) == []
    assert only().breached_at == clock.due_at


def test_a_stop_dated_before_a_pause_and_taken_back_leaves_the_pause(lead: Lead) -> None:
    clock = started(lead)
    paused(lead, monday("11:00"), THURSDAY_14)
    ended = stopped(clock, at=monday("10:30"), how="touched")
    assert (ended.due_at, ended.paused_seconds) == (clock.due_at, 0)
    resume(workspace=lead.workspace, subject_key=clock.subject_key, code=clock.code)
    assert only().due_at == local("2026-03-05 17:00")


def test_a_holiday_inside_a_pause_moves_the_deadline_by_what_is_left_of_it(
    lead: Lead, calendar: BusinessCalendar
) -> None:
    started(lead)
    paused(lead, monday("11:00"), THURSDAY_14)
    CalendarException.objects.create(calendar=calendar, date=local("2026-03-03 09:00").date())
    assert recalculate_running(calendar, now=monday("12:00")) == 0  # nothing is left to move
    CalendarException.objects.create(calendar=calendar, date=THURSDAY_14.date())
    assert recalculate_running(calendar, now=monday("12:00")) == 1
    assert recalculate_running(calendar, now=monday("12:00")) == 0
    assert only().due_at == local("2026-03-06 12:00")
    assert only().paused_seconds == ClockPause.objects.get().business_seconds == 12 * 3600


def test_a_promise_in_days_stands_still_too(lead: Lead) -> None:
    Commitment.objects.filter(code=TOUCH).update(minutes=0, days=2)
    clock = started(lead, code=TOUCH)
    assert clock.due_at == local("2026-03-04 17:00")
    paused(lead, local("2026-03-03 09:00"), THURSDAY_14)
    assert only().due_at == local("2026-03-09 14:00")


def test_a_pause_ends_after_it_begins(lead: Lead) -> None:
    with pytest.raises(pauses.EndsBeforeItBegins):
        paused(lead, MONDAY_10, MONDAY_10)


def test_other_leads_are_not_paused(lead: Lead, other_lead: Lead) -> None:
    clock = started(other_lead)
    paused(lead, MONDAY_10, THURSDAY_14)
    assert only().due_at == clock.due_at
    assert stop(
        workspace=lead.workspace,
        subject_key=clock.subject_key,
        code=clock.code,
        at=clock.due_at,
        how="accepted",
    )
