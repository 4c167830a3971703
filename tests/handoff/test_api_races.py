"""The same lead or event posted at the same moment, with real connections: one row, no errors."""

import random
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User, Workspace
from handoff.intake import How
from leadqual.models import AttributeChange, Company, Event, Lead, StageMove
from leadqual.stages import Stage
from tests.at_once import at_once
from tests.builders import work_off
from tests.handoff.api_client import Machine

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 5


@pytest.fixture
def machine(workspace: Workspace, ana: User) -> Machine:
    return Machine(workspace, ana)


def hanna(n: int) -> dict[str, Any]:
    return {
        "email": f"hanna-{n}@acme.example",
        "external_id": f"crm-{n}",
        "job_title": "Head of IT",
        "timeline": "immediate",
        "company": {"name": f"Acme {n}"},
        "source": f"LinkedIn {n}",
    }


def test_one_lead_posted_four_times_at_once_is_one_lead(machine: Machine) -> None:
    for n in range(ROUNDS):
        answers = at_once(4, lambda _: machine.post("leads", hanna(n)))  # noqa: B023
        assert Counter(a.status for a in answers) == {201: 1, 200: 3}
        assert Counter(a.json["status"] for a in answers) == {"created": 1, "unchanged": 3}
    assert Lead.objects.count() == Company.objects.count() == ROUNDS
    assert StageMove.objects.filter(to_stage=Stage.NEW).count() == ROUNDS


def test_one_event_posted_four_times_at_once_is_one_event(machine: Machine) -> None:
    now = timezone.now()
    for n in range(ROUNDS):
        machine.post("leads", hanna(n))
        visit = {
            "external_id": f"pv-{n}",
            "email": f"hanna-{n}@acme.example",
            "kind": "page_view",
            "occurred_at": (now - timedelta(minutes=1)).isoformat(),
            "url": "/pricing",
        }
        answers = at_once(4, lambda _: machine.post("events", visit))  # noqa: B023
        assert Counter(a.status for a in answers) == {201: 1, 200: 3}
        assert Counter(a.json["status"] for a in answers) == {"created": 1, "known": 3}
    assert Event.objects.count() == ROUNDS


def test_different_visits_at_once_never_take_a_stage_back(machine: Machine) -> None:
    """Each visit moves the last touch of the same lead while the others promote it."""
    now = timezone.now()
    an_hour_ago = (now - timedelta(hours=1)).isoformat()
    machine.post("leads", hanna(0) | {"timeline": "", "captured_at": an_hour_ago})
    assert Lead.objects.get().stage == Stage.NEW

    def visit(n: int) -> Any:
        return machine.post(
            "events",
            {
                "external_id": f"pv-{n}",
                "lead_external_id": "crm-0",
                "kind": "demo_request",
                "occurred_at": (now - timedelta(minutes=9 - n)).isoformat(),
                "properties": {"utm_source": f"s-{n}"},
            },
        )

    def visit_or_settle(n: int) -> Any:
        return visit(n) if n < 4 else work_off(now=timezone.now())

    assert [a.status for a in at_once(6, visit_or_settle) if a] == [201] * 4
    work_off(now=timezone.now())
    lead = Lead.objects.get()
    last = lead.moves.order_by("-pk")[0]
    assert (lead.stage, last.to_stage) == (Stage.MQL, Stage.MQL)
    assert lead.last_source is not None
    assert lead.last_source.code == "s-3"


def test_overlapping_batches_at_once_count_exactly(machine: Machine) -> None:
    def shuffled(items: list[Any], seed: int) -> list[Any]:
        return random.Random(seed).sample(items, len(items))

    people = [hanna(n) for n in range(40)]
    answers = at_once(4, lambda n: machine.post("leads", shuffled(people, n)))
    assert [a.status for a in answers] == [200] * 4
    assert sum(a.json["created"] for a in answers) == 40
    assert sum(a.json["unchanged"] for a in answers) == 120
    assert Lead.objects.count() == Company.objects.count() == 40
    visits = [
        {
            "external_id": f"pv-{n}",
            "lead_external_id": f"crm-{n % 40}",
            "kind": "page_view",
            "occurred_at": "2026-03-02T12:00:00Z",
        }
        for n in range(100)
    ]
    answers = at_once(4, lambda n: machine.post("events", shuffled(visits, n)))
    assert [a.status for a in answers] == [200] * 4
    assert sum(a.json["created"] for a in answers) == 100 == Event.objects.count()
    assert sum(a.json[How.KNOWN] for a in answers) == 300


def test_different_facts_of_one_lead_at_once_are_all_kept(machine: Machine) -> None:
    machine.post("leads", {"email": "hanna@acme.example"})
    facts = [{"first_name": "Hanna"}, {"phone": "17"}, {"job_title": "CTO"}, {"country": "DE"}]
    at_once(4, lambda n: machine.post("leads", {"email": "hanna@acme.example"} | facts[n]))
    lead = Lead.objects.get()
    assert (lead.first_name, lead.phone, lead.job_title, lead.country) == (
        "Hanna",
        "17",
        "CTO",
        "DE",
    )
    assert AttributeChange.objects.filter(lead=lead).count() == 5
