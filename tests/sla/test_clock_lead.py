"""The lead's own clocks, and touches that we come to know of late."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from leadqual.models import Lead
from sla.clocks import (
    RAN_OUT,
    TAKEN_BACK,
    Stop,
    answered,
    pass_on,
    start,
    stop_each,
    stop_running,
    sweep,
)
from sla.models import Clock
from tests.sla.calendars import local
from tests.sla.promises import DECIDE, MONDAY_10, TOUCH, running, started, stopped


def touched(clock: Clock, *, at: str, recorded: str = "", how: str = "touched") -> Clock:
    """Another touch of that Monday, of which we know now."""
    moment, known = local(f"2026-03-02 {at}"), local(f"2026-03-02 {recorded or at}")
    said = Stop(moment, how, known, or_earlier=True)
    assert stop_each({clock.pk: said}) == [clock]
    return Clock.objects.get(pk=clock.pk)


def test_the_running_clocks_of_some_promises_are_those_of_the_lead(
    lead: Lead, other_lead: Lead
) -> None:
    first = started(lead, code=TOUCH)
    second = started(lead, code=TOUCH, key="handoff:2", at=MONDAY_10 + timedelta(hours=1))
    decide = started(lead)
    started(other_lead, code=TOUCH, key="handoff:3")
    stopped(started(lead, code=TOUCH, key="handoff:4"), at=MONDAY_10)
    assert running(lead, TOUCH) == [first, second]
    assert running(lead, TOUCH, DECIDE) == [first, decide, second]


def test_all_running_clocks_of_the_lead_are_stopped_in_the_same_statements_as_one(
    lead: Lead, other_lead: Lead
) -> None:
    others = started(other_lead, code=TOUCH, key="handoff:0")
    counts = []
    for many in (1, 3):
        clocks = [started(lead, code=TOUCH, key=f"handoff:{many}-{n}") for n in range(many)]
        decide = started(lead, key=f"handoff:{many}-0")
        at = MONDAY_10 + timedelta(minutes=20)
        with CaptureQueriesContext(connection) as queries:
            ended = stop_running(lead=lead, codes=[TOUCH], at=at, how="touched")
        counts.append(len(queries))
        assert ended == clocks
        for clock in Clock.objects.filter(pk__in=[clock.pk for clock in clocks]):
            assert (clock.stopped_at, clock.business_seconds) == (at, 20 * 60)
        assert Clock.objects.get(pk=decide.pk).stopped_at is None
    assert Clock.objects.get(pk=others.pk).stopped_at is None
    # clocks, ranges, exceptions, update, between a savepoint and its release
    assert counts == [6, 6]


def test_clocks_stopped_each_in_its_own_way_cost_the_same_statements_as_one(lead: Lead) -> None:
    counts = []
    for many in (1, 3):
        clocks = [started(lead, code=TOUCH, key=f"handoff:{many}-{n}") for n in range(many)]
        ends = [MONDAY_10 + timedelta(minutes=10 * (n + 1)) for n in range(many)]
        stops = {clock.pk: Stop(at, "touched") for clock, at in zip(clocks, ends, strict=True)}
        with CaptureQueriesContext(connection) as queries:
            assert stop_each(stops) == clocks
        counts.append(len(queries))
        for clock, at in zip(clocks, ends, strict=True):
            assert Clock.objects.get(pk=clock.pk).stopped_at == at
    assert counts == [6, 6]
    assert stop_each({}) == []


def test_what_ended_a_clock_before_the_deed_was_known_is_taken_back_with_the_stop(
    lead: Lead,
) -> None:
    clock = stopped(started(lead, code=TOUCH), at=MONDAY_10 + timedelta(minutes=50), how=TAKEN_BACK)
    at, known = MONDAY_10 + timedelta(minutes=20), MONDAY_10 + timedelta(hours=3)
    stop_each({clock.pk: Stop(at, "touched", known, or_earlier=True)})
    assert Clock.objects.get().stopped_by == TAKEN_BACK
    stop_each({clock.pk: Stop(at, "touched", known, or_earlier=True, anew=True)})
    clock = Clock.objects.get()
    assert (clock.stopped_at, clock.stopped_by, clock.business_seconds) == (at, "touched", 20 * 60)
    assert clock.stop_recorded_at == known


def test_a_reroute_changes_the_person_of_the_leads_own_clock_and_nothing_else(
    lead: Lead, ben: User, mara: User
) -> None:
    start(lead=lead, code=TOUCH, subject_key="cycle:1", person=ben, at=MONDAY_10)
    before = Clock.objects.values().get()
    assert pass_on(lead=lead, code=TOUCH, to=mara) == 1
    assert Clock.objects.values().get() == {**before, "person_id": mara.pk}
    stopped(Clock.objects.get(), at=MONDAY_10)
    assert pass_on(lead=lead, code=TOUCH, to=ben) == 0


def test_a_touch_logged_late_that_came_before_the_one_that_stopped_the_clock_stops_it(
    lead: Lead,
) -> None:
    clock = touched(started(lead, code=TOUCH), at="10:40")
    assert clock.stop_recorded_at == local("2026-03-02 10:40")
    clock = touched(clock, at="10:15", recorded="16:00")
    assert (clock.stopped_at, clock.business_seconds) == (local("2026-03-02 10:15"), 15 * 60)
    assert clock.stop_recorded_at == local("2026-03-02 16:00")
    assert clock.logged_late is True
    again = touched(clock, at="10:30", recorded="17:00")
    assert (again.stopped_at, again.stop_recorded_at) == (clock.stopped_at, clock.stop_recorded_at)


@pytest.mark.parametrize("swept", [True, False])
def test_the_breach_is_taken_back_where_the_earlier_touch_was_in_time(
    lead: Lead, swept: bool
) -> None:
    clock = started(lead, code=TOUCH)
    told = clock.due_at + timedelta(minutes=2)
    if swept:
        sweep(now=told)
        answered(clock, at=told, cause=Clock.Cause.PERSON)
    clock = touched(clock, at="13:30")
    assert clock.breached_at == clock.due_at
    clock = touched(clock, at="11:00", recorded="17:00")
    assert (clock.breached_at, clock.noticed_at) == (None, None)
    assert clock.answered_at == (told if swept else None)


def test_an_earlier_touch_that_was_late_too_leaves_the_breach_where_it_was(lead: Lead) -> None:
    clock = touched(started(lead, code=TOUCH), at="15:00")
    before = clock.noticed_at
    clock = touched(clock, at="13:30", recorded="16:00")
    assert (clock.breached_at, clock.noticed_at) == (clock.due_at, before)
    assert clock.business_seconds == (120 + 30) * 60


@pytest.mark.parametrize("how", [RAN_OUT, TAKEN_BACK, "accepted"])
def test_what_something_else_has_stopped_stays(lead: Lead, how: str) -> None:
    clock = stopped(started(lead, code=TOUCH), at=local("2026-03-02 10:50"), how=how)
    assert touched(clock, at="10:10", recorded="16:00") == clock
    assert Clock.objects.get().stopped_by == how


def test_a_touch_before_the_start_takes_no_time_and_keeps_the_promise(lead: Lead) -> None:
    clock = touched(started(lead, code=TOUCH), at="09:15", recorded="10:00")
    assert (clock.business_seconds, clock.breached_at) == (0, None)
