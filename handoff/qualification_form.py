"""The qualification form: its link, and what becomes of a lead's answers (001).

The link is signed and names workspace, lead and tier; who has it answers as that lead. Nothing of
it is stored: a link is good for VALID from the mail that carried it.
"""

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Protocol

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.db import transaction
from django.urls import reverse

from accounts.models import User
from handoff.corrections import correct_lead
from handoff.models import Handoff, Tier
from handoff.transitions import lock
from leadqual import outbox
from leadqual.capture import LeadFacts
from leadqual.models import Event, EventKind, Lead
from leadqual.recording import insert_events
from scoring.locks import share_model
from scoring.signals import classify

VALID: Final = timedelta(days=60)
SAME_ANSWERS: Final = timedelta(seconds=10)
"""Sent again within this time, with nothing different, it is a double click."""
FORM: Final = "qualification"
"""What `properties.form` of the event says, so that a signal can ask for this form alone."""


class LinkIsOver(LookupError):
    """The link was forged, is too old, or leads to nobody any more; which, is nobody's business."""


@dataclass(frozen=True)
class Asked:
    """Whom a link asks, and what: the tier's facts of today."""

    lead: Lead
    tier: Tier


class Answers(Protocol):
    """A cleaned form. `facts_of`: the lead's facts with the answers among them; `said`: those by
    the name of the fact, as they are kept; `in_words`: a sentence of them."""

    def facts_of(self, lead: Lead) -> LeadFacts: ...
    @property
    def said(self) -> Mapping[str, Any]: ...
    @property
    def in_words(self) -> str: ...


def address_of(lead: Lead, tier: Tier, *, at: datetime) -> str:
    """The form's whole address for this lead, good for VALID from `at`."""
    said = [lead.workspace_id, lead.pk, tier.pk, int(at.timestamp())]
    path = reverse("qualification_form", args=[_signer().sign_object(said)])
    return f"{settings.LEADQUAL_URL}{path}"


_ADDRESS: Final = r"/q/([\w:.-]+)/"


def asks(text: str, lead: Lead, *, now: datetime) -> bool:
    """Whether a mail's text carries an address at which this lead can answer."""
    for token in re.findall(_ADDRESS, text):
        with suppress(LinkIsOver):
            if asked_by(token, now=now).lead == lead:
                return True
    return False


def asked_by(token: str, *, now: datetime) -> Asked:
    """Whom the link asks; of a lead that was merged, the survivor. Raises LinkIsOver."""
    try:
        workspace, pk, tier_pk, seconds = _signer().unsign_object(token)
    except (BadSignature, ValueError, TypeError) as error:
        raise LinkIsOver from error
    tier = Tier.objects.filter(pk=tier_pk, workspace=workspace).select_related("workspace").first()
    lead = _survivor(workspace, pk)
    if now > datetime.fromtimestamp(seconds, UTC) + VALID:
        raise LinkIsOver
    if lead is None or lead.erased_at or tier is None or not tier.form_asks:
        raise LinkIsOver
    return Asked(lead, tier)


def _signer() -> Signer:
    return Signer(salt="handoff.qualification_form")


def _survivor(workspace: int, pk: int) -> Lead | None:
    leads = Lead.objects.filter(workspace=workspace).select_related("workspace", "company")
    lead = leads.filter(pk=pk).first()
    while lead and lead.merged_into_id:
        lead = leads.filter(pk=lead.merged_into_id).first()
    return lead


@transaction.atomic
def take_answers(asked: Asked, answers: Answers, *, now: datetime) -> Lead:
    """What was answered lands on the lead as said by it now: facts, an event, score and stage.

    Blank answers leave what is known; the same ones twice within seconds count once. Its person
    is told. Returns the lead as it is afterwards. Raises LinkIsOver where it has gone meanwhile.
    """
    share_model(asked.lead.workspace_id)  # before the lead, as everywhere: see scoring.scorers
    lead = lock(asked.lead)
    if lead.erased_at or lead.merged_into_id:
        raise LinkIsOver
    event = Event(
        workspace_id=lead.workspace_id,
        lead=lead,
        kind=EventKind.FORM,
        occurred_at=now,
        received_at=now,
        properties={"form": FORM, "tier": asked.tier.name, **answers.said},
    )
    since = now - SAME_ANSWERS
    if lead.events.filter(occurred_at__gte=since, properties=event.properties).exists():
        return lead
    classify([event], lead.workspace)
    insert_events([event])
    lead = correct_lead(lead, facts=answers.facts_of(lead), now=now)
    for person in _persons_of(lead):
        outbox.notify(
            workspace=lead.workspace,
            user=person,
            key=f"answered:{event.pk}",
            text=f"{lead.display_name} answered the qualification form: {answers.in_words}",
            url=reverse("lead", args=[lead.workspace.slug, lead.pk]),
        )
    return lead


def _persons_of(lead: Lead) -> list[User]:
    """Its owner, or else whom it is offered to."""
    if lead.owner:
        return [lead.owner]
    offers = lead.handoffs.filter(status=Handoff.Status.OPEN).select_related("rep")
    return [offer.rep for offer in offers]
