"""Random pauses: what a clock says depends on its terms, its pauses and its stop alone.

The starts lie in the weeks of both clock changes and of Easter.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import count, pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from leadqual.models import Lead
from sla import pauses
from sla.calendars import calendar_of
from sla.clocks import TAKEN_BACK, recalculate_running, sweep
from sla.deadlines import Span, deadlines, worked
from sla.models import BusinessCalendar, Clock, ClockPause, Commitment
from tests.sla.calendars import office
from tests.sla.promises import DECIDE, started, stopped
from tests.sla.test_clock_properties import minutes, modest, moments, spans

MUCH_LATER = timedelta(days=60)
numbers = count()
lengths = st.timedeltas(timedelta(minutes=1), timedelta(days=9))
pause_lists = st.lists(st.tuples(spans, lengths), max_size=4)
percents = st.lists(st.integers(1, 99), max_size=3, unique=True)


def disjoint(at: datetime, drawn: Sequence[tuple[timedelta, timedelta]]) -> list[Span]:
    """In order, each after the one before."""
    found: list[Span] = []
    for gap, length in drawn:
        since = (found[-1].until if found else at) + gap
        found.append(Span(since, since + length))
    return found


@settings(max_examples=300, deadline=None)
@given(at=moments, within=minutes, days=st.integers(0, 9), warns=percents, drawn=pause_lists)
def test_the_business_time_without_the_pauses_is_what_was_promised(
    at: datetime,
    within: int,
    days: int,
    warns: list[int],
    drawn: list[tuple[timedelta, timedelta]],
) -> None:
    hours, still = office(), disjoint(at, drawn)
    terms: dict[str, Any] = {
        "started_at": at,
        "minutes": 0 if days else within,
        "days": days,
        "warn_percents": warns,
        "calendar": hours,
    }
    alone, found = deadlines(**terms), deadlines(**terms, pauses=still)
    promise = worked(at, alone.due_at, pauses=(), calendar=hours)
    assert days or promise == timedelta(minutes=within)
    moments_found = zip([*sorted(warns), 100], [*found.warn_ats, found.due_at], strict=True)
    for percent, moment in moments_found:
        before = [pause for pause in still if pause.since < moment]
        assert worked(at, moment, pauses=before, calendar=hours) == promise * percent / 100
        assert not any(pause.since < moment < pause.until for pause in still)
    assert [*found.warn_ats, found.due_at] == sorted([*found.warn_ats, found.due_at])
    for fewer, more in pairwise(deadlines(**terms, pauses=still[:n]) for n in range(5)):
        assert fewer.due_at <= more.due_at


def promised(lead: Lead, *, at: datetime, within: int, warns: list[int]) -> Clock:
    Commitment.objects.filter(code=DECIDE).update(minutes=within, warn_percents=warns)
    return started(lead, at=at, key=f"handoff:{next(numbers)}")


def what_it_says(clock: Clock) -> dict[str, Any]:
    """Everything but whose it is and when the sweep found what it says."""
    found = Clock.objects.filter(pk=clock.pk).values().get()
    whose = {"id", "lead_id", "subject_key", "noticed_at"}
    return {name: value for name, value in found.items() if name not in whose}


def stood_still(clock: Clock) -> timedelta:
    """Of its pauses that lie before its stop."""
    end = Clock.objects.get(pk=clock.pk).stopped_at
    return sum(
        (
            (min(pause.until, end) if end else pause.until) - pause.since
            for pause in ClockPause.objects.filter(clock=clock)
            if end is None or pause.since < end
        ),
        timedelta(),
    )


@modest
@given(
    at=moments,
    within=minutes,
    warns=percents,
    drawn=pause_lists,
    stop=st.none() | st.tuples(spans, st.sampled_from(["accepted", "touched", TAKEN_BACK])),
    sweeps=st.lists(spans, max_size=3),
    data=st.data(),
)
def test_the_order_in_which_pauses_and_the_stop_are_written_down_does_not_matter(
    lead: Lead,
    other_lead: Lead,
    at: datetime,
    within: int,
    warns: list[int],
    drawn: list[tuple[timedelta, timedelta]],
    stop: tuple[timedelta, str] | None,
    sweeps: list[timedelta],
    data: st.DataObject,
) -> None:
    Clock.objects.all().delete()
    now = at + MUCH_LATER

    def deeds(clock: Clock) -> list[Callable[[], object]]:
        each: list[Callable[[], object]] = [
            lambda since=at + begins, until=at + begins + length: pauses.pause(  # type: ignore[misc]
                clock.lead, since=since, until=until, by=None, now=now
            )
            for begins, length in drawn
        ]
        if stop:
            took, how = stop
            each.append(lambda: stopped(clock, at=at + took, how=how, recorded_at=now))
        return each

    first, second = (
        promised(owner, at=at, within=within, warns=warns) for owner in (lead, other_lead)
    )
    looks: list[Callable[[], object]] = [lambda span=span: sweep(now=at + span) for span in sweeps]  # type: ignore[misc]
    for deed in deeds(first):
        deed()
    for deed in data.draw(st.permutations(deeds(second) + looks)):
        deed()
    sweep(now=now)
    assert what_it_says(first) == what_it_says(second)
    assert stood_still(first) == stood_still(second)


@modest
@given(at=moments, within=minutes, begins=spans, length=lengths, part=st.floats(0, 1))
def test_a_pause_that_ends_early_is_the_shorter_pause_and_at_its_beginning_none(
    lead: Lead,
    other_lead: Lead,
    at: datetime,
    within: int,
    begins: timedelta,
    length: timedelta,
    part: float,
) -> None:
    Clock.objects.all().delete()
    first, second = (
        promised(owner, at=at, within=within, warns=[50]) for owner in (lead, other_lead)
    )
    since, shorter = at + begins, length * part
    pauses.pause(lead, since=since, until=since + length, by=None, now=since)
    pauses.end(lead, at=since + shorter, now=since + shorter)
    if shorter:
        pauses.pause(other_lead, since=since, until=since + shorter, by=None, now=since)
    assert what_it_says(first) == what_it_says(second)
    pauses.end(lead, at=since, now=since)
    assert what_it_says(first) == {**what_it_says(second), **before(second)}
    assert not ClockPause.objects.filter(clock=first).exists()


def before(clock: Clock) -> dict[str, Any]:
    """What the clock said before it stood still."""
    alone = deadlines(
        started_at=clock.started_at,
        minutes=clock.minutes,
        warn_percents=clock.warn_percents,
        calendar=calendar_of(clock.calendar),
    )
    return {
        "warn_ats": alone.warn_ats,
        "due_at": alone.due_at,
        "next_check_at": alone.warn_ats[0],
        "paused_seconds": 0,
    }


@modest
@given(at=moments, within=minutes, drawn=pause_lists, took=spans)
def test_a_stop_judges_by_the_time_that_was_not_paused(
    lead: Lead,
    calendar: BusinessCalendar,
    at: datetime,
    within: int,
    drawn: list[tuple[timedelta, timedelta]],
    took: timedelta,
) -> None:
    Clock.objects.all().delete()
    clock = promised(lead, at=at, within=within, warns=[50])
    for pause in disjoint(at, drawn):
        pauses.pause(lead, since=pause.since, until=pause.until, by=None, now=at)
    assert recalculate_running(calendar, now=at) == 0
    clock = stopped(clock, at=at + took)
    assert clock.business_seconds is not None
    kept = clock.breached_at is None
    assert kept == (at + took <= clock.due_at)
    assert clock.business_seconds <= within * 60 if kept else clock.business_seconds >= within * 60
