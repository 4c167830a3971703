"""Moves: recorded for ever, with the reason, the score and the model of the moment."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.access import membership_of
from accounts.models import User, Workspace
from handoff.transitions import (
    MoveNotAllowed,
    PastMove,
    SomeoneWasFaster,
    move,
    next_moves,
    record_history,
)
from leadqual.models import Lead, StageMove
from leadqual.stages import Stage
from tests.builders import MONDAY_NOON, make_lead, receive_hot_lead

pytestmark = pytest.mark.django_db


def test_a_move_is_recorded_with_the_score_and_the_model_of_the_moment(
    workspace: Workspace,
) -> None:
    lead = receive_hot_lead(workspace, pricing_page=False)
    record = lead.moves.get(to_stage=Stage.MQL)
    assert (record.from_stage, record.rule, record.cycle, record.counted) == (
        "new",
        "mql_definition",
        1,
        True,
    )
    assert (record.fit, record.intent, record.model_version) == (35, 25, 1)
    assert record.explanation is not None
    assert record.explanation["fit"] == 35


def test_a_move_that_the_lifecycle_does_not_know_is_refused(workspace: Workspace) -> None:
    lead = make_lead(workspace, stage=Stage.NEW)
    with pytest.raises(MoveNotAllowed, match="from New to Won"):
        move(lead, Stage.WON, rule="won", at=MONDAY_NOON)
    assert Lead.objects.get().stage == Stage.NEW
    assert StageMove.objects.count() == 0


def test_recycling_without_a_reason_is_refused(workspace: Workspace, mara: User) -> None:
    lead = make_lead(workspace, stage=Stage.SAL)
    with pytest.raises(MoveNotAllowed, match="a reason is needed"):
        move(lead, Stage.NURTURE, rule="recycled", at=MONDAY_NOON, by=mara)


def test_whoever_comes_second_is_told_who_was_first(workspace: Workspace, mara: User) -> None:
    lead = make_lead(workspace, stage=Stage.SAL)
    stale = Lead.objects.get(pk=lead.pk)
    move(lead, Stage.SQL, rule="scorecard", at=MONDAY_NOON, by=mara)
    with pytest.raises(SomeoneWasFaster, match="Mara Lindt was faster: the lead is now SQL"):
        move(stale, Stage.SQL, rule="scorecard", at=MONDAY_NOON, by=mara)


def test_a_demotion_opens_no_new_cycle_and_the_second_promotion_is_not_counted(
    workspace: Workspace,
) -> None:
    lead = make_lead(workspace)
    for to in (Stage.MQL, Stage.NEW, Stage.MQL):
        move(lead, to, rule="test", at=MONDAY_NOON)
    promotions = lead.moves.filter(to_stage=Stage.MQL).order_by("pk")
    assert list(promotions.values_list("cycle", "counted")) == [(1, True), (1, False)]
    assert lead.cycle == 1


def test_a_recycled_lead_that_returns_is_in_its_second_cycle(
    workspace: Workspace, mara: User
) -> None:
    lead = make_lead(workspace)
    move(lead, Stage.MQL, rule="test", at=MONDAY_NOON)
    move(lead, Stage.NURTURE, rule="recycled", at=MONDAY_NOON, by=mara, reason="no-budget")
    move(lead, Stage.MQL, rule="woken", at=MONDAY_NOON)
    assert lead.cycle == 2
    assert lead.moves.filter(to_stage=Stage.MQL, counted=True).count() == 2


def test_a_rep_sees_every_way_on_and_why_some_are_closed(workspace: Workspace, ben: User) -> None:
    lead = make_lead(workspace, stage=Stage.DISQUALIFIED)
    [reopening] = next_moves(lead, membership=membership_of(ben, workspace.slug))
    assert reopening.to == Stage.NEW
    assert reopening.refused_because == "As sales rep you may not reopen disqualified leads."


def test_imported_history_keeps_its_dates_jumps_and_repeats_nothing(workspace: Workspace) -> None:
    lead = make_lead(workspace, imported=True)
    won_at = MONDAY_NOON + timedelta(days=9)
    first = PastMove(lead.pk, Stage.MQL, MONDAY_NOON)
    assert record_history(workspace, [first], by=None) == 1
    assert record_history(workspace, [first, PastMove(lead.pk, Stage.WON, won_at)], by=None) == 1
    assert record_history(workspace, [first], by=None) == 0
    moves = lead.moves.order_by("at").values_list("from_stage", "to_stage", "at", "imported")
    assert list(moves) == [
        ("", "mql", MONDAY_NOON, True),
        ("mql", "won", won_at, True),
    ]
    lead.refresh_from_db()
    assert (lead.stage, lead.stage_since, lead.cycle) == (Stage.WON, won_at, 1)


def test_a_deal_won_before_its_first_contact_is_still_won(workspace: Workspace) -> None:
    lead = make_lead(workspace, imported=True)
    past = [
        PastMove(lead.pk, Stage.MQL, MONDAY_NOON),
        PastMove(lead.pk, Stage.WON, MONDAY_NOON - timedelta(days=1)),
    ]
    assert record_history(workspace, past, by=None) == 2
    lead.refresh_from_db()
    assert lead.stage == Stage.WON
    assert lead.stage_since < timezone.now()
