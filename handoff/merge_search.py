"""Whom a lead may be merged with, and which merges can be undone."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from handoff import unmerging
from handoff.duplicates import Likeness, known_like
from handoff.merge_records import UNDO_WITHIN
from handoff.models import LeadMerge
from leadqual.models import Lead, LeadQuerySet
from leadqual.search import named_like

SHOWN = 20


def _others(lead: Lead) -> LeadQuerySet:
    known = Lead.objects.of(lead.workspace).present().exclude(pk=lead.pk)
    return known.select_related("company", "owner")


def search(lead: Lead, text: str) -> list[Likeness]:
    """The other leads of that name, address, company or external id; newest first."""
    named = named_like(_others(lead), text, workspace=lead.workspace)
    named = named.order_by("-captured_at", "-pk")[:SHOWN]
    by_id = _others(lead).filter(external_id=text)
    found = {one.pk: one for one in [*by_id, *named]}
    return [Likeness(one, "") for one in found.values()][:SHOWN]


def perhaps_the_same(lead: Lead) -> list[Likeness]:
    """Those with the same phone number or a similar name."""
    found = {}
    if lead.phone:
        for one in _others(lead).filter(phone=lead.phone).order_by("-captured_at")[:SHOWN]:
            found[one.pk] = Likeness(one, "has the same phone number")
    alike = known_like(
        lead.workspace,
        first_name=lead.first_name,
        last_name=lead.last_name,
        company=lead.company.name if lead.company else "",
    )
    for likeness in alike:
        if likeness.lead.pk != lead.pk:
            found.setdefault(likeness.lead.pk, likeness)
    return list(found.values())


@dataclass(frozen=True)
class Earlier:
    """A merge that stands: until when it can be undone, or why it no longer can."""

    merge: LeadMerge
    days_left: int
    why_not: str


def earlier_merges(lead: Lead, *, at: datetime) -> list[Earlier]:
    """What was merged into this lead, the latest first, as long as it can be undone by date."""
    recent = LeadMerge.objects.filter(survivor=lead, undone_at=None, at__gte=at - UNDO_WITHIN)
    return [
        Earlier(
            merge,
            -((at - merge.at - UNDO_WITHIN) // timedelta(days=1)),  # rounded up
            unmerging.refusal(merge, at=at),
        )
        for merge in recent.select_related("survivor", "absorbed", "by").order_by("-pk")
    ]
