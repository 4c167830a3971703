"""Two people at once, on two real connections: one wins, the other is told who and what."""

from collections import Counter
from datetime import timedelta

import pytest

from accounts.models import Role
from handoff import handoffs
from handoff.intake import How, Receipt
from handoff.models import Handoff, RejectionReason
from handoff.transitions import SomeoneWasFaster
from handoff.workspaces import create_workspace
from leadqual.capture import EventFacts
from leadqual.models import Event, EventKind, Lead, StageMove
from leadqual.stages import Stage
from sla.models import Clock
from tests.at_once import at_once
from tests.builders import (
    MONDAY_NOON,
    join_pool,
    make_member,
    make_user,
    receive_event,
    receive_hot_lead,
    work_off,
)

pytestmark = pytest.mark.django_db(transaction=True)

LATER = MONDAY_NOON + timedelta(minutes=5)


def test_of_two_decisions_at_once_one_wins_and_the_other_is_told() -> None:
    workspace = create_workspace(name="Race", slug="race", by=make_user(name="Olga Root"))
    ben = make_member(workspace, name="Ben Okoye")
    mara = make_member(workspace, name="Mara Lindt", role=Role.SALES_MANAGER)
    join_pool(workspace, ben)
    reason = RejectionReason.objects.get(workspace=workspace, code="no-budget")
    for _ in range(5):
        handoff = receive_hot_lead(workspace).handoffs.get()

        def decide(number: int, offer: Handoff = handoff) -> Handoff:
            if number:
                return handoffs.accept(offer, by=ben, at=LATER)
            return handoffs.reject(offer, by=mara, at=LATER, reason=reason)

        outcome = at_once(2, decide)
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

    def visit(number: int) -> Receipt:
        facts = EventFacts(
            kind=EventKind.PAGE_VIEW,
            occurred_at=LATER,
            email=lead.email,
            url="/pricing",
            external_id=f"visit-{number // 2}",  # each is posted twice
        )
        return receive_event(workspace=workspace, facts=facts, now=LATER)

    outcome = at_once(6, visit)
    assert Counter(o.how for o in outcome) == {How.CREATED: 3, How.KNOWN: 3}
    work_off(now=LATER)
    assert Event.objects.filter(lead=lead).count() == 3
    assert Handoff.objects.filter(lead=lead).count() == 1
    assert Clock.objects.filter(lead=lead).count() == 1
