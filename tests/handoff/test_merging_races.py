"""Merging while others work on the same leads, with real connections."""

from collections import Counter
from contextlib import ExitStack
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from accounts.models import User, Workspace
from handoff import handoffs, merging
from handoff.intake import take_lead
from handoff.merging import CannotMerge
from handoff.models import LeadMerge
from handoff.transitions import SomeoneWasFaster
from leadqual.capture import EventFacts, LeadFacts
from leadqual.models import Event, Lead, StageMove
from tests.at_once import at_once, meanwhile
from tests.builders import MONDAY_NOON, make_lead, receive_event, receive_hot_lead

pytestmark = pytest.mark.django_db(transaction=True)

LATER = MONDAY_NOON + timedelta(minutes=30)
ROUNDS = 5


def outcome(result: Any) -> str:
    return type(result).__name__


def test_two_who_merge_the_same_pair_both_ways_meet_once(workspace: Workspace, ana: User) -> None:
    for _ in range(ROUNDS):
        one, other = make_lead(workspace), make_lead(workspace)
        pairs = [(one, other), (other, one)]
        results = at_once(2, lambda n: merging.merge(*pairs[n], by=ana, at=LATER))  # noqa: B023
        assert Counter(map(outcome, results)) == {"LeadMerge": 1, "CannotMerge": 1}
    assert Lead.objects.filter(merged_into=None).count() == ROUNDS


def test_what_arrives_during_a_merge_ends_up_with_the_survivor(
    workspace: Workspace, ana: User
) -> None:
    for n in range(ROUNDS):
        survivor, absorbed = make_lead(workspace), make_lead(workspace, external_id=f"old-{n}")

        def arrive(number: int) -> Any:
            if number == 0:
                return merging.merge(survivor, absorbed, by=ana, at=LATER)  # noqa: B023
            if number == 1:
                facts = LeadFacts(external_id=absorbed.external_id, phone="17")  # noqa: B023
                return take_lead(workspace=workspace, facts=facts, at=LATER, now=LATER)
            visit = EventFacts("chat", LATER, absorbed.email, external_id=f"e{n}-{number}")  # noqa: B023
            return receive_event(workspace=workspace, facts=visit, now=LATER)

        results = at_once(4, arrive)
        assert Counter(map(outcome, results)) == {"LeadMerge": 1, "Receipt": 3}
        assert set(Event.objects.filter(external_id__startswith=f"e{n}-")) == set(
            survivor.events.all()
        )
        assert Lead.objects.get(pk=survivor.pk).phone == "17"


def test_an_offer_is_accepted_or_withdrawn_by_the_merge_never_both(
    workspace: Workspace, ana: User, ben_takes_turns: User
) -> None:
    for _ in range(ROUNDS):
        kept, gone = receive_hot_lead(workspace), receive_hot_lead(workspace)
        offer = gone.handoffs.get()

        def decide(number: int) -> Any:
            if number == 0:
                return merging.merge(kept, gone, by=ana, at=LATER)  # noqa: B023
            return handoffs.accept(offer, by=ben_takes_turns, at=LATER)  # noqa: B023

        merge, accepted = at_once(2, decide)
        assert outcome(merge) == "LeadMerge"
        offer.refresh_from_db()
        lead = Lead.objects.get(pk=kept.pk)
        if isinstance(accepted, SomeoneWasFaster):
            assert (offer.status, lead.stage) == ("withdrawn", "mql")
        else:
            assert outcome(accepted) == "Handoff"
            assert (offer.status, offer.lead, lead.stage) == ("accepted", kept, "sal")


def test_two_who_undo_the_same_merge_undo_it_once(workspace: Workspace, ana: User) -> None:
    merge = merging.merge(make_lead(workspace), make_lead(workspace), by=ana, at=LATER)
    copies = [LeadMerge.objects.get(pk=merge.pk) for _ in "12"]
    results = at_once(2, lambda n: merging.undo(copies[n], by=ana, at=LATER))
    assert sorted(map(outcome, results)) == ["CannotMerge", "NoneType"]
    refused = next(r for r in results if isinstance(r, CannotMerge))
    assert str(refused) == "Ana Marques has undone this merge already."


def test_outside_of_a_merge_the_cycle_of_a_move_does_not_change(workspace: Workspace) -> None:
    receive_hot_lead(workspace)
    with pytest.raises(IntegrityError, match="do not change"), transaction.atomic():
        StageMove.objects.filter(to_stage="mql").update(cycle=7)


def test_who_accepts_during_a_merge_owns_the_lead_afterwards(
    workspace: Workspace, ana: User, ben_takes_turns: User
) -> None:
    """What the merge reads of a lead is of the moment from which it holds it."""
    survivor, absorbed = receive_hot_lead(workspace), make_lead(workspace)
    with ExitStack() as after, transaction.atomic():
        handoffs.accept(survivor.handoffs.get(), by=ben_takes_turns, at=LATER)
        after.enter_context(meanwhile(lambda: merging.merge(survivor, absorbed, by=ana, at=LATER)))
    survivor.refresh_from_db()
    assert (survivor.stage, survivor.owner) == ("sal", ben_takes_turns)
