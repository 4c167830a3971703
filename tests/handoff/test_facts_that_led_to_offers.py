"""What led to an offer was known when the offer was made, whoever looks back on it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from accounts.models import User, Workspace
from handoff.corrections import correct_lead
from handoff.intake import receive_lead, receive_leads
from handoff.models import Handoff
from handoff.promotion import settle_due
from leadqual.capture import CompanyFacts, LeadFacts
from leadqual.models import AttributeChange, Lead
from scoring.scorers import score_dirty
from scoring.shadow_comparison import as_known_then
from scoring.versions import published_version
from tests.builders import HOT, MONDAY_NOON, make_lead, receive_hot_lead

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
KNOWN = replace(HOT, email="hanna@acme.example")
Tell = Callable[[Lead], object]


def by_correction(lead: Lead) -> None:
    correct_lead(lead, facts=KNOWN, now=MONDAY_NOON + HOUR)


def by_capture(lead: Lead) -> None:
    receive_lead(
        workspace=lead.workspace, facts=KNOWN, at=MONDAY_NOON + HOUR, now=MONDAY_NOON + HOUR
    )


def by_batch(lead: Lead) -> None:
    at = MONDAY_NOON + HOUR
    receive_leads(workspace=lead.workspace, batch=[(KNOWN, at)], now=at)
    score_dirty(now=at)
    settle_due(now=at)


@pytest.mark.parametrize("tell", [by_correction, by_capture, by_batch])
def test_the_facts_that_led_to_an_offer_were_known_at_its_moment(
    workspace: Workspace, ben_takes_turns: User, tell: Tell
) -> None:
    nameless = LeadFacts(company=CompanyFacts(name="Acme", domain="acme.example"))
    lead = receive_hot_lead(workspace, email="hanna@acme.example", facts=nameless)
    assert not Handoff.objects.exists()
    tell(lead)
    offer = Handoff.objects.get(lead=lead)
    assert offer.offered_at == MONDAY_NOON + HOUR
    version = published_version(workspace)
    assert version is not None
    moments = [(lead.pk, offer.offered_at), (lead.pk, offer.offered_at - HOUR / 2)]
    then, before = as_known_then(version, moments)
    assert then is not None
    assert before is not None
    assert (then.is_ready, before.is_ready) == (True, False)


def test_the_facts_of_a_lead_captured_earlier_were_known_at_its_capture(
    workspace: Workspace,
) -> None:
    lead, _ = receive_lead(workspace=workspace, facts=KNOWN, at=MONDAY_NOON - HOUR, now=MONDAY_NOON)
    moments = AttributeChange.objects.filter(lead=lead).values_list("at", flat=True)
    assert set(moments) == {MONDAY_NOON - HOUR}


def test_in_a_batch_each_lead_has_its_own_moment(workspace: Workspace) -> None:
    known = make_lead(workspace, email="ada@acme.example", captured_at=MONDAY_NOON - 9 * HOUR)
    batch = [
        (LeadFacts(email=known.email, job_title="CTO"), MONDAY_NOON - 2 * HOUR),
        (LeadFacts(email="first@acme.example", job_title="CTO"), MONDAY_NOON - 2 * HOUR),
        (LeadFacts(email="second@acme.example", job_title="CTO"), MONDAY_NOON),
    ]
    receive_leads(workspace=workspace, batch=batch, now=MONDAY_NOON)
    told = AttributeChange.objects.filter(field="job_title").values_list("lead__email", "at")
    assert dict(told) == {
        known.email: MONDAY_NOON,  # we have not known it before we were told
        "first@acme.example": MONDAY_NOON - 2 * HOUR,
        "second@acme.example": MONDAY_NOON,
    }


def test_what_is_written_afterwards_in_the_same_transaction_is_dated_by_the_clock(
    workspace: Workspace,
) -> None:
    lead = make_lead(workspace)
    correct_lead(lead, facts=KNOWN, now=MONDAY_NOON + HOUR)
    Lead.objects.filter(pk=lead.pk).update(job_title="Intern")
    newest = AttributeChange.objects.filter(lead=lead, field="job_title").order_by("-pk")[0]
    assert newest.value == "Intern"
    assert newest.at > MONDAY_NOON + HOUR
