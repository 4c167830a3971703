"""Settling: stages follow standings, once a cycle, and imported history is left alone."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from accounts.models import User, Workspace
from handoff import detours, handoffs
from handoff.intake import receive_lead
from handoff.models import RejectionReason
from handoff.promotion import settle, settle_due, wake_due
from handoff.transitions import MoveNotAllowed
from leadqual.capture import LeadFacts
from leadqual.models import Event, EventKind, Lead
from leadqual.stages import Stage
from scoring.models import QualificationDue
from scoring.scorers import score_dirty, score_lead
from scoring.signals import classify
from tests.builders import HOT, MONDAY_NOON, receive_hot_lead, visit_pricing_page

pytestmark = pytest.mark.django_db

LATER = MONDAY_NOON + timedelta(days=2)


def settle_at(lead: Lead, now: datetime) -> Lead:
    score_lead(lead, now=now)
    return settle(Lead.objects.get(pk=lead.pk), now=now)


def test_a_lead_below_the_definition_stays_new(workspace: Workspace) -> None:
    lead, is_new = receive_lead(
        workspace=workspace,
        facts=LeadFacts(email="quiet@example.com"),
        at=MONDAY_NOON,
        now=MONDAY_NOON,
    )
    assert (is_new, lead.stage) == (True, Stage.NEW)
    assert [move.to_stage for move in lead.moves.all()] == [Stage.NEW]


def test_the_same_lead_twice_is_one_lead(workspace: Workspace) -> None:
    facts = LeadFacts(email="Twice@Example.com ", first_name="Tess")
    first, _ = receive_lead(workspace=workspace, facts=facts, at=MONDAY_NOON, now=MONDAY_NOON)
    again, is_new = receive_lead(
        workspace=workspace,
        facts=LeadFacts(email="twice@example.com", last_name="Ohm"),
        at=LATER,
        now=LATER,
    )
    assert (again.pk, is_new) == (first.pk, False)
    assert again.display_name == "Tess Ohm"
    assert again.captured_at == MONDAY_NOON


def test_an_idle_mql_without_offer_is_demoted_and_an_offered_one_is_not(
    workspace: Workspace, ben_takes_turns: User
) -> None:
    waiting = receive_hot_lead(
        workspace, pricing_page=False, facts=replace(HOT, job_title="Buyer")
    )  # 15 fit, 25 intent: just an MQL
    offered = receive_hot_lead(workspace)
    assert (waiting.stage, offered.stage) == (Stage.MQL, Stage.MQL)
    # Two idle weeks: 25 × 0.81, total 35.25, within the margin of 5; three: 33.2.
    assert settle_at(waiting, MONDAY_NOON + timedelta(weeks=2)).stage == Stage.MQL
    assert settle_at(waiting, MONDAY_NOON + timedelta(weeks=3)).stage == Stage.NEW
    assert settle_at(offered, MONDAY_NOON + timedelta(weeks=30)).stage == Stage.MQL
    demotion = waiting.moves.get(from_stage=Stage.MQL)
    assert demotion.rule == "demoted"
    assert demotion.note == (
        "The total is 33.23 of the 40 points that the MQL definition asks for."
    )


def test_the_old_total_wakes_nobody_new_intent_does(
    workspace: Workspace, ben_takes_turns: User
) -> None:
    lead = receive_hot_lead(workspace)
    reason = RejectionReason.objects.get(workspace=workspace, code="not-a-decision-maker")
    handoffs.reject(
        lead.handoffs.get(), by=ben_takes_turns, at=MONDAY_NOON, reason=reason, note="Their CTO"
    )
    assert settle_at(lead, LATER).stage == Stage.NURTURE  # 80 points, all of them old
    visit_pricing_page(lead, at=LATER)
    lead.refresh_from_db()
    assert (lead.stage, lead.cycle) == (Stage.MQL, 2)
    woken = lead.moves.get(rule="woken")
    assert woken.note == "Woken: 20 points earned since 02 Mar 2026."
    assert lead.handoffs.open().get().cycle == 2


def test_a_wake_date_is_acted_on_once(workspace: Workspace, mara: User) -> None:
    lead = receive_hot_lead(workspace, pricing_page=False)
    reason = RejectionReason.objects.get(workspace=workspace, code="no-budget")
    detours.recycle(
        lead, by=mara, at=MONDAY_NOON, reason=reason, wake_at=MONDAY_NOON + timedelta(days=1)
    )
    assert wake_due(now=MONDAY_NOON) == 0
    assert wake_due(now=LATER) == 1
    assert wake_due(now=LATER) == 0
    lead.refresh_from_db()
    assert (lead.stage, lead.cycle) == (Stage.MQL, 2)
    assert lead.nurture_stays.get().left_at == LATER


def test_imported_history_is_never_moved_by_its_score(workspace: Workspace) -> None:
    lead = receive_hot_lead(workspace, pricing_page=False, facts=replace(HOT, job_title="Buyer"))
    Lead.objects.filter(pk=lead.pk).update(imported=True)
    assert settle_at(lead, MONDAY_NOON + timedelta(weeks=300)).stage == Stage.MQL


def test_a_batch_goes_through_the_dirty_queue_and_settles(
    workspace: Workspace, ben_takes_turns: User
) -> None:
    lead = receive_hot_lead(workspace, pricing_page=False)
    event = Event(
        workspace=workspace,
        lead=lead,
        kind=EventKind.PAGE_VIEW,
        occurred_at=LATER,
        url="/pricing",
    )
    classify([event], workspace)
    Event.objects.bulk_create([event])
    assert score_dirty(now=LATER) > 0
    assert QualificationDue.objects.filter(lead_id=lead.pk).exists()
    assert settle_due(now=LATER) > 0
    assert settle_due(now=LATER) == 0
    assert lead.handoffs.get().rep == ben_takes_turns


def test_a_disqualified_lead_is_reopened_only_with_a_reason(
    workspace: Workspace, ana: User, mara: User
) -> None:
    lead = receive_hot_lead(workspace, pricing_page=False)
    reason = RejectionReason.objects.get(workspace=workspace, code="duplicate")
    detours.disqualify(lead, by=mara, at=MONDAY_NOON, reason=reason)
    with pytest.raises(MoveNotAllowed, match="Say why"):
        detours.reopen(lead, by=ana, at=LATER, why=" ")
    detours.reopen(lead, by=ana, at=LATER, why="It was the other one")
    lead.refresh_from_db()
    assert (lead.stage, lead.cycle) == (Stage.MQL, 2)  # the definition still holds
