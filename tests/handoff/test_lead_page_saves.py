"""What is written on the lead's page: touches, scorecard, corrected facts."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User, Workspace
from handoff.models import ScorecardAnswer
from leadqual.models import Lead, Touch
from sla.models import Clock
from tests.builders import (
    make_company,
    make_lead,
)
from tests.handoff.pages import HTMX, events_of, lead_url

NEED = "scorecards/bant_plus/need/"


def test_a_touch_is_logged_with_kind_and_outcome_alone_and_stops_the_first_touch(
    as_ben: Client, ben: User, accepted: Lead
) -> None:
    answer = as_ben.post(
        lead_url(accepted, "touches/"), {"kind": "call", "outcome": "reached"}, headers=HTMX
    )
    touch = Touch.objects.get(lead=accepted)
    clock = Clock.objects.get(lead=accepted, code="first_touch")
    assert (answer.status_code, touch.kind, touch.outcome, touch.by) == (
        *(204, "call", "reached", ben),
    )
    assert clock.stopped_by == "touched"
    assert events_of(answer)["lead-touched"] is True


def test_a_double_click_logs_one_touch_but_another_outcome_is_another_touch(
    as_ben: Client, accepted: Lead
) -> None:
    for outcome in ("no_answer", "no_answer", "reached"):
        said = {"kind": "call", "outcome": outcome}
        answer = as_ben.post(lead_url(accepted, "touches/"), said, headers=HTMX)
        assert answer.status_code == 204
    logged = accepted.touches.order_by("pk").values_list("outcome", flat=True)
    assert list(logged) == ["no_answer", "reached"]


def test_a_touch_may_be_logged_at_its_own_moment_in_the_workspaces_time(
    as_ben: Client, workspace: Workspace, accepted: Lead
) -> None:
    hour_ago = (timezone.now() - timedelta(hours=1)).replace(second=0, microsecond=0)
    local = hour_ago.astimezone(workspace.zone)
    said = {"kind": "email", "outcome": "sent", "moment": f"{local:%Y-%m-%dT%H:%M}", "note": "Hi"}
    as_ben.post(lead_url(accepted, "touches/"), said, headers=HTMX)
    touch = Touch.objects.get(lead=accepted)
    assert (touch.occurred_at, touch.note) == (hour_ago, "Hi")


def test_a_touch_in_the_future_is_refused_and_the_note_is_kept(
    as_ben: Client, accepted: Lead
) -> None:
    said = {"kind": "call", "outcome": "reached", "moment": "2199-01-01T10:00", "note": "typed"}
    answer = as_ben.post(lead_url(accepted, "touches/"), said, headers=HTMX)
    assert answer.status_code == 422
    assert "The moment lies in the future" in answer.content.decode()
    assert "typed" in answer.content.decode()
    assert not Touch.objects.exists()


@pytest.mark.parametrize("moment", ["0001-01-01T00:00", "0026-03-02T14:30", "1989-12-31T23:59"])
def test_a_touch_before_1990_is_refused_and_the_page_still_opens(
    as_ben: Client, accepted: Lead, moment: str
) -> None:
    said = {"kind": "call", "outcome": "reached", "moment": moment}
    answer = as_ben.post(lead_url(accepted, "touches/"), said, headers=HTMX)
    assert answer.status_code == 422
    assert "This moment lies before 1990." in answer.content.decode()
    assert not Touch.objects.exists()
    page = as_ben.get(lead_url(accepted))
    assert page.status_code == 200
    assert 'min="1990-01-02T00:00"' in page.content.decode()


def test_an_answer_of_the_scorecard_is_saved_as_it_is_given(
    as_ben: Client, ben: User, accepted: Lead
) -> None:
    said = {"value": "2", "evidence": "Three tools, no data"}
    answer = as_ben.post(lead_url(accepted, NEED), said, headers=HTMX)
    row = ScorecardAnswer.objects.get()
    assert (row.question, row.value, row.evidence, row.by) == (
        *("need", 2, "Three tools, no data", ben),
    )
    assert "Saved" in answer.content.decode()
    assert events_of(answer) == {"scorecard-changed": True}
    page = as_ben.get(lead_url(accepted, "panels/gaps/")).content.decode()
    assert "4 gaps before SQL" in page


def test_evidence_without_a_value_is_not_taken_for_an_answer(
    as_ben: Client, accepted: Lead
) -> None:
    answer = as_ben.post(lead_url(accepted, NEED), {"evidence": "x"}, headers=HTMX)
    assert answer.status_code == 422
    assert "choose how far it is confirmed" in answer.content.decode()
    assert not ScorecardAnswer.objects.exists()


def test_a_scorecard_is_not_filled_before_sales_has_accepted(as_ben: Client, offered: Lead) -> None:
    answer = as_ben.post(lead_url(offered, NEED), {"value": "2"}, headers=HTMX)
    assert answer.status_code == 422
    assert "once sales has accepted" in answer.content.decode()


def test_facts_are_corrected_and_the_score_follows(as_ana: Client, offered: Lead) -> None:
    form = as_ana.get(lead_url(offered, "edit/")).content.decode()
    assert 'value="Head of IT"' in form
    said = {"first_name": "Hanna", "email": offered.email, "job_title": "Student", "timeline": ""}
    answer = as_ana.post(lead_url(offered, "edit/"), said)
    lead = Lead.objects.select_related("score").get(pk=offered.pk)
    assert (answer.status_code, answer["Location"]) == (302, lead_url(offered))
    assert (lead.job_title, lead.last_name, lead.company) == ("Student", "", None)
    assert lead.score.total < 80


def test_correcting_the_company_leaves_another_company_alone(
    as_ana: Client, workspace: Workspace
) -> None:
    acme = make_company(workspace, name="Acme", domain="acme.example", industry="software")
    beta = make_company(workspace, name="Beta", domain="beta.example", industry="finance")
    lead = make_lead(workspace, company=acme, first_name="Ida")
    said = {"first_name": "Ida", "company_name": "Beta", "domain": "https://www.beta.example/x"}
    as_ana.post(lead_url(lead, "edit/"), {**said, "industry": "software"})
    beta.refresh_from_db()
    assert Lead.objects.get(pk=lead.pk).company == beta
    assert (beta.industry, acme.leads.count()) == ("finance", 0)


def test_an_address_of_somebody_else_is_refused_with_a_link(
    as_ana: Client, workspace: Workspace
) -> None:
    known = make_lead(workspace, email="ida@acme.example", first_name="Ida")
    lead = make_lead(workspace, first_name="Otto")
    answer = as_ana.post(
        lead_url(lead, "edit/"), {"email": "IDA@acme.example ", "first_name": "Otto"}
    )
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Ida is known under this address." in page
    assert lead_url(known) in page
