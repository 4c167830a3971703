"""Two people at once, on two real connections: one wins, the other is told who and what."""

from collections import Counter
from contextlib import ExitStack
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from accounts.models import Role
from handoff import handoffs
from handoff.intake import How, Receipt, receive_events
from handoff.models import Handoff, RejectionReason
from handoff.transitions import SomeoneWasFaster
from handoff.workspaces import create_workspace
from leadqual.capture import EventFacts
from leadqual.models import Event, EventKind, Lead, Source, StageMove
from leadqual.stages import Stage
from scoring import scorers, writing
from scoring.models import Score, ScoreDirty
from scoring.scorers import score_lead
from sla.models import Clock
from tests.at_once import at_once, meanwhile
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
    codes = Clock.objects.filter(lead=lead).order_by("code").values_list("code", flat=True)
    assert list(codes) == ["decide_offer", "touch_of_offer"]  # both of the one offer


def visit_of(lead: Lead, **facts: Any) -> list[Receipt]:
    visit = EventFacts(EventKind.PAGE_VIEW, LATER, lead.email, url="/pricing", **facts)
    return receive_events(workspace=lead.workspace, batch=[visit], now=LATER)


def test_an_event_waits_for_nobody_who_scores_its_lead() -> None:
    workspace = create_workspace(name="Race", slug="race", by=make_user(name="Olga Root"))
    lead = receive_hot_lead(workspace, pricing_page=False)
    with transaction.atomic():
        score_lead(lead, now=LATER)
        with meanwhile(lambda: visit_of(lead)) as outcome:
            assert outcome == [[Receipt(How.CREATED, lead)]]
    assert ScoreDirty.objects.get().lead_id == lead.pk


def test_one_that_moves_the_last_touch_waits_for_whoever_writes_its_lead() -> None:
    workspace = create_workspace(name="Race", slug="race", by=make_user(name="Olga Root"))
    lead = receive_hot_lead(workspace, pricing_page=False)
    with ExitStack() as after_commit, transaction.atomic():
        Lead.objects.filter(pk=lead.pk).update(challenge="Else")
        outcome = after_commit.enter_context(meanwhile(lambda: visit_of(lead, source="Google")))
        assert outcome == []
    assert outcome == [[Receipt(How.CREATED, lead)]]
    lead.refresh_from_db()
    assert (lead.challenge, lead.last_source) == ("Else", Source.objects.get(code="google"))


def test_an_event_that_its_leads_scorer_has_not_seen_is_scored_afterwards(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    workspace = create_workspace(name="Race", slug="race", by=make_user(name="Olga Root"))
    lead = receive_hot_lead(workspace, pricing_page=False)
    write = writing.write_scores

    def write_and_then_an_event_comes(*args: Any, **options: Any) -> Any:
        rows = write(*args, **options)
        assert at_once(1, lambda _: visit_of(lead)[0].how) == [How.CREATED]
        return rows

    with monkeypatch.context() as patched:
        patched.setattr(scorers, "write_scores", write_and_then_an_event_comes)
        score_lead(lead, now=LATER)
    before = Score.objects.get(pk=lead.pk).intent
    work_off(now=LATER)
    assert Score.objects.get(pk=lead.pk).intent == before + 20
