"""Silence: the offer expires at its true deadline, the manager hears, the next rep is asked."""

from datetime import datetime, timedelta

import pytest

from accounts.models import User, Workspace
from handoff import handoffs, offering
from handoff.escalation import answer_breaches, follow_moved_deadlines
from handoff.models import Handoff
from leadqual.models import Notice, OutboxMessage
from leadqual.stages import Stage
from sla import clocks
from sla.models import Clock
from tests.builders import MONDAY_NOON, join_pool, make_member, receive_hot_lead

pytestmark = pytest.mark.django_db


def sweep(now: datetime) -> None:
    clocks.sweep(now=now)
    answer_breaches(now=now)


def test_an_undecided_offer_expires_at_its_deadline_and_goes_to_the_next_rep(
    workspace: Workspace, ben_takes_turns: User, mara: User
) -> None:
    nia = make_member(workspace, name="Nia Berg")
    first = receive_hot_lead(workspace).handoffs.get()
    join_pool(workspace, nia)
    assert first.due_at is not None
    noticed_at = first.due_at + timedelta(hours=1)  # the worker was down for an hour
    sweep(noticed_at)
    first.refresh_from_db()
    assert (first.status, first.expired_at) == (Handoff.Status.EXPIRED, first.due_at)
    clock = Clock.objects.get(subject_key=offering.subject_key(first))
    assert (clock.breached_at, clock.noticed_at) == (first.due_at, noticed_at)
    second = first.lead.handoffs.open().get()
    assert second.rep == nia
    assert first.lead.stage == Stage.MQL
    assert "Nobody decided on Hanna Weiss" in Notice.objects.get(user=mara).text
    assert OutboxMessage.objects.filter(to=mara.email).count() == 1


def test_sweeping_twice_changes_and_tells_nothing_twice(
    workspace: Workspace, ben_takes_turns: User, mara: User
) -> None:
    handoff = receive_hot_lead(workspace).handoffs.get()
    assert handoff.due_at is not None
    for minutes in (1, 2, 3):
        sweep(handoff.due_at + timedelta(minutes=minutes))
    assert handoff.lead.handoffs.count() == 1  # ben is not asked again in this cycle
    assert Notice.objects.filter(user=mara, key=f"expired:{handoff.pk}").count() == 1


def test_an_open_offer_follows_the_deadline_of_its_clock(
    workspace: Workspace, ben_takes_turns: User
) -> None:
    handoff = receive_hot_lead(workspace).handoffs.get()
    moved = MONDAY_NOON + timedelta(days=3)
    Clock.objects.update(due_at=moved)
    assert follow_moved_deadlines() == 1
    assert follow_moved_deadlines() == 0
    handoff.refresh_from_db()
    assert handoff.due_at == moved


def test_a_missing_first_touch_is_told_and_its_clock_runs_on(
    workspace: Workspace, ben_takes_turns: User, mara: User
) -> None:
    handoff = receive_hot_lead(workspace).handoffs.get()
    handoffs.accept(handoff, by=ben_takes_turns, at=MONDAY_NOON)
    clock = Clock.objects.get(stopped_at=None)
    sweep(clock.due_at + timedelta(minutes=1))
    clock.refresh_from_db()
    assert (clock.breached_at, clock.stopped_at) == (clock.due_at, None)
    assert Notice.objects.get(user=mara).text.startswith("Missed: First touch after acceptance")
