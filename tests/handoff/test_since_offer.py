"""What changed since an offer was frozen, in words, on the lead's page and in the queue."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User, Workspace
from handoff.models import Handoff
from handoff.since_offer import Since, since_offers
from handoff.touches import log_touch
from leadqual.capture import EventFacts
from leadqual.models import Event, EventKind, Lead, TouchKind, TouchOutcome
from scoring.publishing import open_draft, publish
from tests.builders import make_event, receive_event, receive_hot_lead
from tests.handoff.pages import QUEUE, lead_url

HOUR = timedelta(hours=1)


@pytest.fixture
def offer(workspace: Workspace, ben_takes_turns: User) -> Handoff:
    """Made an hour ago."""
    return receive_hot_lead(workspace, at=timezone.now() - HOUR).handoffs.get()


def since(offer: Handoff) -> Since | None:
    return since_offers(offer.workspace, [offer], now=timezone.now()).get(offer.pk)


def does(offer: Handoff, kind: EventKind, url: str = "") -> None:
    now = timezone.now()
    facts = EventFacts(kind=kind, occurred_at=now, email=offer.lead.email, url=url)
    receive_event(workspace=offer.workspace, facts=facts, now=now)


def test_nothing_is_said_where_nothing_changed(as_ben: Client, offer: Handoff) -> None:
    assert since(offer) is None
    assert "Since the offer" not in as_ben.get(QUEUE).content.decode()
    assert "Since the offer" not in as_ben.get(lead_url(offer.lead)).content.decode()


def test_what_the_lead_did_and_what_it_made_of_the_score_is_said(
    as_ben: Client, offer: Handoff
) -> None:
    for _ in range(2):
        does(offer, EventKind.PAGE_VIEW, "https://northwind.example/pricing")
    does(offer, EventKind.DEMO_REQUEST)
    words = "asked for a demo, looked at the pricing page twice; score 80 → 100"
    found = since(offer)
    assert found
    assert found.words == words
    for url in (QUEUE, lead_url(offer.lead)):
        page = as_ben.get(url).content.decode()
        assert f"<strong>Since the offer:</strong> {words}." in page


def test_touches_facts_and_the_model_are_said(offer: Handoff, ben: User, ana: User) -> None:
    now = timezone.now()
    call, nobody = TouchKind.CALL, TouchOutcome.NO_ANSWER
    for at in (now - HOUR / 2, now):
        log_touch(offer.lead, by=ben, kind=call, outcome=nobody, at=at, now=now)
    lead = Lead.objects.get(pk=offer.lead_id)
    lead.phone, lead.job_title, lead.challenge = "+49 30 1", "CTO", ""
    lead.attributes = {"team_size": 4}
    lead.save()
    assert lead.company
    lead.company.employees = 300
    lead.company.save()
    publish(open_draft(workspace=offer.workspace, by=ana), by=ana, now=now)
    found = since(offer)
    assert found
    assert found.touches == ["we called twice"]
    assert found.facts == [
        "team size added",
        "main challenge withdrawn",
        "job title changed",
        "phone number added",
        "company size (employees) changed",
    ]
    assert found.words == (
        "we called twice; team size added, main challenge withdrawn, job title changed, 2 more; "
        "model version 1 → 2"
    )


def test_what_was_known_at_the_offer_is_no_news(offer: Handoff) -> None:
    make_event(offer.lead, occurred_at=offer.offered_at)
    make_event(offer.lead, occurred_at=offer.offered_at - HOUR)
    lead = Lead.objects.get(pk=offer.lead_id)
    lead.phone = "+49 30 1"
    lead.save()
    lead.phone = ""  # said, and taken back
    lead.save()
    assert since(offer) is None


def test_a_grade_that_moved_is_said(offer: Handoff) -> None:
    offer.grade, offer.fit = "D", 3
    found = since(offer)
    assert found
    assert found.words == "score 48 → 80; grade D → A"


def test_an_event_that_shows_no_signal_is_told_by_its_kind(offer: Handoff) -> None:
    make_event(offer.lead, kind=EventKind.EMAIL_REPLY, occurred_at=timezone.now())
    found = since(offer)
    assert found
    assert found.deeds == ["replied to an e-mail"]


def test_a_page_of_offers_costs_the_same_whatever_changed(
    workspace: Workspace, offer_to_ben: Callable[[], Handoff]
) -> None:
    offers = [offer_to_ben() for _ in range(3)]
    for each in offers:
        does(each, EventKind.DEMO_REQUEST)
    asked = []
    for some in (offers[:1], offers):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            found = since_offers(workspace, some, now=timezone.now())
        assert len(found) == len(some)
        asked.append(len(queries))
    assert asked == [6, 6]
    assert Event.objects.filter(kind=EventKind.DEMO_REQUEST).count() == 3
