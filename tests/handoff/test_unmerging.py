"""A merge taken back: two leads again, as they were, with what came since where it belongs."""

from dataclasses import replace
from datetime import timedelta

import pytest

from accounts.models import User, Workspace
from handoff import handoffs, merging, promotion, scorecards
from handoff.intake import take_lead
from handoff.marking import Value
from handoff.merging import CannotMerge
from handoff.models import FallbackEntry, LeadMerge, RejectionReason, Scorecard
from handoff.promotion import settle_due
from handoff.scorecards import answers_over_time
from leadqual.capture import EventFacts, LeadFacts
from leadqual.models import AttributeChange, Event, Lead, Notice
from leadqual.stages import Stage
from sla.models import Clock
from tests.builders import HOT, MONDAY_NOON, make_lead, receive_event, receive_hot_lead
from tests.handoff.histories import everything

pytestmark = pytest.mark.django_db

LATER = MONDAY_NOON + timedelta(hours=2)


def fresh(lead: Lead) -> Lead:
    return Lead.objects.get(pk=lead.pk)


def visit(lead: Lead, *, at: timedelta, kind: str = "page_view") -> None:
    facts = EventFacts(kind, MONDAY_NOON + at, lead.email, url="/pricing")
    receive_event(workspace=lead.workspace, facts=facts, now=LATER)


def test_an_offer_whose_time_ran_out_meanwhile_is_not_opened_again(
    workspace: Workspace, ana: User, ben_takes_turns: User
) -> None:
    survivor, absorbed = receive_hot_lead(workspace), receive_hot_lead(workspace)
    merge = merging.merge(survivor, absorbed, by=ana, at=LATER)
    next_week = LATER + timedelta(days=7)
    merging.undo(merge, by=ana, at=next_week)
    old = absorbed.handoffs.get()
    assert (old.status, old.lead) == ("withdrawn", absorbed)
    settle_due(now=next_week)
    assert absorbed.handoffs.open().exists()


def test_an_offer_that_is_open_again_calls_the_rep_again(
    workspace: Workspace, ana: User, ben_takes_turns: User
) -> None:
    survivor, absorbed = receive_hot_lead(workspace), receive_hot_lead(workspace)
    key = f"offered:{absorbed.handoffs.get().pk}"
    merge = merging.merge(survivor, absorbed, by=ana, at=LATER)
    assert Notice.objects.get(key=key).read_at == LATER
    merging.undo(merge, by=ana, at=LATER)
    assert absorbed.handoffs.get().status == "open"
    assert Notice.objects.get(key=key).read_at is None


def test_merging_invents_no_move_and_undoing_leaves_no_trace_in_the_facts(
    workspace: Workspace, ana: User
) -> None:
    survivor = receive_hot_lead(workspace, pricing_page=False)
    absorbed = receive_hot_lead(workspace, facts=replace(HOT, phone="17", attributes={"a": 1}))
    before = everything(but={"handoff_leadmerge", "scoring_score"})
    merge = merging.merge(survivor, absorbed, by=ana, at=LATER)
    facts = AttributeChange.objects.filter(lead=survivor)
    assert facts.filter(field="phone").order_by("at", "pk")[0].at == MONDAY_NOON
    merging.undo(merge, by=ana, at=LATER)
    assert everything(but={"handoff_leadmerge", "scoring_score"}) == before


def test_what_was_learned_since_stays_with_the_survivor(workspace: Workspace, ana: User) -> None:
    survivor = make_lead(workspace, email="a@x.example", attributes={"plan": "pro"})
    absorbed = make_lead(workspace, email="b@x.example", phone="1", attributes={"seats": 3})
    merge = merging.merge(survivor, absorbed, by=ana, at=LATER)
    facts = LeadFacts(email="a@x.example", phone="2", attributes={"team": "IT"})
    take_lead(workspace=workspace, facts=facts, at=LATER, now=LATER)
    merging.undo(merge, by=ana, at=LATER)
    assert (fresh(survivor).phone, fresh(absorbed).phone) == ("2", "1")
    assert fresh(survivor).attributes == {"plan": "pro", "team": "IT"}


def test_a_scorecard_begun_since_goes_back_with_the_lead_whose_business_it_is(
    workspace: Workspace, ana: User, ben_takes_turns: User, mara: User
) -> None:
    survivor = receive_hot_lead(workspace)
    no_budget = RejectionReason.objects.get(workspace=workspace, code="no-budget")
    handoffs.reject(survivor.handoffs.get(), by=mara, at=MONDAY_NOON, reason=no_budget)
    absorbed = receive_hot_lead(workspace)
    handoffs.accept(absorbed.handoffs.get(), by=ben_takes_turns, at=MONDAY_NOON)
    merge = merging.merge(survivor, absorbed, by=ana, at=LATER)
    for value in (Value.WEAK, Value.CONFIRMED):
        said = scorecards.Said(value, evidence="!")
        scorecards.answer(fresh(survivor), by=ben_takes_turns, at=LATER, question="need", said=said)
    card = Scorecard.objects.get()
    assert (card.lead, card.cycle) == (survivor, 2)
    merging.undo(merge, by=ana, at=LATER)
    card.refresh_from_db()
    assert (card.lead, card.cycle) == (absorbed, 1)
    assert [row.value for row in answers_over_time(fresh(absorbed))] == [2, 1]
    assert not answers_over_time(fresh(survivor)).exists()


def test_an_offer_made_since_is_withdrawn_and_stays_with_the_survivor(
    workspace: Workspace, ana: User, ben_takes_turns: User
) -> None:
    survivor = receive_hot_lead(workspace, pricing_page=False)
    absorbed = make_lead(workspace)
    visit(absorbed, at=timedelta(0))
    merge = merging.merge(survivor, absorbed, by=ana, at=LATER)
    settle_due(now=LATER)
    assert survivor.handoffs.get().status == "open"
    merging.undo(merge, by=ana, at=LATER)
    settle_due(now=LATER)
    assert survivor.handoffs.get().status == "withdrawn"
    assert not absorbed.handoffs.exists()
    assert (fresh(survivor).stage, fresh(survivor).cycle) == (Stage.MQL, 1)


def test_an_undo_is_refused_when_it_is_too_late(workspace: Workspace, ana: User) -> None:
    lead, other, third = (make_lead(workspace) for _ in "123")
    merge = merging.merge(lead, other, by=ana, at=LATER)
    with pytest.raises(CannotMerge, match="can be undone for 30 days; this one is older"):
        merging.undo(merge, by=ana, at=LATER + timedelta(days=31))
    second = merging.merge(fresh(lead), third, by=ana, at=LATER)
    with pytest.raises(CannotMerge, match="Undo that merge first"):
        merging.undo(merge, by=ana, at=LATER)
    merging.undo(second, by=ana, at=LATER)
    merging.undo(merge, by=ana, at=LATER + timedelta(days=30))
    with pytest.raises(CannotMerge, match="Ana Marques has undone this merge already"):
        merging.undo(merge, by=ana, at=LATER)


def test_a_chain_of_merges_is_undone_from_its_end(workspace: Workspace, ana: User) -> None:
    first, second, third = (make_lead(workspace) for _ in "123")
    inner = merging.merge(second, first, by=ana, at=LATER)
    outer = merging.merge(third, fresh(second), by=ana, at=LATER)
    visit(first, at=timedelta(0))
    assert Event.objects.get().lead == third
    with pytest.raises(CannotMerge, match="itself merged into another one since"):
        merging.undo(inner, by=ana, at=LATER)
    merging.undo(outer, by=ana, at=LATER)
    merging.undo(inner, by=ana, at=LATER)
    assert LeadMerge.objects.filter(undone_at=None).count() == 0
    assert Lead.objects.filter(merged_into=None).count() == 3


def test_an_address_that_was_given_to_the_survivor_since_stands_in_the_way(
    workspace: Workspace, ana: User
) -> None:
    survivor, absorbed = make_lead(workspace), make_lead(workspace, email="b@x.example")
    merge = merging.merge(survivor, absorbed, by=ana, at=LATER)
    corrected = fresh(survivor)
    corrected.email = "b@x.example"
    corrected.save()
    with pytest.raises(CannotMerge, match="has the e-mail address or external id"):
        merging.undo(merge, by=ana, at=LATER)
    assert fresh(absorbed).merged_into == survivor


def test_who_waits_for_a_managers_word_goes_on_waiting_merged_and_parted(
    workspace: Workspace, ana: User, mara: User, ben_takes_turns: User
) -> None:
    """Without it, the united lead would be settled anew and offered by itself."""
    survivor, absorbed = receive_hot_lead(workspace), receive_hot_lead(workspace)
    promotion.take_back(absorbed.handoffs.get(), by=mara, at=LATER)
    handoffs.withdraw(survivor.handoffs.get(), by=mara, at=LATER)
    before = FallbackEntry.objects.get(left_at=None)
    merge = merging.merge(survivor, absorbed, by=ana, at=LATER)
    settle_due(now=LATER)
    entry = FallbackEntry.objects.get(left_at=None)
    assert (entry.lead, entry.why, entry.next_try_at) == (survivor, "taken_back", None)
    assert entry.cycle == fresh(survivor).cycle
    assert Clock.objects.running().filter(subject_key=f"fallback:{entry.pk}").exists()
    assert not survivor.handoffs.open().exists()
    merging.undo(merge, by=ana, at=LATER)
    assert FallbackEntry.objects.get(left_at=None) == before
    assert Clock.objects.running().filter(subject_key=f"fallback:{before.pk}").exists()
    settle_due(now=LATER)
    assert not absorbed.handoffs.open().exists()
    assert survivor.handoffs.open().exists()  # it had waited for nobody's word


def test_an_offer_that_stays_open_needs_no_managers_word(
    workspace: Workspace, ana: User, mara: User, ben_takes_turns: User
) -> None:
    survivor, absorbed = receive_hot_lead(workspace), receive_hot_lead(workspace)
    promotion.take_back(absorbed.handoffs.get(), by=mara, at=LATER)
    merging.merge(survivor, absorbed, by=ana, at=LATER)
    settle_due(now=LATER)
    assert survivor.handoffs.open().count() == 1
    assert not FallbackEntry.objects.filter(left_at=None).exists()
