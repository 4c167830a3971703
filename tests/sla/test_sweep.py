"""The sweep: warnings and breaches are found late at worst, and dated at their true moments."""

from datetime import timedelta

from leadqual.models import Lead
from sla.clocks import answered, sweep, unanswered_breaches
from sla.models import Clock
from tests.sla.calendars import local
from tests.sla.promises import MONDAY_10, started


def test_the_sweep_warns_first_and_then_finds_the_breach(lead: Lead) -> None:
    clock = started(lead)
    assert sweep(now=clock.warn_ats[0]) == 0
    assert sweep(now=clock.warn_ats[0] + timedelta(seconds=1)) == 1
    clock = Clock.objects.get()
    assert (clock.warned_at, clock.breached_at) == (clock.warn_ats[0], None)
    assert clock.next_check_at == clock.due_at
    assert sweep(now=clock.due_at) == 0
    assert sweep(now=clock.due_at + timedelta(seconds=7)) == 1
    clock = Clock.objects.get()
    assert clock.breached_at == clock.due_at
    assert clock.noticed_at == clock.due_at + timedelta(seconds=7)
    assert clock.next_check_at is None
    assert sweep(now=clock.due_at + timedelta(days=7)) == 0


def test_after_hours_without_a_sweep_breaches_are_dated_truly(lead: Lead) -> None:
    clocks = [
        started(lead, at=MONDAY_10 + timedelta(minutes=n), key=f"handoff:{n}") for n in range(60)
    ]
    back_up = local("2026-03-02 17:00")
    assert sweep(now=back_up) == 60
    for clock in clocks:
        due = clock.due_at
        clock.refresh_from_db()
        assert (clock.warned_at, clock.breached_at, clock.noticed_at) == (
            clock.warn_ats[0],
            due,
            back_up,
        )


def test_a_sweep_takes_no_more_than_its_limit_the_most_overdue_first(lead: Lead) -> None:
    clocks = [
        started(lead, at=MONDAY_10 + timedelta(minutes=n), key=f"handoff:{n}") for n in range(5)
    ]
    assert sweep(now=clocks[0].due_at + timedelta(days=1), limit=2) == 2
    assert [c.subject_key for c in Clock.objects.unanswered_breaches().order_by("due_at")] == [
        "handoff:0",
        "handoff:1",
    ]


def test_breaches_wait_until_they_are_answered(lead: Lead) -> None:
    clocks = [started(lead, key=f"handoff:{n}") for n in range(3)]
    now = clocks[0].due_at + timedelta(minutes=1)
    sweep(now=now)
    assert unanswered_breaches(limit=2) == clocks[:2]
    assert unanswered_breaches(after=clocks[0].pk) == clocks[1:]
    assert answered(clocks[0], at=now) is True
    assert answered(clocks[0], at=now + timedelta(hours=1)) is False
    assert unanswered_breaches() == clocks[1:]
    assert Clock.objects.get(pk=clocks[0].pk).answered_at == now
