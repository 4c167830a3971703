"""One lead's road from the offer to the decision, and what each decision leads to."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from accounts.models import User, Workspace
from handoff import handoffs, opportunities
from handoff.models import Handoff, HandoffPolicy, NurtureStay, RejectionReason, Rep
from handoff.touches import TouchInTheFuture, TouchLongAgo, log_touch
from handoff.transitions import MoveNotAllowed, SomeoneWasFaster
from leadqual.models import Lead, Notice, OutboxMessage, TouchKind, TouchOutcome
from leadqual.stages import Stage
from sla.models import Clock
from tests.builders import MONDAY_NOON, join_pool, make_member, receive_hot_lead, visit_pricing_page

pytestmark = pytest.mark.django_db

LATER = MONDAY_NOON + timedelta(minutes=20)


def skipped(offer: Handoff) -> list[tuple[str, str]]:
    """Who was considered, and why passed over."""
    return [(row["person"], row["skipped"]) for row in offer.trace["people"]]


def reason(workspace: Workspace, code: str) -> RejectionReason:
    return RejectionReason.objects.get(workspace=workspace, code=code)


def test_a_ready_lead_is_offered_with_its_packet_and_a_deadline(
    workspace: Workspace, ben_takes_turns: User
) -> None:
    lead = receive_hot_lead(workspace)
    handoff = lead.handoffs.get()
    assert (handoff.rep, handoff.status, handoff.cycle) == (ben_takes_turns, "open", 1)
    # Noon UTC is 13:00 in Berlin: four business hours, until 17:00.
    assert handoff.due_at == datetime(2026, 3, 2, 16, 0, tzinfo=UTC)
    assert handoff.why_now == (
        "Hanna Weiss, Head of IT at Acme, looked at the pricing page today, wants to start "
        "immediately, decides on IT and names “Too many tools” as the main challenge."
    )
    assert handoff.packet["source"] == "LinkedIn"
    assert handoff.packet["explanation"]["fit"] == handoff.fit == 35
    assert handoff.packet["next_action"] == (
        "Write an e-mail and ask for a call today: they want to start immediately."
    )
    assert Notice.objects.get(user=ben_takes_turns).url == f"/w/northwind/leads/{lead.pk}/"
    assert OutboxMessage.objects.get().to == ben_takes_turns.email


def test_a_lead_that_is_mql_but_not_ready_waits_without_offer_or_clock(
    workspace: Workspace, ben_takes_turns: User
) -> None:
    lead = receive_hot_lead(workspace, pricing_page=False)
    assert lead.stage == Stage.MQL
    assert not lead.handoffs.exists()
    assert not Clock.objects.exists()
    visit_pricing_page(lead, at=LATER)
    assert lead.handoffs.get().offered_at == LATER


def test_accepting_makes_the_lead_mine_and_starts_the_first_touch(
    workspace: Workspace, ben_takes_turns: User
) -> None:
    handoff = receive_hot_lead(workspace).handoffs.get()
    handoffs.accept(handoff, by=ben_takes_turns, at=LATER)
    lead = Lead.objects.get()
    assert (lead.stage, lead.owner) == (Stage.SAL, ben_takes_turns)
    decide, touch = Clock.objects.order_by("pk")
    assert (decide.stopped_at, decide.stopped_by, decide.business_seconds) == (
        LATER,
        "accepted",
        1200,
    )
    assert (touch.started_at, touch.stopped_at, touch.person) == (LATER, None, ben_takes_turns)
    log_touch(
        lead,
        by=ben_takes_turns,
        kind=TouchKind.CALL,
        outcome=TouchOutcome.REACHED,
        at=LATER + timedelta(minutes=5),
        now=LATER + timedelta(minutes=9),
    )
    touch.refresh_from_db()
    assert (touch.stopped_by, touch.business_seconds) == ("touched", 300)


def test_a_touch_in_the_future_is_refused(workspace: Workspace, ben: User) -> None:
    lead = receive_hot_lead(workspace, pricing_page=False)
    with pytest.raises(TouchInTheFuture):
        log_touch(
            lead,
            by=ben,
            kind=TouchKind.CALL,
            outcome=TouchOutcome.REACHED,
            at=LATER,
            now=MONDAY_NOON,
        )


def test_the_same_touch_within_ten_seconds_is_one_and_later_it_is_two(
    workspace: Workspace, ben: User
) -> None:
    lead = receive_hot_lead(workspace, pricing_page=False)
    first, second, third = (
        log_touch(
            lead,
            by=ben,
            kind=TouchKind.CALL,
            outcome=TouchOutcome.NO_ANSWER,
            at=LATER + timedelta(seconds=seconds),
            now=LATER + timedelta(seconds=seconds),
        )
        for seconds in (0, 10, 11)
    )
    assert (first == second, first == third) == (True, False)


def test_a_touch_before_1990_is_refused(workspace: Workspace, ben: User) -> None:
    lead = receive_hot_lead(workspace, pricing_page=False)
    with pytest.raises(TouchLongAgo):
        log_touch(
            lead,
            by=ben,
            kind=TouchKind.CALL,
            outcome=TouchOutcome.REACHED,
            at=datetime(26, 3, 2, tzinfo=UTC),
            now=MONDAY_NOON,
        )


def test_a_rejection_returns_the_lead_to_nurture_with_the_wake_date_of_its_reason(
    workspace: Workspace, ben_takes_turns: User
) -> None:
    handoff = receive_hot_lead(workspace).handoffs.get()
    no_budget = reason(workspace, "no-budget")
    handoffs.reject(handoff, by=ben_takes_turns, at=LATER, reason=no_budget, note="Next year")
    lead = Lead.objects.get()
    assert lead.stage == Stage.NURTURE
    assert NurtureStay.objects.get(lead=lead).wake_at == LATER + timedelta(days=90)
    record = lead.moves.get(to_stage=Stage.NURTURE)
    assert (record.rule, record.reason, record.by) == ("rejected", "no-budget", ben_takes_turns)
    assert Clock.objects.get().stopped_by == "rejected"


def test_a_rejection_for_a_disqualifying_reason_disqualifies(
    workspace: Workspace, ben_takes_turns: User
) -> None:
    handoff = receive_hot_lead(workspace).handoffs.get()
    customer = reason(workspace, "already-a-customer")
    handoffs.reject(handoff, by=ben_takes_turns, at=LATER, reason=customer)
    assert Lead.objects.get().stage == Stage.DISQUALIFIED


def test_a_reason_of_another_workspace_is_refused_and_nothing_is_half_done(
    workspace: Workspace, ben_takes_turns: User, cleo: User
) -> None:
    handoff = receive_hot_lead(workspace).handoffs.get()
    elsewhere = RejectionReason.objects.create(
        workspace=cleo.workspaces.get(), code="theirs", name="Theirs"
    )
    with pytest.raises(MoveNotAllowed):
        handoffs.reject(handoff, by=ben_takes_turns, at=LATER, reason=elsewhere)
    handoff.refresh_from_db()
    assert handoff.status == Handoff.Status.OPEN


def test_who_was_invited_and_has_no_password_yet_is_passed_over(
    workspace: Workspace, ben_takes_turns: User
) -> None:
    invited = make_member(workspace, name="Nia Berg")
    invited.set_unusable_password()
    invited.save()
    offers = [receive_hot_lead(workspace).handoffs.get() for _ in range(2)]
    assert [offer.rep for offer in offers] == [ben_takes_turns, ben_takes_turns]
    assert ("Nia Berg", "has not logged in yet") in skipped(offers[1])


def test_not_mine_is_no_rejection_and_the_next_rep_is_asked(
    workspace: Workspace, ben_takes_turns: User
) -> None:
    nia = make_member(workspace, name="Nia Berg")
    join_pool(workspace, nia)
    first = receive_hot_lead(workspace).handoffs.get()
    other = nia if first.rep == ben_takes_turns else ben_takes_turns
    second = handoffs.not_mine(first, by=first.rep, at=LATER)
    assert second is not None
    assert second.rep == other
    assert Lead.objects.get().stage == Stage.MQL
    assert handoffs.not_mine(second, by=other, at=LATER) is None


def test_turns_go_to_whoever_was_assigned_longest_ago(
    workspace: Workspace, ben_takes_turns: User
) -> None:
    nia = make_member(workspace, name="Nia Berg")
    join_pool(workspace, nia)
    reps = []
    for n in range(4):
        lead = receive_hot_lead(workspace, at=MONDAY_NOON + timedelta(minutes=n))
        reps.append(lead.handoffs.get().rep)
    assert reps == [ben_takes_turns, nia, ben_takes_turns, nia]


def test_who_rejected_a_lead_is_asked_again_only_when_nobody_else_is_left(
    workspace: Workspace, ben_takes_turns: User
) -> None:
    lead = receive_hot_lead(workspace)
    decision_maker = reason(workspace, "not-a-decision-maker")
    first = lead.handoffs.get()
    handoffs.reject(first, by=ben_takes_turns, at=LATER, reason=decision_maker, note="Their CTO")
    nia = make_member(workspace, name="Nia Berg")
    visit_pricing_page(lead, at=LATER + timedelta(hours=1))  # wakes it: the second cycle
    second = lead.handoffs.open().get()
    assert (second.rep, second.cycle) == (nia, 2)
    handoffs.not_mine(second, by=nia, at=LATER + timedelta(hours=2))
    third = lead.handoffs.open().get()
    assert third.rep == ben_takes_turns
    assert skipped(third)[-2:] == [
        ("Nia Berg", "said “not mine” before"),
        ("Ben Okoye", ""),
    ]
    assert ("Ben Okoye", "rejected this lead in an earlier cycle") in skipped(third)


def test_a_rep_takes_turns_from_joining_until_it_is_switched_off(
    workspace: Workspace, ben: User
) -> None:
    assert receive_hot_lead(workspace).handoffs.get().rep == ben
    Rep.objects.update(is_active=False)
    assert not receive_hot_lead(workspace).handoffs.exists()


def test_a_lead_that_nobody_can_take_waits_and_the_manager_hears_once(
    workspace: Workspace, mara: User
) -> None:
    lead = receive_hot_lead(workspace)
    visit_pricing_page(lead, at=LATER)
    assert lead.stage == Stage.MQL
    assert not lead.handoffs.exists()
    assert Notice.objects.get(user=mara).text == "Nobody can take Hanna Weiss: the pool is empty."


def test_whoever_decides_second_is_told_who_decided_and_what(
    workspace: Workspace, ben_takes_turns: User, mara: User
) -> None:
    handoff = receive_hot_lead(workspace).handoffs.get()
    handoffs.accept(handoff, by=mara, at=LATER)
    with pytest.raises(SomeoneWasFaster) as told:
        handoffs.reject(
            handoff, by=ben_takes_turns, at=LATER, reason=reason(workspace, "no-budget")
        )
    assert (told.value.who, told.value.when) == (mara, LATER)
    assert str(told.value) == "Mara Lindt was faster: this offer is accepted already."


def test_the_first_look_is_remembered_and_only_the_reps(
    workspace: Workspace, ben_takes_turns: User, mara: User
) -> None:
    handoff = receive_hot_lead(workspace).handoffs.get()
    handoffs.view(handoff, by=mara, at=LATER)
    handoffs.view(handoff, by=ben_takes_turns, at=LATER)
    handoffs.view(handoff, by=ben_takes_turns, at=LATER + timedelta(hours=1))
    handoff.refresh_from_db()
    assert handoff.viewed_at == LATER


def test_a_closed_deal_ends_the_wait_for_a_first_touch(
    workspace: Workspace, ben_takes_turns: User
) -> None:
    HandoffPolicy.objects.update(scorecard_gate=HandoffPolicy.Gate.OFF)
    handoff = receive_hot_lead(workspace).handoffs.get()
    handoffs.accept(handoff, by=ben_takes_turns, at=LATER)
    lead = Lead.objects.get()
    opportunities.qualify(lead, by=ben_takes_turns, at=LATER)
    opportunities.open_opportunity(lead, by=ben_takes_turns, at=LATER, amount=Decimal(900))
    assert Clock.objects.running().count() == 1
    opportunities.win(lead, by=ben_takes_turns, at=LATER)
    assert Clock.objects.running().count() == 0
    assert Clock.objects.latest("pk").stopped_by == "withdrawn"
