"""What the database itself refuses to forget."""

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.models import Workspace
from leadqual.models import AttributeChange, Event, StageMove
from tests.builders import MONDAY_NOON, make_company, make_event, make_lead

pytestmark = pytest.mark.django_db


def test_a_recorded_move_can_be_neither_changed_nor_deleted(workspace: Workspace) -> None:
    lead = make_lead(workspace)
    move = StageMove.objects.create(
        workspace=workspace, lead=lead, cycle=0, to_stage="new", at=MONDAY_NOON, rule="captured"
    )
    with pytest.raises(IntegrityError, match="do not change"), transaction.atomic():
        StageMove.objects.filter(pk=move.pk).update(to_stage="won")
    with pytest.raises(IntegrityError, match="kept for ever"), transaction.atomic():
        move.delete()
    assert StageMove.objects.get().to_stage == "new"


def test_the_facts_of_an_event_do_not_change_but_its_signals_may(workspace: Workspace) -> None:
    event = make_event(make_lead(workspace), url="/pricing")
    with pytest.raises(IntegrityError, match="do not change"), transaction.atomic():
        Event.objects.update(url="/blog")
    with pytest.raises(IntegrityError, match="not deleted"), transaction.atomic():
        event.delete()
    Event.objects.update(signals=5)
    assert Event.objects.get().signals == 5


def test_every_fact_of_a_lead_is_recorded_with_its_moment(workspace: Workspace) -> None:
    lead = make_lead(workspace, email="a@b.example", attributes={"team": "IT"})
    lead.job_title, lead.attributes = "Head of IT", {}
    lead.save()
    recorded = list(
        AttributeChange.objects.filter(lead=lead).order_by("id").values_list("field", "value")
    )
    assert sorted(recorded[:2]) == [("attributes.team", "IT"), ("email", "a@b.example")]
    assert sorted(recorded[2:], key=str) == [("attributes.team", None), ("job_title", "Head of IT")]
    assert AttributeChange.objects.get(field="email").at == MONDAY_NOON


def test_a_change_of_the_company_marks_its_leads_dirty(workspace: Workspace) -> None:
    company = make_company(workspace, industry="retail")
    lead = make_lead(workspace, company=company)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM scoring_scoredirty")
        company.industry = "software"
        company.save()
        cursor.execute("SELECT lead_id FROM scoring_scoredirty")
        assert cursor.fetchall() == [(lead.pk,)]
