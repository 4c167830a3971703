"""The API's door: who may come in, one lead, one event, and what is refused and why."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User, Workspace
from leadqual.models import Company, Event, Lead, Source, StageMove
from leadqual.stages import Stage
from scoring.models import Score, ScoreDirty
from tests.builders import make_lead, work_off
from tests.handoff.api_client import Machine

pytestmark = pytest.mark.django_db

HANNA: dict[str, Any] = {
    "email": "hanna@acme.example",
    "external_id": "crm-17",
    "first_name": "Hanna",
    "job_title": "Head of IT",
    "timeline": "immediate",
    "company": {"name": "Acme", "domain": "www.acme.example", "industry": "software"},
    "attributes": {"plan": "pro", "seats": 12, "trial": True},
    "touch": {"utm_source": "LinkedIn", "utm_campaign": "spring-demo"},
}
VISIT: dict[str, Any] = {
    "external_id": "pv-1",
    "email": "hanna@acme.example",
    "kind": "page_view",
    "occurred_at": "2025-03-03T13:00:00+01:00",
    "url": "https://northwind.example/pricing?utm_source=google",
    "properties": {"utm_source": "google", "gclid": "abc"},
}


@pytest.fixture
def machine(workspace: Workspace, ana: User) -> Machine:
    return Machine(workspace, ana)


@pytest.mark.parametrize("kind", ["leads", "events"])
def test_without_a_token_nobody_comes_in(kind: str, workspace: Workspace) -> None:
    answer = Client().post(f"/api/v1/{kind}", data="{}", content_type="application/json")
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_a_revoked_or_unknown_token_opens_nothing(machine: Machine) -> None:
    machine.token.revoked_at = timezone.now()
    machine.token.save()
    assert machine.post("leads", HANNA).status == 401
    machine.secret = "lq_guessed"
    assert machine.post("leads", HANNA).json == {"detail": "This token is unknown or was revoked."}
    assert Lead.objects.count() == 0


def test_a_person_who_is_logged_in_needs_a_token_all_the_same(as_ana: Client) -> None:
    answer = as_ana.post("/api/v1/leads", data=json.dumps(HANNA), content_type="application/json")
    assert answer.status_code == 401


def test_a_lead_comes_in_scored_and_recorded(machine: Machine) -> None:
    answer = machine.post("leads", HANNA)
    lead = Lead.objects.get()
    assert answer.status == 201
    assert answer.json == {"index": 0, "status": "created", "lead": lead.pk}
    assert (lead.first_name, lead.attributes["seats"]) == ("Hanna", 12)
    assert lead.company is not None
    assert (lead.company.name, lead.company.domain) == ("Acme", "acme.example")
    assert lead.first_source is not None
    assert (lead.first_source.name, lead.first_source.code) == ("LinkedIn", "linkedin")
    assert lead.first_campaign is not None
    assert lead.first_campaign.source == lead.first_source
    assert Score.objects.get().lead == lead
    assert ScoreDirty.objects.count() == 0
    assert StageMove.objects.filter(to_stage=Stage.NEW).count() == 1


def test_an_event_is_recorded_at_once_and_scored_and_settled_by_the_queue(
    machine: Machine,
) -> None:
    now = timezone.now()
    yesterday, just_now = now - timedelta(days=1), now - timedelta(minutes=1)
    machine.post("leads", HANNA | {"timeline": "", "captured_at": yesterday.isoformat()})
    assert Lead.objects.get().stage == Stage.NEW
    answer = machine.post("events", VISIT | {"occurred_at": just_now.isoformat()})
    lead, event = Lead.objects.get(), Event.objects.get()
    assert (answer.status, answer.json["status"], answer.json["lead"]) == (201, "created", lead.pk)
    assert (event.lead, event.signals != 0) == (lead, True)
    assert (lead.stage, ScoreDirty.objects.get().lead_id) == (Stage.NEW, lead.pk)
    work_off(now=now)
    lead.refresh_from_db()
    assert lead.stage == Stage.MQL
    assert lead.last_source is not None
    assert (lead.last_source.code, lead.last_touch["gclid"]) == ("google", "abc")
    assert lead.first_source is not None
    assert lead.first_source.code == "linkedin"


def test_the_same_twice_changes_nothing(machine: Machine) -> None:
    machine.post("leads", HANNA)
    machine.post("events", VISIT)
    work_off(now=timezone.now())
    before = _everything()
    lead, event = machine.post("leads", HANNA), machine.post("events", VISIT)
    assert (lead.status, lead.json["status"]) == (200, "unchanged")
    assert (event.status, event.json["status"]) == (200, "known")
    assert _everything() == before


def test_a_late_repetition_with_its_moment_changes_nothing(machine: Machine) -> None:
    dated = HANNA | {"captured_at": "2025-03-01T08:00:00Z"}
    machine.post("leads", dated)
    machine.post("events", VISIT)
    before = _everything()
    assert machine.post("leads", dated).json["status"] == "unchanged"
    assert _everything() == before


def _everything() -> list[Any]:
    rows: list[Any] = list(Lead.objects.order_by("pk").values())
    rows += Event.objects.order_by("pk").values()
    rows += StageMove.objects.order_by("pk").values()
    rows += Score.objects.order_by("pk").values("lead", "fit", "intent")
    return rows


def test_null_and_blank_are_not_said(machine: Machine) -> None:
    machine.post("leads", HANNA)
    answer = machine.post(
        "leads",
        {"external_id": "crm-17", "first_name": None, "job_title": "", "attributes": {"plan": ""}},
    )
    assert answer.json["status"] == "unchanged"
    lead = Lead.objects.get()
    assert (lead.first_name, lead.job_title) == ("Hanna", "Head of IT")
    assert lead.attributes == {"plan": "pro", "seats": 12, "trial": True}


def test_another_workspaces_lead_is_unknown(machine: Machine, cleo: User) -> None:
    theirs = make_lead(cleo.workspaces.get(), email="zoe@else.example", external_id="crm-99")
    by_id = VISIT | {"email": "", "lead_external_id": "crm-99"}
    for visit in (VISIT | {"email": theirs.email}, by_id):
        answer = machine.post("events", visit)
        assert answer.status == 422
        assert answer.json["errors"][0]["message"].startswith("No lead of this workspace is known")
    machine.post("leads", {"external_id": "crm-99", "first_name": "Ours"})
    theirs.refresh_from_db()
    assert theirs.first_name == ""
    assert Lead.objects.of(machine.token.workspace).get().first_name == "Ours"
    assert Event.objects.count() == 0


def test_two_names_of_two_leads_are_a_conflict(machine: Machine, workspace: Workspace) -> None:
    make_lead(workspace, email="hanna@acme.example")
    make_lead(workspace, email="other@acme.example", external_id="crm-17")
    answer = machine.post("leads", HANNA)
    assert answer.status == 409
    assert answer.json["errors"][0]["message"] == (
        "hanna@acme.example and crm-17 belong to two different leads. Merge them first."
    )
    assert (Source.objects.count(), Company.objects.count()) == (0, 0)


def test_the_document_describes_every_door_and_the_token() -> None:
    schema = Client().get("/api/schema/?format=json").json()
    assert set(schema["paths"]) == {
        "/api/v1/leads",
        "/api/v1/events",
        "/api/v1/leads/{id}/standing",
        "/api/v1/metrics/{by}",
    }
    assert schema["components"]["securitySchemes"]["workspaceToken"]["scheme"] == "bearer"
    assert schema["components"]["schemas"]["Event"]["required"] == [
        "external_id",
        "kind",
        "occurred_at",
    ]


def test_the_page_of_the_document_needs_no_script_of_its_own_and_no_other_server() -> None:
    page = Client().get("/api/docs/")
    text = page.content.decode()
    assert page.status_code == 200
    assert "'unsafe-inline'" not in _directive(
        page.headers["Content-Security-Policy"], "script-src"
    )
    assert "<script>" not in text
    assert "https://" not in text
    script = Client().get("/api/docs/?script=")
    assert script.headers["Content-Type"].startswith("application/javascript")
    assert '"validatorUrl": null' in script.content.decode()


def _directive(policy: str, name: str) -> str:
    return next(part for part in policy.split("; ") if part.startswith(name))
