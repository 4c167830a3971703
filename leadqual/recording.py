"""What leads did comes in: events of leads that are known, each once, many at a time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection
from psycopg.types.json import Jsonb

from accounts.models import Workspace
from leadqual.attribution import TOUCH_KEYS, Origins, apply_touch, origin
from leadqual.employers import save_all
from leadqual.identity import Hold, LeadBook, Name, TwoLeads, UnknownLead
from leadqual.models import Event, Lead


@dataclass(frozen=True)
class EventFacts:
    """One thing a lead did; the lead is named by e-mail address or external id."""

    kind: str
    occurred_at: datetime
    email: str = ""
    lead_external_id: str = ""
    external_id: str = ""
    url: str = ""
    source: str = ""
    campaign: str = ""
    properties: Mapping[str, Any] = field(default_factory=dict)

    @property
    def touch(self) -> dict[str, str]:
        return touch_in(self.properties)

    @property
    def may_move_touch(self) -> bool:
        return bool(self.source or self.campaign or self.touch)

    @property
    def lead_name(self) -> Name:
        return Name(self.email.strip(), self.lead_external_id)


def touch_in(properties: Mapping[str, Any]) -> dict[str, str]:
    return {key: str(properties[key]) for key in TOUCH_KEYS if properties.get(key)}


def build_events(
    workspace: Workspace, batch: Sequence[EventFacts], *, received_at: datetime
) -> list[Event | UnknownLead | TwoLeads]:
    """The events, not yet saved and without their signals, or why one is refused.

    Their leads are held to the transaction's end: owned where a touch is to be moved. A constant
    few queries.
    """
    hold = Hold.OWNED if any(facts.may_move_touch for facts in batch) else Hold.KEPT
    book = LeadBook(workspace, [facts.lead_name for facts in batch], hold=hold)
    leads = [_lead_of(book, facts) for facts in batch]
    meant = [facts for facts, lead in zip(batch, leads, strict=True) if isinstance(lead, Lead)]
    origins = Origins(workspace, [origin(f.source, f.campaign, f.touch) for f in meant])
    return [
        _build(lead, facts, origins, received_at) if isinstance(lead, Lead) else lead
        for facts, lead in zip(batch, leads, strict=True)
    ]


def _lead_of(book: LeadBook, facts: EventFacts) -> Lead | UnknownLead | TwoLeads:
    try:
        lead = book.find(facts.lead_name)
    except TwoLeads as refusal:
        return refusal
    named = facts.email or facts.lead_external_id
    return lead or UnknownLead(f"No lead of this workspace is known as {named}.")


def _build(lead: Lead, facts: EventFacts, origins: Origins, received_at: datetime) -> Event:
    source, campaign = origin(facts.source, facts.campaign, facts.touch)
    return Event(
        workspace_id=lead.workspace_id,
        lead=lead,
        kind=facts.kind,
        source=origins.source(source),
        campaign=origins.campaign(campaign),
        occurred_at=facts.occurred_at,
        received_at=received_at,
        external_id=facts.external_id,
        url=facts.url,
        properties=dict(facts.properties),
    )


_INSERT = """
INSERT INTO leadqual_event (workspace_id, lead_id, kind, source_id, campaign_id, occurred_at,
    received_at, signals, external_id, url, properties)
SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::bigint[], %s::bigint[],
    %s::timestamptz[], %s::timestamptz[], %s::bigint[], %s::text[], %s::text[], %s::jsonb[])
ON CONFLICT (workspace_id, external_id) WHERE external_id <> '' DO NOTHING
RETURNING id, external_id
"""


def insert_events(events: Sequence[Event]) -> list[Event]:
    """Write the events that are not known yet, in one statement, and move their leads' touches.

    Returns those written: of one external id the first, and only if nobody was faster. Whoever
    writes the same one at this moment is waited for. The others stay without an id.
    """
    named = {event.external_id: event for event in reversed(list(events)) if event.external_id}
    fresh = [event for event in events if named.get(event.external_id, event) is event]
    if not fresh:
        return []
    # One order everywhere, so that two batches with the same events never wait for each other.
    fresh.sort(key=lambda event: event.external_id)
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, list(map(list, zip(*map(_row, fresh), strict=True))))
        written = cursor.fetchall()
    ids = {external_id: pk for pk, external_id in written}
    unnamed = iter([pk for pk, external_id in written if not external_id])
    for event in fresh:
        event.pk = ids.get(event.external_id) if event.external_id else next(unnamed)
        event._state.adding = event.pk is None
    done = [event for event in events if not event._state.adding]
    _move_touches(done)
    return done


def _row(event: Event) -> tuple[Any, ...]:
    return (
        event.workspace_id,
        event.lead_id,
        event.kind,
        event.source_id,
        event.campaign_id,
        event.occurred_at,
        event.received_at,
        event.signals,
        event.external_id,
        event.url,
        Jsonb(event.properties),
    )


def _move_touches(events: Sequence[Event]) -> None:
    """In the order in which they were sent."""
    leads: dict[int, tuple[Lead, set[str]]] = {}
    for event in events:
        changed = apply_touch(
            event.lead,
            source=event.source,
            campaign=event.campaign,
            touch=touch_in(event.properties),
            at=event.occurred_at,
        )
        if changed:
            leads.setdefault(event.lead_id, (event.lead, set()))[1].update(changed)
    save_all(
        Lead.objects.all(),
        [lead for lead, _ in leads.values()],
        [names for _, names in leads.values()],
    )
