"""Held until signed: nothing is offered before an agreement is active, and nothing is lost."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Role, User, Workspace
from handoff import detours, handoffs, offering, promotion
from handoff.agreement.held_leads import let_go
from handoff.agreement.holding import HeldUntilSigned
from handoff.fallback_tries import find_lost, try_again
from handoff.models import FallbackEntry, Handoff, HandoffPolicy, RejectionReason, Release
from handoff.releases import release_due
from handoff.workspaces import create_workspace
from leadqual.models import Lead, Notice, OutboxMessage
from leadqual.stages import Stage
from sla.models import Agreement, Clock, Commitment
from tests.builders import (
    MONDAY_NOON,
    join_pool,
    make_member,
    receive_hot_lead,
    visit_pricing_page,
)
from tests.handoff.pages import HTMX, lead_url, offer_url
from tests.handoff.publications import DAY, HOUR, cool_lead, lower_thresholds, takes
from tests.sla.agreements import make_agreement

pytestmark = pytest.mark.django_db

Why = FallbackEntry.Why
HELD = "Hand-offs are held: nothing is offered before an agreement is signed by both sides."


def hold(workspace: Workspace, *, on: bool = True) -> None:
    HandoffPolicy.objects.filter(workspace=workspace).update(hold_until_signed=on)
    workspace.refresh_from_db()  # with what it knows of its policy


@pytest.fixture
def held(workspace: Workspace, ben_takes_turns: User) -> Workspace:
    hold(workspace)
    return workspace


def entry_of(lead: Lead) -> FallbackEntry:
    return FallbackEntry.objects.waiting().get(lead=lead)


def test_a_lead_that_is_ready_stands_in_the_queue_without_clock_and_mail(
    held: Workspace, mara: User
) -> None:
    lead = receive_hot_lead(held)
    assert lead.stage == Stage.MQL
    assert not lead.handoffs.exists()
    entry = entry_of(lead)
    assert (entry.why, entry.next_try_at) == (Why.UNSIGNED, None)
    assert not Clock.objects.filter(code=Commitment.Code.FALLBACK).exists()
    assert not Clock.objects.filter(code=Commitment.Code.DECIDE_OFFER).exists()
    assert not OutboxMessage.objects.filter(channel="mail").exists()


def test_who_can_sign_hears_once_a_day_that_leads_wait(
    held: Workspace, ana: User, mara: User, ben: User
) -> None:
    for _ in range(3):
        receive_hot_lead(held)
    receive_hot_lead(held, at=MONDAY_NOON + DAY)
    told = Notice.objects.filter(key__startswith="held:")
    for person in (ana, mara):
        days = told.filter(user=person).order_by("key").values_list("key", flat=True)
        assert list(days) == ["held:2026-03-02", "held:2026-03-03"]
    assert not told.filter(user=ben).exists()


def test_nobody_is_offered_a_held_lead_by_name_either(
    held: Workspace, ben: User, mara: User, as_mara: Client
) -> None:
    lead = receive_hot_lead(held)
    with pytest.raises(HeldUntilSigned, match="nothing is offered before"):
        offering.offer(lead, to=ben, by=mara, at=MONDAY_NOON)
    answer = as_mara.post(lead_url(lead, "offer/"), {"rep": ben.pk}, headers=HTMX)
    assert answer.status_code == 204
    assert HELD in answer["HX-Trigger"]
    assert not lead.handoffs.exists()


def test_an_open_offer_is_not_given_to_somebody_else_while_held(
    workspace: Workspace, ben_takes_turns: User, mara: User, as_mara: Client
) -> None:
    dana = make_member(workspace, name="Dana Reed")
    offer = receive_hot_lead(workspace).handoffs.get()
    hold(workspace)
    answer = as_mara.post(offer_url(offer, "reoffer"), {"rep": dana.pk}, headers=HTMX)
    assert answer.status_code == 422
    assert HELD in answer.content.decode()
    offer.refresh_from_db()
    assert offer.status == Handoff.Status.OPEN


def test_an_open_offer_that_is_given_back_while_held_waits_for_the_signatures(
    workspace: Workspace, ben_takes_turns: User, ben: User
) -> None:
    join_pool(workspace, make_member(workspace, name="Dana Reed"))
    offer = receive_hot_lead(workspace).handoffs.get()
    hold(workspace)
    assert handoffs.not_mine(offer, by=offer.rep, at=MONDAY_NOON) is None
    assert entry_of(offer.lead).why == Why.UNSIGNED
    other = receive_hot_lead(workspace)
    assert entry_of(other).why == Why.UNSIGNED


def test_an_open_offer_may_be_answered_while_held(
    workspace: Workspace, ben_takes_turns: User, ben: User
) -> None:
    first, second = (receive_hot_lead(workspace).handoffs.get() for _ in range(2))
    hold(workspace)
    handoffs.accept(first, by=ben, at=MONDAY_NOON)
    reason = RejectionReason.objects.of(workspace).get(code="no-budget")
    handoffs.reject(second, by=ben, at=MONDAY_NOON, reason=reason)
    assert Lead.objects.get(pk=first.lead_id).stage == Stage.SAL
    assert Lead.objects.get(pk=second.lead_id).stage == Stage.NURTURE


def test_who_waited_for_somebody_to_be_available_is_held_at_the_next_try(
    workspace: Workspace, mara: User
) -> None:
    lead = receive_hot_lead(workspace)  # nobody takes turns yet
    assert entry_of(lead).why == Why.NOBODY
    clock = Clock.objects.get(code=Commitment.Code.FALLBACK)
    hold(workspace)
    assert try_again(now=MONDAY_NOON + HOUR) == 1
    entry = entry_of(lead)
    assert (entry.why, entry.next_try_at) == (Why.UNSIGNED, None)
    clock.refresh_from_db()
    assert clock.stopped_by == "withdrawn"
    assert try_again(now=MONDAY_NOON + DAY) == 0


def test_a_lead_that_stands_nowhere_is_found_as_one_that_is_held(held: Workspace) -> None:
    lead = receive_hot_lead(held)
    FallbackEntry.objects.all().delete()
    assert find_lost(now=MONDAY_NOON + HOUR) == 1
    assert entry_of(lead).why == Why.UNSIGNED


def test_what_a_publication_made_ready_is_not_released_while_held(held: Workspace) -> None:
    lead = cool_lead(held)
    lower_thresholds(held, at=MONDAY_NOON + HOUR)
    assert Release.objects.waiting().filter(lead=lead).exists()
    assert release_due(now=MONDAY_NOON + 2 * HOUR) == 0
    make_agreement(held)
    assert release_due(now=MONDAY_NOON + 2 * HOUR) == 1


def test_nobody_is_let_go_before_both_sides_have_signed(held: Workspace) -> None:
    lead = receive_hot_lead(held)
    make_agreement(held, status=Agreement.Status.PROPOSED)
    assert let_go(now=MONDAY_NOON + HOUR) == 0
    assert entry_of(lead).why == Why.UNSIGNED


@pytest.mark.parametrize("by", ["signing", "switching it off"])
def test_they_are_let_go_into_the_line_and_offered_at_the_reps_pace(
    held: Workspace, ben: User, by: str
) -> None:
    takes(ben, held, 2)
    leads = [receive_hot_lead(held) for _ in range(5)]
    if by == "signing":
        make_agreement(held)
    else:
        hold(held, on=False)
    now = MONDAY_NOON + HOUR
    assert let_go(now=now) == 5
    assert let_go(now=now) == 0
    assert set(FallbackEntry.objects.values_list("left_at", "left_by")) == {(now, "signed")}
    assert not Handoff.objects.exists()
    assert set(Release.objects.values_list("version", "queued_at")) == {(None, now)}
    assert [release_due(now=now + days * DAY) for days in range(4)] == [2, 2, 1, 0]
    assert all(lead.handoffs.count() == 1 for lead in leads)


def test_a_held_lead_that_shows_new_intent_once_let_go_passes_the_line(
    held: Workspace, ben: User
) -> None:
    takes(ben, held, 1)
    first, second = receive_hot_lead(held), receive_hot_lead(held)
    make_agreement(held)
    let_go(now=MONDAY_NOON + HOUR)
    for each in (first, second):
        visit_pricing_page(each, at=MONDAY_NOON + 2 * HOUR)
    assert Handoff.objects.open().count() == 2
    assert not Release.objects.filter(released_at=None).exists()


def test_a_lead_that_becomes_ready_after_the_others_were_let_go_is_offered_at_once(
    held: Workspace,
) -> None:
    make_agreement(held)
    assert receive_hot_lead(held).handoffs.count() == 1


def test_who_is_not_ready_any_more_leaves_without_an_offer(held: Workspace, ana: User) -> None:
    lead, other = receive_hot_lead(held), receive_hot_lead(held)
    reason = RejectionReason.objects.of(held).get(code="duplicate")
    detours.disqualify(lead, by=ana, at=MONDAY_NOON, reason=reason)
    assert not FallbackEntry.objects.waiting().filter(lead=lead).exists()
    make_agreement(held)
    assert let_go(now=MONDAY_NOON + HOUR) == 1
    assert release_due(now=MONDAY_NOON + HOUR) == 1
    assert not lead.handoffs.exists()
    assert other.handoffs.count() == 1


def test_an_offer_that_a_manager_took_back_waits_for_the_manager_all_the_same(
    workspace: Workspace, ben_takes_turns: User, mara: User
) -> None:
    offer = receive_hot_lead(workspace).handoffs.get()
    hold(workspace)
    promotion.take_back(offer, by=mara, at=MONDAY_NOON)
    assert entry_of(offer.lead).why == Why.TAKEN_BACK
    make_agreement(workspace)
    assert let_go(now=MONDAY_NOON + HOUR) == 0


def test_the_hold_of_one_workspace_is_none_of_another(
    held: Workspace, cleo: User, ben: User
) -> None:
    olga = make_member(held, name="Olga Admin", role=Role.ADMINISTRATOR)
    other = create_workspace(name="Other", slug="other", by=olga, at=MONDAY_NOON)
    join_pool(other, make_member(other, name="Rita Rep"))
    make_agreement(other)
    lead = receive_hot_lead(held)
    assert receive_hot_lead(other).handoffs.count() == 1
    assert let_go(now=MONDAY_NOON) == 0
    assert entry_of(lead).why == Why.UNSIGNED


def test_the_pages_say_that_it_is_held(held: Workspace, as_mara: Client) -> None:
    lead = receive_hot_lead(held, at=timezone.now() - timedelta(hours=1))
    page = as_mara.get(lead_url(lead)).content.decode()
    assert "It is ready, and held: nothing is offered before both sides have signed." in page
    assert "nobody could take it" not in page
    queue = as_mara.get("/w/northwind/queue/everyone/").content.decode()
    assert "No agreement is signed yet" in queue
    assert "Waits for both signatures" in queue


def test_the_policy_is_switched_in_the_admin(workspace: Workspace, as_ana: Client) -> None:
    path = f"/admin/handoff/handoffpolicy/{workspace.pk}/change/"
    page = as_ana.get(path).content.decode()
    assert "Before a single ad goes live." in page
    policy = HandoffPolicy.objects.get(workspace=workspace)
    data = {
        "scorecard_gate": policy.scorecard_gate,
        "discovery": policy.discovery_id or "",
        "final_word": policy.final_word_id or "",
        "max_cycles": 3,
        "hold_until_signed": "on",
        "band_days": 28,
        "band_least": 20,
    }
    assert as_ana.post(path, data).status_code == 302
    policy.refresh_from_db()
    assert policy.hold_until_signed


def test_the_line_of_a_publication_says_that_it_is_held(held: Workspace, as_mara: Client) -> None:
    lead = cool_lead(held, at=timezone.now() - 2 * HOUR)
    lower_thresholds(held, at=timezone.now() - HOUR)
    queue = as_mara.get("/w/northwind/queue/everyone/").content.decode()
    assert "None is offered before both sides have signed." in queue
    assert "more fit" not in queue
    page = as_mara.get(lead_url(lead)).content.decode()
    assert "Nothing is offered before both sides have signed." in page
    assert "until the reps have room" not in page
