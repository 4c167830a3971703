"""A promise is missed in the very moment when somebody decides: real connections, real commits."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, connections

from accounts.models import User, Workspace
from handoff import handoffs
from handoff.escalation import answer_breaches
from handoff.models import Handoff
from handoff.transitions import SomeoneWasFaster
from leadqual.models import OutboxMessage
from sla.clocks import sweep
from sla.models import Clock
from tests.builders import MONDAY_NOON, join_pool, make_member, receive_hot_lead

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 8
OVERDUE = MONDAY_NOON + timedelta(hours=5)


def at_the_same_time(*works: Callable[[], Any]) -> list[Any]:
    """What each returned or raised, each run in a thread with a connection of its own."""
    results: list[Any] = [None] * len(works)
    ready = threading.Barrier(len(works))

    def run(number: int) -> None:
        try:
            connection.ensure_connection()
            ready.wait(timeout=20)
            results[number] = works[number]()
        except Exception as error:
            results[number] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(n,)) for n in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return results


def overdue_offer(workspace: Workspace) -> Handoff:
    """An offer whose deadline has passed and whose breach the sweep has found."""
    handoff = receive_hot_lead(workspace).handoffs.get()
    assert sweep(now=OVERDUE) == 1
    return handoff


def test_a_rep_who_accepts_and_the_worker_who_expires_do_not_block_each_other(
    workspace: Workspace, ben_takes_turns: User
) -> None:
    for _ in range(ROUNDS):
        handoff = overdue_offer(workspace)

        def accept(handoff: Handoff = handoff) -> str:
            return handoffs.accept(handoff, by=ben_takes_turns, at=OVERDUE).status

        accepted, answered = at_the_same_time(accept, lambda: answer_breaches(now=OVERDUE))
        handoff.refresh_from_db()
        if handoff.status == Handoff.Status.ACCEPTED:
            assert accepted == "accepted"
        else:
            assert handoff.status == Handoff.Status.EXPIRED
            assert isinstance(accepted, SomeoneWasFaster)
        assert answered == 1
        clock = Clock.objects.get(subject_key=f"handoff:{handoff.pk}", code="decide_offer")
        assert clock.breached_at == clock.due_at
        assert clock.answered_at == OVERDUE


def test_two_workers_answer_each_missed_offer_once(
    workspace: Workspace, ben_takes_turns: User, mara: User
) -> None:
    other = make_member(workspace, name="Rosa Diaz")
    join_pool(workspace, other)
    for _ in range(ROUNDS):
        receive_hot_lead(workspace)
    sweep(now=OVERDUE)

    def answer() -> int:
        return answer_breaches(now=OVERDUE)

    assert sum(at_the_same_time(answer, answer, answer)) == ROUNDS
    assert Handoff.objects.filter(status=Handoff.Status.EXPIRED).count() == ROUNDS
    assert Handoff.objects.open().count() == ROUNDS
    assert OutboxMessage.objects.filter(to=mara.email, key__startswith="expired:").count() == ROUNDS
    assert not OutboxMessage.objects.filter(key__startswith="breached:").exists()
