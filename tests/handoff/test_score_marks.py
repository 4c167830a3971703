"""What must be seen beside a score: an override that ended behind an offer, a disqualifier, a
person who disqualified the lead."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User, Workspace
from handoff import detours, score_overrides
from handoff.models import RejectionReason
from leadqual.models import Lead
from scoring.publishing import open_draft, publish
from scoring.rescoring import rescore_workspace
from tests.builders import receive_hot_lead
from tests.handoff.pages import HTMX, LEADS, lead_url

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
QUEUE = "/w/northwind/queue/"


def put(lead: Lead, by: User, **fields: Any) -> Lead:
    now = timezone.now()
    usual = {"fit": 90, "intent": 80, "reason": "Met at the fair", "expires_at": now + 14 * DAY}
    return score_overrides.put(lead, by=by, **{**usual, "now": now, **fields})


def text_of(client: Client, address: str) -> str:
    return " ".join(client.get(address).content.decode().split())


@pytest.fixture
def cold(workspace: Workspace, ben_takes_turns: User) -> Lead:
    return receive_hot_lead(workspace, pricing_page=False, at=timezone.now())


def test_an_offer_says_that_the_override_behind_it_has_ended(
    as_mara: Client, as_ben: Client, cold: Lead, mara: User
) -> None:
    put(cold, mara)
    said = "The override behind this offer (fit 90 and intent 80 by Mara Lindt) ended"
    pages = ((as_ben, QUEUE), (as_mara, lead_url(cold, "panels/offer/")))
    assert [said in text_of(*page) for page in pages] == [False, False]
    score_overrides.end(cold.overrides.get(), by=mara, now=timezone.now())
    assert cold.handoffs.get().status == "open"
    assert [said in text_of(*page) for page in pages] == [True, True]
    put(cold, mara, fit=91)
    assert [said in text_of(*page) for page in pages] == [False, False]


def test_a_disqualifier_is_marked_in_the_header_and_the_list(
    as_mara: Client, cold: Lead, workspace: Workspace
) -> None:
    pages = (lead_url(cold, "panels/header/"), LEADS)
    assert ["Disqualified: " in text_of(as_mara, page) for page in pages] == [False, False]
    draft = open_draft(workspace=workspace, by=None, now=timezone.now())
    draft.disqualifiers.create(
        name="From afar", reason="No", field="job_title", operator="known", value=[]
    )
    rescore_workspace(publish(draft, by=None, now=timezone.now()), now=timezone.now())
    assert ["Disqualified: From afar" in text_of(as_mara, page) for page in pages] == [True, True]


def test_the_score_panel_says_who_disqualified_the_lead(
    as_mara: Client, cold: Lead, mara: User, workspace: Workspace
) -> None:
    panel = lead_url(cold, "panels/score/")
    assert "Disqualified by" not in text_of(as_mara, panel)
    reason = RejectionReason.objects.of(workspace).filter(outcome="disqualified").first()
    assert reason is not None
    detours.disqualify(cold, by=mara, at=timezone.now(), reason=reason, note="")
    text = text_of(as_mara, panel)
    assert "<strong>Disqualified by Mara Lindt</strong> on" in text
    assert f": {reason.name.lower()}, whatever its score" in text
    assert "no rule of the model disqualifies it." in text


def test_the_form_has_the_focus_and_the_reason_that_stands(
    as_mara: Client, cold: Lead, mara: User
) -> None:
    put(cold, mara)
    form = as_mara.get(lead_url(cold, "override/"), headers=HTMX).content.decode()
    assert form.count("autofocus") == 1
    assert "Met at the fair</textarea>" in form
