"""Somebody leaves, or decides offers no more: their open offers go to the next rep at once."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts import members
from accounts.models import Membership, Role, User, Workspace
from handoff import handoffs, offering
from handoff.leavers import hand_on
from handoff.models import FallbackEntry, Handoff
from handoff.tasks import escalate
from leadqual.stages import Stage
from sla.models import Clock
from tests.builders import MONDAY_NOON, join_pool, make_member, receive_hot_lead

pytestmark = pytest.mark.django_db

LATER = MONDAY_NOON + timedelta(minutes=5)


def administrator(workspace: Workspace) -> Membership:
    user = make_member(workspace, name="Olga Admin", role=Role.ADMINISTRATOR)
    return Membership.objects.get(workspace=workspace, user=user)


def membership_of(workspace: Workspace, user: User) -> Membership:
    return Membership.objects.get(workspace=workspace, user=user)


def test_the_offers_of_who_has_left_go_to_the_next_rep(
    workspace: Workspace, ben: User, ben_takes_turns: User
) -> None:
    lead = receive_hot_lead(workspace)
    nia = make_member(workspace, name="Nia Berg")
    join_pool(workspace, nia)
    members.end(membership_of(workspace, ben), by=administrator(workspace), at=LATER)
    assert hand_on(now=LATER) == 1
    first, second = lead.handoffs.order_by("pk")
    assert (first.rep, first.status, first.withdrawn_at) == (ben, "withdrawn", LATER)
    assert first.note == f"{ben} is no longer a member who decides offers"
    assert (second.rep, second.status, second.offered_at) == (nia, "open", LATER)
    clock = Clock.objects.get(subject_key=offering.subject_key(first))
    assert (clock.stopped_at, clock.breached_at) == (LATER, None)
    assert hand_on(now=LATER) == 0


def test_a_role_that_decides_no_offers_keeps_none(
    workspace: Workspace, ben: User, ben_takes_turns: User
) -> None:
    lead = receive_hot_lead(workspace)
    members.change_role(membership_of(workspace, ben), Role.LEADERSHIP, by=administrator(workspace))
    assert hand_on(now=LATER) == 1
    assert lead.handoffs.get().status == "withdrawn"
    waiting = FallbackEntry.objects.get(left_at=None)
    assert (waiting.lead, waiting.why) == (lead, "nobody")
    lead.refresh_from_db()
    assert lead.stage == Stage.MQL


def test_an_account_that_was_closed_keeps_no_offers(
    workspace: Workspace, ben: User, ben_takes_turns: User
) -> None:
    lead = receive_hot_lead(workspace)
    User.objects.filter(pk=ben.pk).update(is_active=False)
    assert hand_on(now=LATER) == 1
    assert lead.handoffs.get().status == "withdrawn"


def test_who_takes_no_more_offers_keeps_those_they_have(
    workspace: Workspace, ben: User, ben_takes_turns: User
) -> None:
    lead = receive_hot_lead(workspace)
    join_pool(workspace, ben, is_active=False)
    assert hand_on(now=LATER) == 0
    assert lead.handoffs.get().status == "open"


def test_offers_already_decided_by_who_left_stay_as_they_are(
    workspace: Workspace, ben: User, ben_takes_turns: User, mara: User
) -> None:
    lead = receive_hot_lead(workspace)
    handoffs.accept(lead.handoffs.get(), by=ben, at=LATER)
    members.end(membership_of(workspace, ben), by=administrator(workspace), at=LATER)
    assert hand_on(now=LATER) == 0
    assert lead.handoffs.get().status == "accepted"


def test_the_worker_looks_for_those_who_left(
    workspace: Workspace, ben: User, ben_takes_turns: User
) -> None:
    lead = receive_hot_lead(workspace, at=timezone.now())
    members.end(membership_of(workspace, ben), by=administrator(workspace), at=timezone.now())
    assert escalate() == 1
    assert Handoff.objects.get(lead=lead).status == "withdrawn"
