"""Each screen that applies a promise, a reason or a rule leads to its clause."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Workspace
from handoff.models import Handoff
from sla.models import Commitment
from tests.builders import receive_hot_lead
from tests.handoff.pages import HTMX, QUEUE, lead_url, offer_url
from tests.sla.agreements import make_agreement

pytestmark = pytest.mark.django_db

HERE = "/w/northwind/agreement/"


def clauses(client: Client, url: str, **kwargs: str) -> list[tuple[str, str]]:
    """The links to clauses on a page: where they lead, and their words."""
    answer = client.get(url, headers=kwargs)
    assert answer.status_code == 200
    page = answer.content.decode()
    found = re.findall(r'<a class="lq-to-clause" href="([^"]*)">([^<]*)</a>', page)
    return [(url.removeprefix(HERE), words) for url, words in found]


def test_unsigned_the_screens_say_that_the_defaults_count(
    as_ben: Client, offer_to_ben: Callable[[], Handoff]
) -> None:
    offer = offer_to_ben()
    assert clauses(as_ben, QUEUE) == [("#commitments", "Defaults: nothing is signed")]
    assert clauses(as_ben, offer_url(offer, "reject"), **HTMX) == [
        ("#reasons", "Defaults: nothing is signed")
    ]


def test_signed_they_lead_to_the_clause_of_the_agreement_in_force(
    workspace: Workspace, as_ben: Client, offer_to_ben: Callable[[], Handoff]
) -> None:
    make_agreement(workspace)
    make_agreement(workspace)
    offer = offer_to_ben()
    assert clauses(as_ben, QUEUE) == [
        ("#commitment-decide_offer", "Agreement 2, Response commitments")
    ]
    assert clauses(as_ben, offer_url(offer, "reject"), **HTMX) == [
        ("#reasons", "Agreement 2, Allowed reasons")
    ]


def test_the_promise_of_a_tier_has_its_own_place(
    workspace: Workspace, as_ben: Client, offer_to_ben: Callable[[], Handoff]
) -> None:
    offer = offer_to_ben()
    assert offer.tier is not None
    any_tier = {"code": Commitment.Code.DECIDE_OFFER, "minutes": 60}
    place = "#commitment-decide_offer"
    at = offer.offered_at - timedelta(days=1)
    make_agreement(workspace, promises=[any_tier], at=at)
    assert (place, "Agreement 1, Response commitments") in clauses(as_ben, lead_url(offer.lead))
    of_tier = any_tier | {"tier_code": offer.tier.code}
    make_agreement(workspace, promises=[any_tier, of_tier], at=at)
    own = (f"{place}-{offer.tier.code}", "Agreement 2, Response commitments")
    assert own in clauses(as_ben, lead_url(offer.lead))


def test_an_offer_from_before_the_agreement_is_promised_by_its_own_clock(
    workspace: Workspace, as_ben: Client, offer_to_ben: Callable[[], Handoff]
) -> None:
    offer = offer_to_ben()
    make_agreement(workspace, at=offer.offered_at + timedelta(minutes=1))
    found = clauses(as_ben, lead_url(offer.lead))
    assert ("#lead-clocks", "Promised before agreement 1 counted") in found


def test_a_leads_page_leads_to_the_stages_and_to_what_counts_as_qualified(
    workspace: Workspace, as_ben: Client, offer_to_ben: Callable[[], Handoff]
) -> None:
    make_agreement(workspace)
    found = clauses(as_ben, lead_url(offer_to_ben().lead))
    assert ("#stages", "Agreement 1, The stages of a lead") in found
    assert ("#qualified-lead", "Agreement 1, What counts as a qualified lead") in found


def test_a_clock_leads_to_the_agreement_that_promised_it(
    workspace: Workspace, as_ben: Client, offer_to_ben: Callable[[], Handoff]
) -> None:
    lead = offer_to_ben().lead
    url = reverse("lead_clocks", args=["northwind", lead.pk])
    assert clauses(as_ben, url) == []
    assert "a default: nothing was signed" in as_ben.get(url).content.decode()
    make_agreement(workspace)
    other = receive_hot_lead(workspace)
    make_agreement(workspace)  # what was promised before stays promised by the first
    found = clauses(as_ben, reverse("lead_clocks", args=["northwind", other.pk]))
    assert ("versions/1/#commitment-decide_offer", "Agreement 1, decide an offer") in found


def test_the_fallback_queue_and_the_rejections_lead_to_theirs(
    workspace: Workspace, as_mara: Client
) -> None:
    make_agreement(workspace)
    receive_hot_lead(workspace)  # nobody takes turns
    found = clauses(as_mara, "/w/northwind/queue/everyone/")
    assert ("#commitment-fallback", "Agreement 1, Response commitments") in found
    assert clauses(as_mara, "/w/northwind/rejections/") == [
        ("#rejection", "Agreement 1, What happens on rejection")
    ]


def test_a_model_that_goes_on_from_what_was_signed_is_named(
    workspace: Workspace, as_ben: Client, as_ana: Client, offer_to_ben: Callable[[], Handoff]
) -> None:
    lead = offer_to_ben().lead
    make_agreement(workspace, model_version=1)
    assert "signed on version" not in as_ben.get(lead_url(lead)).content.decode()
    assert "signed on version" not in as_ana.get("/w/northwind/thresholds/").content.decode()
    make_agreement(workspace, model_version=7)
    said = "signed on version 7, running version 1"
    assert said in as_ben.get(lead_url(lead)).content.decode()
    assert said in as_ana.get("/w/northwind/thresholds/").content.decode()
