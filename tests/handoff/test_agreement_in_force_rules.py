"""The rules of the policy are those signed: the gate before SQL, scorecards, cycles."""

from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import User, Workspace
from handoff import offering, opportunities
from handoff.agreement.in_force import policy_in_force
from handoff.models import FallbackEntry, Framework, HandoffPolicy
from handoff.open_offers import withdraw
from handoff.transitions import MoveNotAllowed
from leadqual.models import Lead
from leadqual.stages import Stage
from sla.models import Agreement
from tests.builders import MONDAY_NOON, make_lead, receive_hot_lead
from tests.sla.agreements import make_agreement

pytestmark = pytest.mark.django_db

RULES = ("scorecard_gate", "discovery_id", "final_word_id", "max_cycles")


def sign(workspace: Workspace, **changed: Any) -> Agreement:
    """An agreement on the policy as it stands, but `changed`."""
    policy = HandoffPolicy.objects.get(workspace=workspace)
    now = {name: getattr(policy, name) for name in RULES}
    return make_agreement(workspace, terms={"policy": now | changed})


def set_policy(workspace: Workspace, **fields: Any) -> None:
    HandoffPolicy.objects.filter(workspace=workspace).update(**fields)


def test_without_an_agreement_the_row_counts(workspace: Workspace) -> None:
    set_policy(workspace, max_cycles=7)
    assert policy_in_force(workspace) == HandoffPolicy.objects.get(workspace=workspace)
    policy = policy_in_force(workspace)
    assert policy is not None
    assert policy.max_cycles == 7


def test_it_costs_one_query(
    workspace: Workspace, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    sign(workspace)
    with django_assert_num_queries(1):
        policy = policy_in_force(workspace.pk)
        assert policy is not None
        assert policy.discovery is not None


def test_the_gate_is_the_one_signed(workspace: Workspace, ben: User) -> None:
    sign(workspace, scorecard_gate="block")
    set_policy(workspace, scorecard_gate="off")
    lead = make_lead(workspace, stage=Stage.SAL, owner=ben)
    with pytest.raises(MoveNotAllowed, match="The scorecard has gaps"):
        opportunities.qualify(lead, by=ben, at=MONDAY_NOON)
    sign(workspace)
    opportunities.qualify(lead, by=ben, at=MONDAY_NOON)
    assert lead.stage == Stage.SQL


def test_a_lead_comes_back_by_itself_as_often_as_was_signed(
    workspace: Workspace, ben_takes_turns: User
) -> None:
    sign(workspace, max_cycles=2)
    set_policy(workspace, max_cycles=9)
    lead = receive_hot_lead(workspace)
    for cycle, why in ((2, None), (3, FallbackEntry.Why.CYCLES)):
        for offer in lead.handoffs.open():
            withdraw(offer, at=MONDAY_NOON)
        Lead.objects.filter(pk=lead.pk).update(cycle=cycle)
        offered = offering.offer(Lead.objects.get(pk=lead.pk), at=MONDAY_NOON)
        waiting = FallbackEntry.objects.waiting().filter(lead=lead).first()
        assert (offered is None) == (why is not None)
        assert (waiting.why if waiting else None) == why


def test_the_admin_says_what_of_the_policy_counts_later(
    workspace: Workspace, as_ana: Client
) -> None:
    path = f"/admin/handoff/handoffpolicy/{workspace.pk}/change/"
    assert "Signed in agreement" not in as_ana.get(path).content.decode()
    sign(workspace)
    assert "Signed in agreement 1:" in as_ana.get(path).content.decode()
    set_policy(workspace, max_cycles=9)
    for page in (path, "/admin/handoff/handoffpolicy/"):
        said = as_ana.get(page).content.decode()
        assert "Cycles offered by themselves was signed otherwise." in said
        assert "Scorecard for discovery was signed otherwise." not in said


def test_a_scorecard_that_an_agreement_asks_is_not_deleted(
    workspace: Workspace, as_ana: Client
) -> None:
    sign(workspace)
    asked = HandoffPolicy.objects.get(workspace=workspace).discovery
    assert asked is not None
    set_policy(workspace, discovery=None)
    path = f"/admin/handoff/framework/{asked.pk}/delete/"
    answer = as_ana.post(path, {"post": "yes"}, follow=True)
    assert "stays: agreement 1 asks it." in answer.content.decode()
    assert Framework.objects.filter(pk=asked.pk).exists()
