"""What the tests of the workflow's pages share: addresses, and reading the answers."""

import json
import re
from typing import Any

from django.utils import timezone

from accounts.models import User
from handoff import scorecards
from handoff.frameworks import DISCOVERY, framework
from handoff.marking import Value
from handoff.models import Handoff
from handoff.scorecards import Said
from leadqual.models import Lead

HTMX = {"HX-Request": "true"}
QUEUE = "/w/northwind/queue/"
OFFERS = "/w/northwind/queue/offers/"
LEADS = "/w/northwind/leads/"


def offer_url(offer: Handoff, what: str) -> str:
    return f"/w/northwind/offers/{offer.pk}/{what}/"


def lead_url(lead: Lead, below: str = "") -> str:
    return f"{LEADS}{lead.pk}/{below}"


def events_of(answer: Any) -> dict[str, object]:
    """What the answer tells the page by HX-Trigger."""
    events: dict[str, object] = json.loads(answer["HX-Trigger"])
    return events


def names_in(page: bytes) -> list[str]:
    """The leads that a list shows, in order."""
    return re.findall(r'<a class="fw-medium" href="[^"]*">([^<]*)</a>', page.decode())


def pass_scorecard(lead: Lead, by: User) -> None:
    for question in framework(DISCOVERY).questions:
        scorecards.answer(
            lead,
            by=by,
            at=timezone.now(),
            question=question.code,
            said=Said(Value.CONFIRMED),
        )
