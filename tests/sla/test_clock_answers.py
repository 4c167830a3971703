"""Warnings are told once, breaches answered once, misses acknowledged by one person."""

from datetime import timedelta

import pytest

from accounts.models import User
from leadqual.models import Lead
from sla.answers import AcknowledgedAlready, NoteMissing, NothingMissed, acknowledge
from sla.clocks import answered, sweep, untold_warnings, warning_told
from sla.models import Clock, Commitment
from tests.sla.calendars import local
from tests.sla.promises import DECIDE, started, stopped

SECOND = timedelta(seconds=1)


@pytest.fixture
def clock(lead: Lead) -> Clock:
    """Due at 15:00; warned about at 12:00, 14:00 and 14:36."""
    Commitment.objects.filter(code=DECIDE).update(warn_percents=[90, 50, 75])
    return started(lead)


def percent(clock: Clock) -> int:
    return clock.warn_percents[clock.warned - 1]


def test_every_percentage_warns_at_its_moment_and_is_told_by_one(clock: Clock) -> None:
    hours = ("12:00", "14:00", "14:36")
    assert clock.warn_ats == [local(f"2026-03-02 {hour}") for hour in hours]
    told = []
    for moment in clock.warn_ats:
        assert sweep(now=moment) == 0
        assert sweep(now=moment + SECOND) == 1
        (found,), (by_another,) = untold_warnings(), untold_warnings()
        assert warning_told(found) is True
        assert warning_told(by_another) is False
        told.append(percent(found))
        assert untold_warnings() == []
    assert told == [50, 75, 90]


def test_warnings_that_came_at_once_are_told_as_the_last_of_them(clock: Clock) -> None:
    sweep(now=clock.warn_ats[1] + SECOND)
    (found,) = untold_warnings()
    assert warning_told(found) is True
    assert percent(found) == 75
    assert untold_warnings() == []


def test_a_warning_that_another_has_overtaken_is_not_told(clock: Clock) -> None:
    sweep(now=clock.warn_ats[0] + SECOND)
    (found,) = untold_warnings()
    sweep(now=clock.warn_ats[1] + SECOND)
    assert warning_told(found) is False
    (last,) = untold_warnings()
    assert warning_told(last) is True


def test_who_is_late_already_or_done_is_warned_of_nothing(clock: Clock, lead: Lead) -> None:
    done = started(lead, key="handoff:2")
    sweep(now=clock.warn_ats[0] + SECOND)
    found = {warned.pk: warned for warned in untold_warnings()}
    stopped(done, at=clock.warn_ats[0] + SECOND)
    assert warning_told(found[done.pk]) is False
    sweep(now=clock.due_at + SECOND)
    assert untold_warnings() == []
    assert warning_told(found[clock.pk]) is False


def test_untold_warnings_come_in_pages(clock: Clock, lead: Lead) -> None:
    second = started(lead, key="handoff:2")
    sweep(now=clock.warn_ats[0] + SECOND)
    assert untold_warnings(1) == [clock]
    assert untold_warnings(1, after=clock.pk) == [second]


def test_the_answer_keeps_the_cause(clock: Clock) -> None:
    now = clock.due_at + SECOND
    sweep(now=now)
    assert answered(clock, at=now, cause=Clock.Cause.NOBODY) is True
    assert answered(clock, at=now, cause=Clock.Cause.PERSON) is False
    assert (Clock.objects.get().cause, clock.cause) == ("nobody", "nobody")


def test_who_takes_note_first_stays_and_may_put_it_better(
    clock: Clock, mara: User, ana: User
) -> None:
    at = clock.due_at + timedelta(hours=1)
    acknowledge(clock, by=mara, at=at, note=" Ben was at the fair. ")
    assert (clock.acknowledgement, clock.acknowledged_by) == ("Ben was at the fair.", mara)
    acknowledge(clock, by=mara, at=at + SECOND, note="Ben was at the fair; Ina calls now.")
    assert clock.acknowledged_at == at
    with pytest.raises(AcknowledgedAlready) as refused:
        acknowledge(clock, by=ana, at=at + SECOND, note="Again?")
    assert (refused.value.who, refused.value.when) == (mara, at)
    assert Clock.objects.get().acknowledgement == "Ben was at the fair; Ina calls now."


def test_taking_note_takes_a_note_and_a_miss(clock: Clock, mara: User) -> None:
    with pytest.raises(NoteMissing):
        acknowledge(clock, by=mara, at=clock.due_at + SECOND, note=" ")
    with pytest.raises(NothingMissed):
        acknowledge(clock, by=mara, at=clock.due_at, note="Why?")
    sweep(now=clock.due_at + SECOND)
    stopped(clock, at=clock.due_at, how="touched", recorded_at=clock.due_at + SECOND)
    with pytest.raises(NothingMissed):
        acknowledge(clock, by=mara, at=clock.due_at + SECOND, note="Why?")
    assert Clock.objects.get().acknowledged_at is None
