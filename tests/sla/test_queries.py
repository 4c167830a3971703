"""Clocks as lists, and what each says: of a lead, of people."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Workspace
from leadqual.models import Lead
from sla import pauses
from sla.clocks import RAN_OUT, TAKEN_BACK, sweep
from sla.compliance import Asked, kept
from sla.models import Clock
from sla.queries import (
    State,
    clock_lines,
    clocks_of_lead,
    state_of,
)
from tests.builders import make_lead
from tests.sla.calendars import local
from tests.sla.promises import DECIDE, MONDAY_10, TOUCH, started, stopped


def lines_of(lead: Lead, *, hour: str = "14:30") -> list[tuple[str, str]]:
    return [
        (line.state.value, line.words)
        for line in clock_lines(clocks_of_lead(lead), now=local(f"2026-03-02 {hour}"))
    ]


def test_a_running_clock_says_how_much_business_time_is_left(lead: Lead) -> None:
    started(lead)
    assert lines_of(lead, hour="11:00") == [
        ("running", "3 h of business time left, due today 15:00")
    ]
    assert lines_of(lead, hour="14:30") == [
        ("due soon", "30 min of business time left, due today 15:00")
    ]
    assert lines_of(lead, hour="15:20") == [
        ("late", "20 min of business time late, was due today 15:00")
    ]


@pytest.mark.parametrize(
    ("at", "how", "line"),
    [
        ("13:30", "accepted", ("met", "met in 2 h 30 min of business time")),
        ("15:00", "accepted", ("met", "met in 4 h of business time")),
        ("15:25", "accepted", ("missed", "missed by 25 min of business time")),
        ("15:00", RAN_OUT, ("missed", "missed: nothing was done by the deadline")),
        ("11:00", TAKEN_BACK, ("taken back", "taken back after 1 h of business time")),
        ("15:25", TAKEN_BACK, ("missed", "missed by 25 min of business time")),
    ],
)
def test_a_stopped_clock_says_how_the_promise_was_kept(
    lead: Lead, at: str, how: str, line: tuple[str, str]
) -> None:
    stopped(started(lead), at=local(f"2026-03-02 {at}"), how=how)
    assert lines_of(lead) == [line]


def test_the_state_is_the_same_whether_or_not_a_sweep_came_by(lead: Lead) -> None:
    clock = started(lead)
    for now in (
        clock.started_at,
        clock.warn_ats[0],
        clock.due_at,
        clock.due_at + timedelta(hours=1),
    ):
        before = state_of(Clock.objects.get(), now=now)
        sweep(now=now)
        assert state_of(Clock.objects.get(), now=now) == before
    assert before is State.LATE


def test_while_it_stands_still_a_clock_says_until_when_and_why(lead: Lead) -> None:
    started(lead)
    since, until = local("2026-03-02 11:00"), local("2026-03-05 14:00")
    pauses.pause(lead, since=since, until=until, by=None, now=since)
    still = "stands still until Thu 14:00 (the lead asked to be called back)"
    assert lines_of(lead, hour="11:00") == lines_of(lead, hour="16:00") == [("paused", still)]
    (line,) = clock_lines(clocks_of_lead(lead), now=until)
    assert (line.state, line.pause) == (State.RUNNING, None)
    assert line.words == "3 h of business time left, due today 17:00"


def test_a_late_clock_is_late_whatever_the_lead_asks_for_afterwards(lead: Lead) -> None:
    clock = started(lead)
    asked = clock.due_at + timedelta(minutes=5)
    pauses.pause(lead, since=asked, until=asked + timedelta(days=3), by=None, now=asked)
    assert lines_of(lead, hour="15:20") == [
        ("late", "20 min of business time late, was due today 15:00")
    ]


def test_a_touch_logged_late_and_a_breach_noticed_late_are_marked(lead: Lead) -> None:
    def marks(key: str, *, at: str, recorded: str) -> tuple[str, ...]:
        clock = started(lead, key=key)
        recorded_at = local(f"2026-03-{recorded}")
        at_ = local(f"2026-03-02 {at}")
        clock = stopped(clock, at=at_, how="touched", recorded_at=recorded_at)
        (line,) = clock_lines([clock], now=local("2026-03-03 12:00"))
        return line.marks

    assert marks("handoff:1", at="11:00", recorded="02 11:05") == ()
    assert marks("handoff:2", at="11:00", recorded="02 11:06") == ("logged late, yesterday 11:06",)
    assert marks("handoff:3", at="14:58", recorded="02 15:01") == ("logged late, yesterday 15:01",)
    late = started(lead, key="handoff:4")
    sweep(now=late.due_at + timedelta(minutes=5))
    late = Clock.objects.get(pk=late.pk)
    assert clock_lines([late], now=late.due_at)[0].marks == ()
    after_an_hour = started(lead, key="handoff:5")
    sweep(now=late.due_at + timedelta(hours=1))
    after_an_hour = Clock.objects.get(pk=after_an_hour.pk)
    (line,) = clock_lines([after_an_hour], now=local("2026-03-03 12:00"))
    assert line.marks == ("noticed late, yesterday 16:00",)


def test_the_clocks_of_a_lead_are_those_of_no_other_newest_first(
    lead: Lead, workspace: Workspace
) -> None:
    first = started(lead)
    second = started(lead, code=TOUCH, at=MONDAY_10 + timedelta(hours=1))
    started(make_lead(workspace), key="handoff:2")
    assert list(clocks_of_lead(lead)) == [second, first]


def test_lines_cost_the_same_for_one_clock_and_for_three(lead: Lead) -> None:
    for n, count in ((1, 1), (2, 2), (3, 3)):
        started(lead, key=f"handoff:{n}")
        with CaptureQueriesContext(connection) as queries:
            lines = clock_lines(clocks_of_lead(lead), now=MONDAY_10)
            assert [str(line.clock.commitment.code) for line in lines] == [DECIDE] * count
        assert len(queries) == 5


def test_at_its_very_deadline_a_clock_still_runs(lead: Lead, workspace: Workspace) -> None:
    clock = started(lead)
    for late, state, counts in (
        (timedelta(0), State.SOON, (1, 0)),
        (timedelta(microseconds=1), State.LATE, (0, 1)),
    ):
        now = clock.due_at + late
        assert state_of(clock, now=now) is state
        asked = Asked(workspace, [MONDAY_10, clock.due_at + timedelta(days=1)], now, [DECIDE])
        [figures] = kept(asked, ())
        assert (figures[0, ()].running, figures[0, ()].missed) == counts
