"""All that touches offers, by many workers at the same moment: nobody waits for ever."""

import logging
import random
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime, timedelta
from typing import Any

import pytest

from accounts.models import Role, User, Workspace
from handoff import digests, fallback_tries, handoffs, notifications, promotion, rosters
from handoff.erasure import erase
from handoff.escalation import answer_breaches
from handoff.merging import CannotMerge, merge
from handoff.merging import undo as part
from handoff.models import FallbackEntry, Handoff, LeadMerge, NurtureStay, RejectionReason
from handoff.nurture_steps import run_due
from handoff.offer_deadlines import follow_moved_deadlines
from handoff.offering import offer_next, subject_key
from handoff.promotion import settle_due
from handoff.rejection_review import review
from handoff.releases import release_due
from handoff.transitions import MoveNotAllowed, SomeoneWasFaster
from handoff.unsubscribing import unsubscribe
from leadqual.models import Lead
from leadqual.stages import Stage
from scoring.models import QualificationDue
from sla.clocks import sweep
from sla.models import Clock
from tests.at_once import at_once, meanwhile
from tests.builders import MONDAY_NOON, make_member, visit_pricing_page, work_off
from tests.handoff.test_routing_at_once import (  # noqa: F401
    crew,
    ready_leads,
    settle_with,
    workspace,
)

pytestmark = pytest.mark.django_db(transaction=True)

WORKERS = 8
SECONDS = 3.0
HURRY = 3600.0
"""So many seconds pass in one, so that offers run out."""
NO_FAULTS = (SomeoneWasFaster, MoveNotAllowed, CannotMerge)


def test_who_gives_a_lead_back_and_who_tries_another_do_not_wait_for_each_other(
    workspace: Workspace,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A lead given back makes room for those in the queue, one of which is being tried."""
    [rep, _] = crew(workspace, (1, {"most_open": 1}), (1, {"most_open": 1}))
    ready_leads(workspace, 3)
    settle_with(1)
    offer = Handoff.objects.filter(rep=rep).select_related("lead", "workspace").get()
    waiting = FallbackEntry.objects.waiting().select_related("lead").get()
    later = MONDAY_NOON + timedelta(hours=2)
    FallbackEntry.objects.update(next_try_at=later + timedelta(minutes=1))
    with_loads, giving_back = rosters.with_loads, ExitStack()

    def while_the_pools_are_held(*args: Any, **named: Any) -> Any:
        if not told:
            told.append(None)
            back = meanwhile(lambda: handoffs.not_mine(offer, by=rep, at=later) is not None)
            told[0] = giving_back.enter_context(back)
        return with_loads(*args, **named)

    told: list[Any] = []
    monkeypatch.setattr(rosters, "with_loads", while_the_pools_are_held)
    with giving_back:
        offer_next(waiting.lead, at=later)
    assert told == [[False]]  # nobody else has room for it either


@pytest.fixture
def crowd(workspace: Workspace) -> Workspace:  # noqa: F811
    crew(workspace, *((weight, {"most_open": 3}) for weight in (1, 2, 3)))
    make_member(workspace, name="Mara Lindt", role=Role.SALES_MANAGER)
    ready_leads(workspace, 40)
    settle_with(4)
    return workspace


class Somebody:
    """One of many who do whatever comes to their mind, for a few seconds."""

    def __init__(self, workspace: Workspace, number: int) -> None:  # noqa: F811
        self.workspace, self.dice = workspace, random.Random(number)
        self.begun = time.monotonic()
        self.mara = User.objects.get(name="Mara Lindt")
        self.reps = list(User.objects.filter(name__startswith="Rep "))
        self.reasons = list(RejectionReason.objects.of(workspace).filter(attempts=0, asks=[]))
        self.did, self.faults = Counter[str](), list[str]()

    @property
    def now(self) -> datetime:
        return MONDAY_NOON + timedelta(seconds=(time.monotonic() - self.begun) * HURRY)

    def work(self) -> None:
        deeds: list[Callable[[], object]] = [
            *(self.accept, self.undo, self.reject, self.not_mine, self.take_back, self.reoffer),
            *(self.merge, self.part, self.erase, self.unsubscribe, self.review, self.visit),
            *(self.settle, self.settle, self.escalate, self.escalate, self.try_queue),
            *(self.try_queue, self.others),
        ]
        while time.monotonic() - self.begun < SECONDS:
            deed = self.dice.choice(deeds)
            try:
                deed()
                self.did[deed.__name__] += 1
            except NO_FAULTS:
                continue
            except Exception as error:
                self.faults.append(f"{deed.__name__}: {type(error).__name__}: {error}")

    def offer(self, status: str = "open") -> Handoff:
        rows = Handoff.objects.filter(status=status, workspace=self.workspace)
        offers = list(rows.select_related("lead__workspace", "workspace", "rep").order_by("?")[:1])
        if not offers:
            raise MoveNotAllowed("There is none.")
        return offers[0]

    def lead(self) -> Lead:
        return self.dice.choice(Lead.objects.of(self.workspace).present())

    def accept(self) -> None:
        offer = self.offer()
        handoffs.accept(offer, by=offer.rep, at=self.now)

    def undo(self) -> None:
        offer = self.offer("accepted")
        handoffs.undo(offer, by=offer.rep, at=offer.decided_at or self.now)

    def reject(self) -> None:
        offer, reason = self.offer(), self.dice.choice(self.reasons)
        handoffs.reject(offer, by=offer.rep, at=self.now, reason=reason, note="So it is.")

    def not_mine(self) -> None:
        offer = self.offer()
        handoffs.not_mine(offer, by=offer.rep, at=self.now)

    def take_back(self) -> None:
        promotion.take_back(self.offer(), by=self.mara, at=self.now)

    def reoffer(self) -> None:
        handoffs.reoffer(self.offer(), to=self.dice.choice(self.reps), by=self.mara, at=self.now)

    def merge(self) -> None:
        if self.dice.random() < 0.3:
            merge(self.lead(), self.lead(), by=self.mara, at=self.now)

    def part(self) -> None:
        merges = list(LeadMerge.objects.filter(undone_at=None))
        if merges:
            part(self.dice.choice(merges), by=self.mara, at=self.now)

    def erase(self) -> None:
        if self.dice.random() < 0.1:
            erase(self.lead(), by=self.mara, at=self.now)

    def unsubscribe(self) -> None:
        unsubscribe(self.lead(), at=self.now)

    def review(self) -> None:
        review(self.offer("rejected"), upheld=True, by=self.mara, at=self.now)

    def visit(self) -> None:
        visit_pricing_page(self.lead(), at=self.now)

    def settle(self) -> None:
        settle_due(now=self.now, limit=10)

    def escalate(self) -> None:
        sweep(now=self.now)
        follow_moved_deadlines()
        answer_breaches(now=self.now)

    def try_queue(self) -> None:
        fallback_tries.leave_gone(now=self.now)
        fallback_tries.try_again(now=self.now, limit=10)

    def others(self) -> None:
        digests.send_digests(now=self.now)
        notifications.note_notified(now=self.now)
        fallback_tries.find_lost(now=self.now)
        run_due(now=self.now, limit=10)
        release_due(now=self.now)


def test_nobody_deadlocks_and_every_lead_stands_in_one_place(
    crowd: Workspace, caplog: pytest.LogCaptureFixture
) -> None:
    somebodies = [Somebody(crowd, n) for n in range(WORKERS)]
    with caplog.at_level(logging.ERROR):
        assert at_once(WORKERS, lambda n: somebodies[n].work()) == [None] * WORKERS
    did = sum((each.did for each in somebodies), Counter[str]())
    assert did.keys() >= {"settle", "escalate", "try_queue"}
    assert [fault for each in somebodies for fault in each.faults] == []
    assert [
        f"{record.getMessage()}: {record.exc_info[1]}"
        for record in caplog.records
        if record.exc_info
    ] == []
    now = somebodies[0].now
    work_off(now=now)
    fallback_tries.leave_gone(now=now)
    every_lead_stands_in_one_place(crowd)


def every_lead_stands_in_one_place(workspace: Workspace) -> None:  # noqa: F811
    offers = Handoff.objects.open().select_related("lead")
    assert {offer.lead.stage for offer in offers} <= {Stage.MQL}
    offered = {offer.lead_id for offer in offers}
    queued = set(FallbackEntry.objects.waiting().values_list("lead", flat=True))
    assert not offered & queued
    running = set(Clock.objects.running().values_list("subject_key", flat=True))
    assert {subject_key(offer) for offer in offers} <= running
    entries = FallbackEntry.objects.waiting()
    assert {f"fallback:{entry.pk}" for entry in entries} == {
        key for key in running if key.startswith("fallback:")
    }
    assert fallback_tries.lost(workspace, now=MONDAY_NOON + timedelta(days=1)) == []
    assert not QualificationDue.objects.exists()
    stays = NurtureStay.objects.filter(left_at=None).select_related("lead")
    assert {stay.lead.stage for stay in stays} <= {Stage.NURTURE}
    for lead in Lead.objects.of(workspace).present().filter(stage=Stage.SAL):
        assert lead.owner_id is not None
