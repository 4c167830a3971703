"""Both numbers and the reasons why not, read by machines."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User, Workspace
from handoff import score_overrides
from leadqual.models import Lead
from scoring.models import Score
from tests.builders import make_lead, make_user, make_workspace, receive_hot_lead
from tests.handoff.api_client import Machine

pytestmark = pytest.mark.django_db


@pytest.fixture
def machine(workspace: Workspace) -> Machine:
    return Machine(workspace, make_user())


@pytest.fixture
def lead(workspace: Workspace) -> Lead:
    return receive_hot_lead(workspace, pricing_page=False, at=timezone.now())


def test_a_lead_says_what_it_is_worth_and_why_it_is_not_ready(machine: Machine, lead: Lead) -> None:
    answer = machine.get(f"leads/{lead.pk}/standing")
    assert (answer.status, answer.json["lead"], answer.json["stage"]) == (200, lead.pk, "mql")
    said = answer.json["standing"]
    assert (said["fit"], said["intent"], said["total"], said["version"]) == (35, 25, 60, 1)
    assert (said["is_mql"], said["is_ready"], said["why_not_mql"]) == (True, False, [])
    assert said["why_not_ready"] == [
        "The total is 60 of the 65 points that the hand-off rule asks for."
    ]
    assert said["override"] is None


def test_an_override_stands_beside_it(machine: Machine, lead: Lead, mara: User) -> None:
    now = timezone.now()
    score_overrides.put(
        lead,
        by=mara,
        fit=90,
        intent=None,
        reason="Met",
        expires_at=now + timedelta(days=1),
        now=now,
    )
    said = machine.get(f"leads/{lead.pk}/standing").json["standing"]
    assert (said["total"], said["is_ready"]) == (60, True)
    beside = said["override"]
    assert (beside["fit"], beside["intent"], beside["total"]) == (90, 25, 115)
    assert (beside["says_fit"], beside["says_intent"], beside["by"], beside["reason"]) == (
        *(True, False, "Mara Lindt", "Met"),
    )


def test_a_merged_lead_answers_as_its_survivor_and_an_unscored_one_without_numbers(
    machine: Machine, workspace: Workspace, lead: Lead
) -> None:
    absorbed = make_lead(workspace, merged_into=lead)
    assert machine.get(f"leads/{absorbed.pk}/standing").json["lead"] == lead.pk
    Score.objects.all().delete()
    assert machine.get(f"leads/{lead.pk}/standing").json["standing"] is None


def test_strangers_and_erased_people_are_not_found(
    machine: Machine, workspace: Workspace, lead: Lead
) -> None:
    erased = make_lead(workspace, erased_at=timezone.now())
    assert machine.get(f"leads/{erased.pk}/standing").status == 404
    stranger = Machine(make_workspace(), make_user())
    assert stranger.get(f"leads/{lead.pk}/standing").status == 404
    assert Client().get(f"/api/v1/leads/{lead.pk}/standing").status_code == 401
