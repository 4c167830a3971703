"""The form of a rejection asks exactly what the chosen reason asks, and loses nothing."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import Role, User, Workspace
from handoff.models import Handoff, RejectionReason
from leadqual.models import Lead, Touch
from leadqual.stages import Stage
from tests.builders import make_custom_field, make_lead, make_member
from tests.handoff.pages import HTMX, events_of, lead_url, offer_url

pytestmark = pytest.mark.django_db


def post(client: Client, offer: Handoff, code: str, **said: Any) -> Any:
    reason = RejectionReason.objects.of(offer.workspace).get(code=code)
    return client.post(offer_url(offer, "reject"), {"reason": reason.pk, **said}, headers=HTMX)


def asks_of(text: str) -> dict[str, str]:
    """What each reason's choice says it asks, by the reason's id."""
    found = re.findall(r'name="reason"[^>]* value="(\d+)".*?data-asks="([^"]*)"', text, re.S)
    return dict(found)


def test_each_choice_names_the_fields_that_it_asks(
    as_ben: Client, workspace: Workspace, offer_to_ben: Callable[[], Handoff]
) -> None:
    form = as_ben.get(offer_url(offer_to_ben(), "reject"), headers=HTMX).content.decode()
    asks = asks_of(form)
    said = {reason.code: asks[str(reason.pk)] for reason in RejectionReason.objects.of(workspace)}
    assert said["no-budget"] == "note"
    assert said["timeline-too-long"] == "wake_on note"
    assert said["wrong-territory"] == "company_country note"
    assert said["too-small"] == "employees note"
    assert said["bad-data"] == "email phone note"
    notes = re.findall(r'data-note="([^"]*)"', form)
    assert "Who decides there?" in notes  # has to be answered
    assert "When is the next budget decided? (optional)" in notes
    fields = set(re.findall(r'data-asked="([^"]*)"', form))
    assert fields == {"wake_on", "company_country", "employees", "email", "phone", "note"}


@pytest.mark.parametrize(
    ("code", "said", "told"),
    [
        ("not-a-decision-maker", {}, "Write a note: this reason needs it."),
        ("timeline-too-long", {"note": "Spring"}, "Choose the day on which the lead is woken."),
        ("timeline-too-long", {"wake_on": "2020-01-01"}, "Choose a day after today."),
        ("wrong-territory", {"company_country": ""}, "This reason asks for it."),
        ("wrong-territory", {"company_country": "Atlantis"}, "Atlantis"),
        ("too-small", {"employees": "some"}, "Write a whole number of people"),
        ("bad-data", {"email": "no address"}, "That is no e-mail address."),
        ("unreachable", {}, "needs 3 more attempts"),
    ],
)
def test_what_is_missing_is_said_in_place_and_nothing_is_lost(
    as_ben: Client, offer_to_ben: Callable[[], Handoff], code: str, said: dict[str, str], told: str
) -> None:
    offer = offer_to_ben()
    answer = post(as_ben, offer, code, **{"note": "", **said})
    text = answer.content.decode()
    offer.refresh_from_db()
    assert (answer.status_code, offer.status) == (422, "open")
    assert answer["HX-Retarget"] == f"#answer-{offer.pk}"
    assert told in text
    for typed in filter(None, said.values()):
        assert f'value="{typed}"' in text


def test_unchanged_data_is_not_corrected(
    as_ben: Client, offer_to_ben: Callable[[], Handoff]
) -> None:
    offer = offer_to_ben()
    same = {"email": offer.lead.email, "phone": offer.lead.phone}
    answer = post(as_ben, offer, "bad-data", **same)
    assert "Correct what is wrong; so far nothing is changed." in answer.content.decode()


def test_the_address_of_another_lead_is_refused_where_it_is_typed(
    as_ben: Client, workspace: Workspace, offer_to_ben: Callable[[], Handoff]
) -> None:
    make_lead(workspace, first_name="Otto", email="otto@acme.example")
    answer = post(as_ben, offer_to_ben(), "bad-data", email="otto@acme.example", phone="")
    assert "is known under this address" in answer.content.decode()


def test_a_corrected_fact_is_shown_in_the_answered_row(
    as_ben: Client, workspace: Workspace, offer_to_ben: Callable[[], Handoff]
) -> None:
    own = make_custom_field(workspace, key="budget", label="Budget")
    RejectionReason.objects.of(workspace).filter(code="bad-data").update(asks=[own.name, "phone"])
    offer = offer_to_ben()
    answer = post(as_ben, offer, "bad-data", phone="+49 30 1", **{own.name: "none"})
    text = answer.content.decode()
    lead = Lead.objects.get(pk=offer.lead_id)
    assert (answer.status_code, lead.phone, lead.attributes) == (
        200,
        "+49 30 1",
        {"budget": "none"},
    )
    assert "<strong>+49 30 1</strong>" in text
    assert "<strong>none</strong>" in text


def test_an_attempt_is_logged_from_the_form_with_all_that_was_typed(
    as_ben: Client, ben: User, offer_to_ben: Callable[[], Handoff]
) -> None:
    offer = offer_to_ben()
    for missing, log in ((2, "call"), (1, "message"), (0, "mail")):
        answer = post(as_ben, offer, "unreachable", log=log, note="Tried hard", phone="+49 1")
        text = answer.content.decode()
        assert answer.status_code == 200
        assert ("more attempt" in text) == (missing > 0)
        assert 'value="Tried hard"' in text
        assert 'value="+49 1"' in text
        assert "lead-touched" in events_of(answer)
    assert list(Touch.objects.order_by("pk").values_list("by", "outcome")) == [
        (ben.pk, "no_answer"),
        (ben.pk, "left_message"),
        (ben.pk, "sent"),
    ]
    assert post(as_ben, offer, "unreachable").status_code == 200
    assert Lead.objects.get(pk=offer.lead_id).stage == Stage.NURTURE


def test_after_acceptance_the_same_is_asked(
    as_ben: Client, workspace: Workspace, accepted: Lead
) -> None:
    small = RejectionReason.objects.of(workspace).get(code="too-small")
    said = {"seen": "sal", "reason": small.pk, "employees": ""}
    url = lead_url(accepted, "moves/disqualified/")
    refused = as_ben.post(url, said, headers=HTMX)
    assert (refused.status_code, "This reason asks for it." in refused.content.decode()) == (
        422,
        True,
    )
    assert as_ben.post(url, {**said, "employees": "4"}, headers=HTMX).status_code == 204
    lead = Lead.objects.select_related("company").get(pk=accepted.pk)
    assert lead.company
    assert (lead.stage, lead.company.employees) == ("disqualified", 4)


def test_who_may_not_log_touches_logs_none_here(
    as_cleo: Client, workspace: Workspace, offer_to_ben: Callable[[], Handoff]
) -> None:
    offer = offer_to_ben()
    make_member(workspace, name="Lea Der", role=Role.LEADERSHIP)
    assert post(as_cleo, offer, "unreachable", log="call").status_code == 404
    assert not Touch.objects.exists()


def test_a_corrected_fact_is_in_the_leads_history(
    as_ben: Client, offer_to_ben: Callable[[], Handoff]
) -> None:
    offer = offer_to_ben()
    post(as_ben, offer, "bad-data", email=offer.lead.email, phone="+49 30 1", note="Wrong digit")
    page = as_ben.get(lead_url(offer.lead)).content.decode()
    assert "Rejected: Bad data" in page
    assert "Phone: +49 30 1 · Wrong digit" in page


def test_an_attempt_clicked_twice_is_said_to_be_one(
    as_ben: Client, offer_to_ben: Callable[[], Handoff]
) -> None:
    offer = offer_to_ben()
    for told in ("Logged: called: no answer.", "Called: no answer was logged a moment ago"):
        answer = post(as_ben, offer, "unreachable", log="call")
        assert told in answer["HX-Trigger"]
        assert "needs 2 more attempts" in answer.content.decode()
    assert Touch.objects.of(offer.workspace).count() == 1
