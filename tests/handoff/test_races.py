"""Two people at once, on two real connections: one wins, the other is told who and what."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connections

from accounts.models import Role
from handoff import handoffs
from handoff.intake import receive_event
from handoff.models import Handoff, RejectionReason
from handoff.transitions import SomeoneWasFaster
from handoff.workspaces import create_workspace, join_pool
from leadqual.capture import EventFacts
from leadqual.models import Event, EventKind, Lead, StageMove
from leadqual.stages import Stage
from sla.models import Clock
from tests.builders import MONDAY_NOON, make_member, make_user, receive_hot_lead

pytestmark = pytest.mark.django_db(transaction=True)

LATER = MONDAY_NOON + timedelta(minutes=5)


def at_once(*actions: Callable[[], object]) -> list[object]:
    """Run the actions in threads of their own connection, started together."""
    start = Barrier(len(actions))

    def run(action: Callable[[], object]) -> object:
        try:
            start.wait(timeout=10)
            return action()
        except SomeoneWasFaster as told:
            return told
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(actions)) as pool:
        return list(pool.map(run, actions))


def test_of_two_decisions_at_once_one_wins_and_the_other_is_told() -> None:
    workspace = create_workspace(name="Race", slug="race", by=make_user(name="Olga Root"))
    ben = make_member(workspace, name="Ben Okoye")
    mara = make_member(workspace, name="Mara Lindt", role=Role.SALES_MANAGER)
    join_pool(workspace, ben)
    reason = RejectionReason.objects.get(workspace=workspace, code="no-budget")
    for _ in range(5):
        handoff = receive_hot_lead(workspace).handoffs.get()
        outcome = at_once(
            lambda h=handoff: handoffs.accept(h, by=ben, at=LATER),  # type: ignore[misc]
            lambda h=handoff: handoffs.reject(h, by=mara, at=LATER, reason=reason),  # type: ignore[misc]
        )
        [told] = [o for o in outcome if isinstance(o, SomeoneWasFaster)]
        [decided] = [o for o in outcome if isinstance(o, Handoff)]
        assert (told.who, told.when) == (decided.decided_by, LATER)
        lead = Lead.objects.get(pk=handoff.lead_id)
        expected = Stage.SAL if decided.status == "accepted" else Stage.NURTURE
        assert lead.stage == expected
        assert StageMove.objects.filter(lead=lead, from_stage=Stage.MQL).count() == 1


def test_two_events_at_once_make_one_promotion_one_offer_and_one_clock() -> None:
    workspace = create_workspace(name="Race", slug="race", by=make_user(name="Olga Root"))
    join_pool(workspace, make_member(workspace, name="Ben Okoye"))
    lead = receive_hot_lead(workspace, pricing_page=False)

    def visit(number: int) -> Callable[[], object]:
        facts = EventFacts(
            kind=EventKind.PAGE_VIEW,
            occurred_at=LATER,
            email=lead.email,
            url="/pricing",
            external_id=f"visit-{number // 2}",  # each is posted twice
        )
        return lambda: receive_event(workspace=workspace, facts=facts, now=LATER)

    outcome = at_once(*(visit(n) for n in range(6)))
    assert sum(isinstance(o, Event) for o in outcome) == 3
    assert Event.objects.filter(lead=lead).count() == 3
    assert Handoff.objects.filter(lead=lead).count() == 1
    assert Clock.objects.filter(lead=lead).count() == 1
