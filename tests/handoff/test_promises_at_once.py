"""Promises end in exactly one way, whoever comes first: real connections, real commits."""

from datetime import datetime

import pytest

from accounts.models import User, Workspace
from handoff import call_backs, handoffs
from handoff.escalation import answer_breaches
from handoff.models import Handoff
from handoff.transitions import SomeoneWasFaster
from leadqual.models import Lead, OutboxMessage, Touch
from sla.clocks import TAKEN_BACK, sweep
from sla.models import Clock
from tests.builders import join_pool, make_member, receive_hot_lead
from tests.handoff.promised import DAY, HOUR, MINUTE, NOON, Code, promise, promise_all, the, touch
from tests.handoff.test_breaches_meet_decisions import at_the_same_time

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 4
LATE = NOON + 5 * HOUR


def test_a_touch_an_acceptance_the_sweep_and_the_answer_leave_each_promise_in_one_state(
    workspace: Workspace, ben_takes_turns: User
) -> None:
    promise_all(workspace)
    promise(workspace, Code.TOUCH_OF_OFFER, on_breach="reroute")
    join_pool(workspace, make_member(workspace, name="Nia Berg"))
    ben = ben_takes_turns
    for _ in range(ROUNDS):
        offer = receive_hot_lead(workspace).handoffs.get()
        sweep(now=LATE)

        def accept(offer: Handoff = offer) -> Handoff:
            return handoffs.accept(offer, by=ben, at=LATE)

        def call(lead: Lead = offer.lead) -> Touch:
            return touch(lead, ben, NOON + 30 * MINUTE, now=LATE)  # in time, and logged late

        accepted, touched, *answers = at_the_same_time(
            accept,
            call,
            lambda: sweep(now=LATE),
            lambda: answer_breaches(now=LATE),
            lambda: answer_breaches(now=LATE),
        )
        assert isinstance(touched, Touch)
        assert all(isinstance(answer, int) for answer in answers)
        offer.refresh_from_db()
        assert isinstance(accepted, Handoff | SomeoneWasFaster)
        assert (offer.status == Handoff.Status.ACCEPTED) == isinstance(accepted, Handoff)
        own = the(offer.lead, Code.TOUCH_OF_OFFER)
        assert (own.stopped_at, own.breached_at) == (NOON + 30 * MINUTE, None)
        assert Clock.objects.filter(lead=offer.lead, code=Code.TOUCH_OF_OFFER).count() == 1
        decide = Clock.objects.get(subject_key=f"handoff:{offer.pk}", code=Code.DECIDE_OFFER)
        assert decide.stopped_by in ("accepted", "expired", TAKEN_BACK)
        assert Clock.objects.filter(lead=offer.lead, code=Code.FIRST_TOUCH).count() == (
            offer.status == Handoff.Status.ACCEPTED
        )


def test_a_call_back_and_the_answer_to_a_breach_agree_on_whether_there_was_one(
    workspace: Workspace, ben_takes_turns: User, mara: User
) -> None:
    promise_all(workspace)
    asked_at: datetime = NOON + 30 * MINUTE  # before the deadline, and written down after it
    for _ in range(ROUNDS):
        offer = receive_hot_lead(workspace).handoffs.get()
        handoffs.accept(offer, by=ben_takes_turns, at=NOON)
        sweep(now=NOON + 2 * HOUR)

        def ask(lead: Lead = offer.lead) -> object:
            return call_backs.ask(
                lead,
                until=NOON + 2 * DAY,
                asked_at=asked_at,
                by=ben_takes_turns,
                now=NOON + 2 * HOUR,
            )

        asked, answered = at_the_same_time(ask, lambda: answer_breaches(now=NOON + 2 * HOUR))
        assert not isinstance(asked, Exception)
        told = 0
        for code in (Code.TOUCH_OF_OFFER, Code.FIRST_TOUCH):
            clock = the(offer.lead, code)
            assert (clock.breached_at, clock.stopped_at) == (None, None)
            assert clock.due_at == NOON + 2 * DAY + 30 * MINUTE
            mails = OutboxMessage.objects.filter(
                key__startswith=f"breached:{clock.pk}:", to=mara.email
            )
            told += mails.count()
        assert told == answered
