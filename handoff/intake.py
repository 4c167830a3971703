"""Where leads and events come in, from screens, the API and files alike.

One event is one transaction, readable in order: record it, score its lead, settle it. Batches
are recorded at once; the dirty queue does the rest.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import IntegrityError, transaction

from accounts.models import User, Workspace
from handoff.promotion import settle
from handoff.transitions import record_captures
from leadqual.capture import (
    EventFacts,
    LeadFacts,
    UnknownLead,
    build_event,
    capture_lead,
    find_lead,
)
from leadqual.models import Event, Lead
from scoring.scorers import score_lead
from scoring.signals import classify


@transaction.atomic
def receive_lead(
    *,
    workspace: Workspace,
    facts: LeadFacts,
    at: datetime,
    now: datetime,
    by: User | None = None,
) -> tuple[Lead, bool]:
    """Find or make the lead, score it, settle it; returns it and whether it is new.

    `at` is when it was captured. The same facts twice change nothing. Raises TwoLeads.
    """
    lead, is_new = capture_lead(workspace, facts, at=at)
    if is_new:
        record_captures([lead], by=by)
    score_lead(lead, now=now)
    return settle(lead, now=now), is_new


@transaction.atomic
def receive_event(*, workspace: Workspace, facts: EventFacts, now: datetime) -> Event | None:
    """Record one event, score its lead, settle it; None where the external id is known already.

    Raises UnknownLead, TwoLeads.
    """
    known = Event.objects.of(workspace).filter(external_id=facts.external_id)
    if facts.external_id and known.exists():
        return None
    event = build_event(_lead_of(workspace, facts), facts, received_at=now)
    classify([event], workspace)
    try:
        with transaction.atomic():
            event.save(force_insert=True)
    except IntegrityError:  # two posts of one event at the same moment: one of them is first
        if known.exists():
            return None
        raise
    score_lead(event.lead, now=now)
    settle(event.lead, now=now)
    return event


def _lead_of(workspace: Workspace, facts: EventFacts) -> Lead:
    lead = find_lead(workspace, email=facts.email, external_id=facts.lead_external_id)
    if lead is None:
        named = facts.email or facts.lead_external_id
        raise UnknownLead(f"No lead of this workspace is known as {named}.")
    return lead


@transaction.atomic
def receive_events(
    *, workspace: Workspace, batch: Sequence[EventFacts], now: datetime
) -> tuple[int, list[tuple[int, str]]]:
    """Record a batch; returns how many were new, and (index, why) of those refused.

    Scoring and settling follow through the dirty queue within seconds.
    """
    events, refused, leads = [], [], dict[tuple[str, str], Lead]()
    for index, facts in enumerate(batch):
        key = (facts.email, facts.lead_external_id)
        try:
            lead = leads.get(key) or leads.setdefault(key, _lead_of(workspace, facts))
        except (UnknownLead, ValueError) as error:
            refused.append((index, str(error)))
            continue
        events.append(build_event(lead, facts, received_at=now))
    classify(events, workspace)
    before = Event.objects.of(workspace).filter(
        external_id__in={event.external_id for event in events} - {""}
    )
    known = set(before.values_list("external_id", flat=True))
    fresh = list({event.external_id or id(event): event for event in events}.values())
    fresh = [event for event in fresh if event.external_id not in known]
    Event.objects.bulk_create(fresh, ignore_conflicts=True, batch_size=1000)
    return len(fresh), refused
