"""An acceptance by mistake is taken back within a minute, as if it had never been."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.utils import timezone

from accounts.models import Role, User, Workspace
from handoff import detours, handoffs
from handoff.escalation import answer_breaches
from handoff.metrics.report import as_json
from handoff.metrics.scope import Scope
from handoff.models import Handoff, RejectionReason
from handoff.touches import log_touch
from handoff.transitions import MoveNotAllowed, SomeoneWasFaster
from handoff.workspaces import create_workspace
from leadqual.models import Lead, Notice, StageMove, Touch, TouchKind, TouchOutcome
from leadqual.stages import Stage
from sla import clocks
from sla.models import Clock
from tests.at_once import at_once
from tests.builders import MONDAY_NOON, join_pool, make_member, make_user, receive_hot_lead
from tests.handoff.pages import HTMX, offer_url

pytestmark = pytest.mark.django_db

LATER = MONDAY_NOON + timedelta(minutes=20)
SOON = timedelta(seconds=30)


def everything(lead: Lead) -> dict[str, Any]:
    """The lead, its offers and its clocks as rows, but for the moment of its stage."""
    [row] = Lead.objects.filter(pk=lead.pk).values("stage", "owner", "cycle")
    offers = Handoff.objects.filter(lead=lead).exclude(viewed_at=None)
    return {
        **row,
        "offers": list(offers.values("pk", "status", "due_at", "decided_at", "decided_by")),
        "clocks": list(Clock.objects.filter(lead=lead).order_by("pk").values()),
        "unread": list(Notice.objects.filter(read_at=None).order_by("pk").values("key")),
    }


@pytest.fixture
def offer(workspace: Workspace, ben_takes_turns: User) -> Handoff:
    offer = receive_hot_lead(workspace).handoffs.get()
    handoffs.view(offer, by=ben_takes_turns, at=MONDAY_NOON)
    return offer


def test_what_is_taken_back_within_a_minute_was_never_done(offer: Handoff, ben: User) -> None:
    before = everything(offer.lead)
    handoffs.accept(offer, by=ben, at=LATER)
    handoffs.undo(offer, by=ben, at=LATER + timedelta(seconds=60))
    assert everything(offer.lead) == before
    again = handoffs.accept(offer, by=ben, at=LATER + timedelta(minutes=5))
    assert again.lead.stage == Stage.SAL
    touch = Clock.objects.get(code="first_touch")
    assert (touch.started_at, touch.stopped_at) == (LATER + timedelta(minutes=5), None)


def test_history_keeps_both_moves_and_no_figure_counts_the_acceptance(
    workspace: Workspace, offer: Handoff, ben: User
) -> None:
    def figures() -> list[object]:
        return [as_json(Scope(workspace), by) for by in ("rep", "source", "month")]

    before = figures()
    handoffs.accept(offer, by=ben, at=LATER)
    assert figures() != before
    handoffs.undo(offer, by=ben, at=LATER + SOON)
    assert figures() == before
    moves = StageMove.objects.filter(lead=offer.lead).order_by("pk")
    assert list(moves.values_list("to_stage", "rule", "counted", "cycle"))[-2:] == [
        ("sal", "accepted", False, 1),
        ("mql", "accept_undone", False, 1),
    ]


def test_the_owner_is_whoever_it_was_before(
    workspace: Workspace, offer: Handoff, ben: User, mara: User
) -> None:
    Lead.objects.filter(pk=offer.lead_id).update(owner=mara)
    handoffs.accept(offer, by=ben, at=LATER)
    handoffs.undo(offer, by=ben, at=LATER + SOON)
    assert Lead.objects.get(pk=offer.lead_id).owner == mara


def test_after_the_minute_it_is_too_late(offer: Handoff, ben: User) -> None:
    handoffs.accept(offer, by=ben, at=LATER)
    before = everything(offer.lead)
    with pytest.raises(MoveNotAllowed, match="within a minute only"):
        handoffs.undo(offer, by=ben, at=LATER + timedelta(seconds=60, microseconds=1))
    assert everything(offer.lead) == before


def touch(lead: Lead, by: User, at: datetime) -> Touch:
    kind, outcome = TouchKind.CALL, TouchOutcome.NO_ANSWER
    return log_touch(lead, by=by, at=at, now=at, kind=kind, outcome=outcome)


def recycle(lead: Lead, by: User, at: datetime) -> StageMove:
    reason = RejectionReason.objects.of(lead.workspace).get(code="no-budget")
    return detours.recycle(Lead.objects.get(pk=lead.pk), by=by, at=at, reason=reason)


@pytest.mark.parametrize(
    ("act", "told"),
    [(touch, "a touch is logged since"), (recycle, "the lead is now Nurture")],
)
def test_what_has_happened_since_lets_the_acceptance_stand(
    offer: Handoff, ben: User, act: Callable[[Lead, User, datetime], object], told: str
) -> None:
    handoffs.accept(offer, by=ben, at=LATER)
    act(offer.lead, ben, LATER + timedelta(seconds=10))
    with pytest.raises(SomeoneWasFaster, match=told):
        handoffs.undo(offer, by=ben, at=LATER + SOON)
    assert Handoff.objects.get().status == "accepted"


@pytest.mark.parametrize("swept_between", [False, True])
def test_a_deadline_that_has_passed_meanwhile_expires_the_offer_at_its_true_moment(
    offer: Handoff, ben: User, swept_between: bool
) -> None:
    due_at = offer.due_at
    assert due_at
    handoffs.accept(offer, by=ben, at=due_at - timedelta(seconds=10))
    if swept_between:
        clocks.sweep(now=due_at + timedelta(seconds=5))
        answer_breaches(now=due_at + timedelta(seconds=5))
    handoffs.undo(offer, by=ben, at=due_at + SOON)
    clocks.sweep(now=due_at + SOON)
    answer_breaches(now=due_at + SOON)
    offer.refresh_from_db()
    clock = Clock.objects.get(subject_key=f"handoff:{offer.pk}")
    assert (offer.status, offer.expired_at) == ("expired", due_at)
    assert (clock.breached_at, clock.stopped_by) == (due_at, "expired")


def test_a_late_acceptance_of_which_the_managers_know_can_be_taken_back_and_expires(
    offer: Handoff, ben: User
) -> None:
    due_at = offer.due_at
    assert due_at
    clocks.sweep(now=due_at + timedelta(seconds=1))
    handoffs.accept(offer, by=ben, at=due_at + timedelta(seconds=2))
    answer_breaches(now=due_at + timedelta(seconds=3))
    handoffs.undo(offer, by=ben, at=due_at + SOON)
    clocks.sweep(now=due_at + SOON)
    answer_breaches(now=due_at + SOON)
    offer.refresh_from_db()
    assert (offer.status, offer.expired_at) == ("expired", due_at)


def test_a_recorded_move_stops_counting_in_no_other_way(offer: Handoff, ben: User) -> None:
    handoffs.accept(offer, by=ben, at=LATER)
    moves = StageMove.objects.filter(lead=offer.lead)
    for move in moves:
        with pytest.raises(DatabaseError, match="do not change"), transaction.atomic():
            StageMove.objects.filter(pk=move.pk).update(counted=False)


# On the page


def test_the_answered_row_offers_to_undo_and_then_is_open_again(
    as_ben: Client, offer_to_ben: Callable[[], Handoff]
) -> None:
    offer = offer_to_ben()
    accepted = as_ben.post(offer_url(offer, "accept"), headers=HTMX).content.decode()
    assert offer_url(offer, "undo") in accepted
    answer = as_ben.post(offer_url(offer, "undo"), headers=HTMX)
    offer.refresh_from_db()
    assert (answer.status_code, offer.status) == (200, "open")
    assert 'data-key="a"' in answer.content.decode()


def test_after_the_minute_there_is_no_button_and_the_address_says_why(
    as_ben: Client, ben: User, offer_to_ben: Callable[[], Handoff]
) -> None:
    offer = offer_to_ben()
    handoffs.accept(offer, by=ben, at=timezone.now() - timedelta(seconds=61))
    page = as_ben.get(f"/w/northwind/leads/{offer.lead_id}/").content.decode()
    assert offer_url(offer, "undo") not in page
    answer = as_ben.post(offer_url(offer, "undo"), headers=HTMX)
    assert (answer.status_code, "within a minute only" in answer.content.decode()) == (422, True)


def test_what_a_manager_accepted_the_rep_does_not_take_back_but_a_manager_does(
    as_ben: Client,
    as_mara: Client,
    as_ana: Client,
    as_cleo: Client,
    mara: User,
    offer_to_ben: Callable[[], Handoff],
) -> None:
    offer = offer_to_ben()
    handoffs.accept(offer, by=mara, at=timezone.now())
    assert as_ben.post(offer_url(offer, "undo"), headers=HTMX).status_code == 403
    assert as_ana.post(offer_url(offer, "undo"), headers=HTMX).status_code == 403
    assert as_cleo.post(offer_url(offer, "undo"), headers=HTMX).status_code == 404
    assert as_mara.post(offer_url(offer, "undo"), headers=HTMX).status_code == 200


# Two at once


def _accepted(number: int) -> tuple[Handoff, User]:
    slug = f"race-{number}"
    workspace = create_workspace(name="Race", slug=slug, by=make_user(name="Olga Root"))
    ben = make_member(workspace, name="Ben Okoye", role=Role.REP)
    join_pool(workspace, ben)
    offer = receive_hot_lead(workspace).handoffs.get()
    return handoffs.accept(offer, by=ben, at=LATER), ben


@pytest.mark.django_db(transaction=True)
def test_undone_twice_at_once_it_is_undone_once() -> None:
    for race in range(3):
        offer, ben = _accepted(race)
        outcome = at_once(2, lambda _: handoffs.undo(offer, by=ben, at=LATER + SOON))  # noqa: B023
        assert sorted(type(o).__name__ for o in outcome) == ["Handoff", "MoveNotAllowed"]
        assert offer.lead.moves.filter(rule="accept_undone").count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_an_undo_and_a_touch_at_once_the_lead_ends_whole() -> None:
    for race in range(5):
        offer, ben = _accepted(race)

        def act(number: int, offer: Handoff = offer, ben: User = ben) -> object:
            if number:
                return touch(offer.lead, ben, LATER + timedelta(seconds=20))
            return handoffs.undo(offer, by=ben, at=LATER + SOON)

        undone, touched = at_once(2, act)
        lead = Lead.objects.get(pk=offer.lead_id)
        running = list(Clock.objects.running().filter(lead=lead).values_list("code", flat=True))
        assert isinstance(touched, Touch)
        if isinstance(undone, Handoff):
            assert (lead.stage, lead.owner, running) == ("mql", None, ["decide_offer"])
        else:
            assert isinstance(undone, SomeoneWasFaster)
            assert (lead.stage, lead.owner) == ("sal", ben)
            assert sorted(running) == ["follow_up", "qualify"]  # one try is not three


@pytest.mark.django_db(transaction=True)
def test_an_undo_and_the_expiry_at_once_leave_the_offer_expired_or_open_to_expire() -> None:
    for race in range(3):
        offer, ben = _accepted(race)
        due_at = Clock.objects.get(subject_key=f"handoff:{offer.pk}", code="decide_offer").due_at
        Handoff.objects.filter(pk=offer.pk).update(decided_at=due_at - SOON)
        after = due_at + timedelta(seconds=20)

        def act(
            number: int, offer: Handoff = offer, ben: User = ben, after: datetime = after
        ) -> object:
            if number:
                clocks.sweep(now=after)
                return answer_breaches(now=after)
            return handoffs.undo(offer, by=ben, at=after)

        assert isinstance(at_once(2, act)[0], Handoff)
        clocks.sweep(now=after)
        answer_breaches(now=after)
        offer.refresh_from_db()
        assert (offer.status, offer.expired_at) == ("expired", due_at)
