"""What previews are told of hand-offs: when, how they ended, and what the reps can take."""

from datetime import datetime, time, timedelta

import pytest

from accounts.models import Role, User, Workspace
from handoff import handoffs, previews
from handoff.models import Handoff, RejectionReason, Rep
from handoff.offering import DECIDE
from handoff.transitions import PastMove, record_history
from handoff.workspaces import create_workspace
from leadqual.models import Lead, StageMove
from leadqual.stages import Stage
from scoring.previews.question import HandoffMoment
from sla.models import Commitment, WorkingRange
from tests.builders import (
    MONDAY_NOON,
    join_pool,
    make_lead,
    make_member,
    make_source,
    make_user,
    receive_hot_lead,
)

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def place(db: None) -> tuple[Workspace, User]:
    workspace = create_workspace(name="W", slug="w", by=make_user(), at=MONDAY_NOON)
    rep = make_member(workspace, name="Ben Okoye", role=Role.REP)
    join_pool(workspace, rep)
    return workspace, rep


def moments(lead: Lead) -> list[HandoffMoment]:
    return list(previews.handoff_moments(lead.workspace_id, [lead.pk]))


def moved(lead: Lead, *stages: Stage, at: datetime) -> None:
    """Later moves, as the workflow records them."""
    for n, stage in enumerate(stages):
        StageMove.objects.create(
            workspace=lead.workspace,
            lead=lead,
            cycle=1,
            from_stage="",
            to_stage=stage,
            at=at + n * HOUR,
            rule="won",
        )


def test_an_open_offer_is_undecided_and_an_accepted_one_open_until_its_deal_closes(
    place: tuple[Workspace, User],
) -> None:
    workspace, rep = place
    lead = receive_hot_lead(workspace)
    assert moments(lead) == [HandoffMoment(lead.pk, MONDAY_NOON, None, None, "LinkedIn")]
    handoffs.accept(Handoff.objects.get(lead=lead), by=rep, at=MONDAY_NOON + HOUR)
    assert moments(lead) == [HandoffMoment(lead.pk, MONDAY_NOON, True, None, "LinkedIn")]
    moved(lead, Stage.SQL, Stage.OPPORTUNITY, at=MONDAY_NOON + DAY)
    assert moments(lead)[0].won is None
    moved(lead, Stage.WON, at=MONDAY_NOON + 2 * DAY)
    assert moments(lead)[0].won is True


def test_a_lead_given_back_after_acceptance_was_not_won(place: tuple[Workspace, User]) -> None:
    workspace, rep = place
    lead = receive_hot_lead(workspace)
    handoffs.accept(Handoff.objects.get(lead=lead), by=rep, at=MONDAY_NOON + HOUR)
    moved(lead, Stage.NURTURE, at=MONDAY_NOON + DAY)
    assert moments(lead) == [HandoffMoment(lead.pk, MONDAY_NOON, True, False, "LinkedIn")]


def test_a_lead_given_back_stays_lost_when_it_wakes_as_an_mql(
    place: tuple[Workspace, User],
) -> None:
    workspace, rep = place
    lead = receive_hot_lead(workspace)
    handoffs.accept(Handoff.objects.get(lead=lead), by=rep, at=MONDAY_NOON + HOUR)
    moved(lead, Stage.NURTURE, Stage.MQL, at=MONDAY_NOON + DAY)
    assert moments(lead) == [HandoffMoment(lead.pk, MONDAY_NOON, True, False, "LinkedIn")]


def test_a_rejected_offer_is_not_won_and_an_expired_one_says_nothing(
    place: tuple[Workspace, User],
) -> None:
    workspace, rep = place
    lead = receive_hot_lead(workspace)
    reason = RejectionReason.objects.of(workspace).active()[0]
    handoffs.reject(
        Handoff.objects.get(lead=lead), by=rep, reason=reason, note="", at=MONDAY_NOON + HOUR
    )
    assert moments(lead) == [
        HandoffMoment(lead.pk, MONDAY_NOON, accepted=False, won=False, channel="LinkedIn")
    ]
    other = receive_hot_lead(workspace)
    Handoff.objects.filter(lead=other).update(
        status=Handoff.Status.EXPIRED, expired_at=MONDAY_NOON + DAY
    )
    assert moments(other) == []


def test_an_imported_history_has_its_moves_behind_mql_for_hand_offs(workspace: Workspace) -> None:
    source = make_source(workspace, name="Fair")
    won = make_lead(workspace, imported=True, first_source=source)
    back = make_lead(workspace, imported=True)
    past = [
        PastMove(won.pk, Stage.MQL, MONDAY_NOON),
        PastMove(won.pk, Stage.SAL, MONDAY_NOON + DAY),
        PastMove(won.pk, Stage.WON, MONDAY_NOON + 9 * DAY),
        PastMove(back.pk, Stage.MQL, MONDAY_NOON),
        PastMove(back.pk, Stage.NURTURE, MONDAY_NOON + DAY),
        PastMove(back.pk, Stage.MQL, MONDAY_NOON + 2 * DAY),
        PastMove(back.pk, Stage.OPPORTUNITY, MONDAY_NOON + 3 * DAY),
    ]
    record_history(workspace, past, by=None)
    assert moments(won) == [HandoffMoment(won.pk, MONDAY_NOON + DAY, True, True, "Fair")]
    assert moments(back) == [
        HandoffMoment(back.pk, MONDAY_NOON + DAY, accepted=False, won=False),
        HandoffMoment(back.pk, MONDAY_NOON + 3 * DAY, True, None),
    ]


def test_what_the_reps_can_take_a_week_is_five_days_of_those_who_take_offers(
    place: tuple[Workspace, User],
) -> None:
    workspace, _ = place
    Rep.objects.of(workspace).update(offers_per_day=6)
    away = make_member(workspace, role=Role.REP)
    join_pool(workspace, away)
    Rep.objects.filter(user=away).update(is_active=False)
    assert previews.weekly_capacity(workspace) == 30
    Rep.objects.of(workspace).update(is_active=False)
    assert previews.weekly_capacity(workspace) is None


def test_a_week_has_the_days_of_the_calendar_and_reps_that_nobody_asked_yet_count(
    workspace: Workspace,
) -> None:
    make_member(workspace, role=Role.REP)
    calendar = Commitment.objects.of(workspace).get(code=DECIDE).calendar
    WorkingRange.objects.create(calendar=calendar, weekday=5, start=time(9), end=time(13))
    assert previews.weekly_capacity(workspace) == 6 * Rep.objects.get().offers_per_day
