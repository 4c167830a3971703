"""Typed facts of the workspace's own through the API: fitting ones are stored as their type."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User, Workspace
from leadqual.custom_fields import Kind
from leadqual.models import Lead
from tests.builders import make_custom_field, make_workspace
from tests.handoff.api_client import Machine

NO_NUMBER = "“12k” is no number: write digits only, such as 1250 or 12.5."


@pytest.fixture
def machine(workspace: Workspace, ana: User) -> Machine:
    make_custom_field(workspace, key="budget", kind=Kind.NUMBER)
    make_custom_field(workspace, key="plan", kind=Kind.CHOICE, choices=["Free", "Team"])
    make_custom_field(workspace, key="fleet", kind=Kind.BOOL, of="company")
    make_custom_field(workspace, key="ends", kind=Kind.DATE)
    make_custom_field(workspace, key="retired", kind=Kind.NUMBER, is_active=False)
    make_custom_field(make_workspace(), key="theirs", kind=Kind.NUMBER)
    return Machine(workspace, ana)


def hanna(n: int = 1, *, fleet: Any = None, **attributes: Any) -> dict[str, Any]:
    company = {"name": "Acme", "attributes": {"fleet": fleet}}
    return {"email": f"hanna-{n}@acme.example", "company": company, "attributes": attributes}


def test_facts_are_stored_as_their_type(machine: Machine) -> None:
    said: dict[str, Any] = {
        "budget": "12500",
        "plan": "TEAM",
        "loose": "12k",
        "retired": "12k",
        "theirs": "12k",
        "ends": "2026-12-31",
    }
    assert machine.post("leads", hanna(fleet="yes", **said)).status == 201
    lead = Lead.objects.select_related("company").get()
    assert lead.company is not None
    assert lead.attributes == {**said, "budget": 12500, "plan": "Team"}
    assert lead.company.attributes == {"fleet": True}
    again = machine.post("leads", hanna(fleet=True, budget=12500, plan="team"))
    assert again.json["status"] == "unchanged"


def test_a_fact_of_another_type_is_refused_by_its_name(machine: Machine) -> None:
    assert machine.refusal("leads", hanna(budget="12k", plan=7, fleet="perhaps")) == {
        "attributes.budget": NO_NUMBER,
        "attributes.plan": "“7” is none of the choices: Free, Team.",
        "company.attributes.fleet": "“perhaps” is neither yes nor no.",
    }
    assert machine.refusal("leads", hanna(budget=True)) == {
        "attributes.budget": "“true” is no number: write digits only, such as 1250 or 12.5."
    }
    assert machine.refusal("leads", hanna(ends="31/12/2026")) == {
        "attributes.ends": "“31/12/2026” is no date: write year, month and day, as 2026-12-31."
    }
    assert Lead.objects.count() == 0


def test_null_and_blank_say_nothing(machine: Machine) -> None:
    machine.post("leads", hanna(budget=5, plan="Free", fleet=True))
    answer = machine.post("leads", hanna(budget=None, plan="", fleet=" "))
    assert answer.json["status"] == "unchanged"
    assert Lead.objects.get().attributes == {"budget": 5, "plan": "Free"}


def test_of_a_batch_only_what_does_not_fit_is_refused(machine: Machine) -> None:
    answer = machine.post("leads", [hanna(1, budget=1), hanna(2, budget="12k"), hanna(3, plan="")])
    assert (answer.status, answer.json["created"], answer.json["refused"]) == (200, 2, 1)
    assert answer.json["items"][1] == {
        "index": 1,
        "status": "refused",
        "errors": [{"field": "attributes.budget", "message": NO_NUMBER}],
    }


def test_a_batch_asks_for_the_fields_once(machine: Machine) -> None:
    with CaptureQueriesContext(connection) as queries:
        machine.post("leads", [hanna(n, budget=n) for n in range(20)])
    asked = [query["sql"] for query in queries if "leadqual_customfield" in query["sql"]]
    assert len(asked) == 1


def test_the_description_of_the_api_says_so(as_ana: Client) -> None:
    schema = as_ana.get("/api/schema/?format=json").json()
    lead = schema["components"]["schemas"]["Lead"]["properties"]["attributes"]["description"]
    assert "has to fit" in lead
    assert "`attributes.budget`" in schema["paths"]["/api/v1/leads"]["post"]["description"]
