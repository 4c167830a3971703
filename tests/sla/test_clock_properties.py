"""Clocks with random starts, sweeps and stops: what they say in the end follows from the moments.

The starts lie in the weeks of both clock changes and of Easter.
"""

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leadqual.models import Lead
from sla.business_time import elapsed
from sla.calendars import calendar_of
from sla.clocks import RAN_OUT, TAKEN_BACK, recalculate_running, sweep
from sla.compliance import Asked, Kept, kept
from sla.models import BusinessCalendar, Clock, Commitment
from sla.queries import State, state_of
from tests.sla.promises import DECIDE, started, stopped

EVER = (datetime(2025, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC))

moments = st.one_of(
    *(
        st.datetimes(since, since + timedelta(days=21), timezones=st.just(UTC))
        for since in (datetime(2026, 3, 20), datetime(2026, 10, 15))  # noqa: DTZ001
    )
)
spans = st.timedeltas(timedelta(0), timedelta(days=9))
minutes = st.integers(1, 3000)
hows = st.sampled_from(["accepted", "touched", RAN_OUT, TAKEN_BACK])
modest = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
numbers = count()


def promised(lead: Lead, *, at: datetime, within: int, warn: int = 75) -> Clock:
    Commitment.objects.filter(code=DECIDE).update(minutes=within, warn_percents=[warn])
    return started(lead, at=at, key=f"handoff:{next(numbers)}")


def what_it_says(clock: Clock) -> dict[str, Any]:
    """Everything but whose it is and when the sweep found what it says."""
    found = Clock.objects.filter(pk=clock.pk).values().get()
    return {
        name: value
        for name, value in found.items()
        if name not in {"id", "subject_key", "noticed_at"}
    }


@modest
@given(
    at=moments,
    within=minutes,
    warn=st.integers(1, 99),
    sweeps=st.lists(spans, max_size=4),
    took=spans,
    how=hows,
)
def test_a_stopped_clock_says_the_same_whatever_sweeps_came_by(
    lead: Lead,
    at: datetime,
    within: int,
    warn: int,
    sweeps: list[timedelta],
    took: timedelta,
    how: str,
) -> None:
    swept, alone = (promised(lead, at=at, within=within, warn=warn) for _ in range(2))
    Clock.objects.filter(pk=alone.pk).update(next_check_at=None)  # no sweep ever sees it
    for span in sorted(sweeps):
        sweep(now=at + span)
    for clock in (swept, alone):
        stopped(clock, at=at + took, how=how)
    assert what_it_says(swept) == what_it_says(alone)


@modest
@given(at=moments, within=minutes, took=st.timedeltas(timedelta(days=-2), timedelta(days=9)))
def test_the_seconds_it_took_and_the_breach_agree_with_the_promise(
    lead: Lead, calendar: BusinessCalendar, at: datetime, within: int, took: timedelta
) -> None:
    clock = promised(lead, at=at, within=within)
    assert elapsed(at, clock.due_at, calendar_of(calendar)) == timedelta(minutes=within)
    assert at <= clock.warn_ats[0] < clock.due_at
    clock = stopped(clock, at=at + took)
    assert clock.business_seconds is not None
    kept = clock.breached_at is None
    assert kept == (at + took <= clock.due_at)
    # Late by the clock may still be 0 late in business time: due at the close, stopped at night.
    assert clock.business_seconds <= within * 60 if kept else clock.business_seconds >= within * 60


@modest
@given(at=moments, within=minutes, sweeps=st.lists(spans, min_size=1, max_size=5))
def test_sweeps_in_any_order_notice_each_warning_and_breach_once(
    lead: Lead, at: datetime, within: int, sweeps: list[timedelta]
) -> None:
    Clock.objects.all().delete()
    clock = promised(lead, at=at, within=within)
    noticed = sum(sweep(now=at + span) for span in sweeps)
    last = at + max(sweeps)
    found = Clock.objects.get()
    assert found.warned_at == (clock.warn_ats[0] if clock.warn_ats[0] < last else None)
    assert found.breached_at == (clock.due_at if clock.due_at < last else None)
    passed = (clock.warn_ats[0] < last) + (clock.due_at < last)
    assert noticed == passed or (noticed, passed) == (1, 2)  # both found by one sweep
    assert sweep(now=last) == 0


@modest
@given(at=moments, within=minutes, warn=st.integers(1, 99), now=moments)
def test_a_calendar_that_was_not_edited_moves_nothing(
    lead: Lead, calendar: BusinessCalendar, at: datetime, within: int, warn: int, now: datetime
) -> None:
    clock = promised(lead, at=at, within=within, warn=warn)
    before = what_it_says(clock)
    assert recalculate_running(calendar, now=now) == 0
    assert what_it_says(clock) == before


@modest
@given(
    clocks=st.lists(st.tuples(moments, minutes, st.none() | spans, hows), max_size=6), now=moments
)
def test_compliance_counts_what_each_clock_says_of_itself(
    lead: Lead, clocks: list[tuple[datetime, int, timedelta | None, str]], now: datetime
) -> None:
    Clock.objects.all().delete()
    for at, within, took, how in clocks:
        clock = promised(lead, at=at, within=within)
        if took is not None:
            stopped(clock, at=at + took, how=how)
    sweep(now=now)
    states = [state_of(clock, now=now) for clock in Clock.objects.all()]
    [figures] = kept(Asked(lead.workspace, EVER, now, [DECIDE]), ())
    figure = figures.get((0, ()), Kept())
    assert figure.met == states.count(State.MET)
    assert figure.missed == states.count(State.MISSED) + states.count(State.LATE)
    assert figure.running == states.count(State.RUNNING) + states.count(State.SOON)
    assert figure.taken_back == states.count(State.TAKEN_BACK)
    assert figure.started == len(clocks)
