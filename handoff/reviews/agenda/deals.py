"""Wins and losses of the period, scored again: would our best customers qualify today?

Each lead as it was known when it was handed to sales, by the model in force now, beside the score
it had then. The moment is the accepted offer of the deal's cycle, else its first counted move into
MQL, and without either its capture. Wins by amount, the best customers first; losses, too.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from django.db.models import DateTimeField, F, FloatField, OuterRef, QuerySet, Subquery, TextField
from django.db.models.functions import Coalesce

from handoff.models import AgendaItem, Handoff, Opportunity, Review
from handoff.reviews.agenda.found import MOST, Found, Part
from leadqual.models import StageMove
from leadqual.stages import Stage
from scoring.models import ModelVersion
from scoring.scored_then import Then, scored_then
from scoring.versions import published_version

LOOKED_AT: Final = 200
"""So many of the greatest deals are scored again; more make no other answer, and no faster one."""


def won(review: Review) -> Found:
    return _deals(review, won=True)


def lost(review: Review) -> Found:
    return _deals(review, won=False)


def _deals(review: Review, *, won: bool) -> Found:
    """A constant number of queries, about a dozen where something was closed."""
    closed = _closed(review, won=won)
    total = closed.count()
    deals = list(_with_moments(closed).order_by("-amount", "-pk")[:LOOKED_AT]) if total else []
    version = published_version(review.workspace)
    today = _today(deals, version) if version else {}
    figures = {
        "model_version": version.number if version else None,
        "scored": len(today),
        "qualify": sum(then.is_mql for then in today.values()),
    }
    part = Part.WON if won else Part.LOST
    telling = _telling(deals, today, won=won)[:MOST]
    return Found([_item(part, deal, today.get(deal.pk)) for deal in telling], total, figures)


def _today(deals: Sequence[Opportunity], version: ModelVersion) -> dict[int, Then]:
    """By deal; of a lead with several deals in the period the greatest alone."""
    greatest = {deal.lead_id: deal for deal in reversed(deals)}
    moments = {lead_id: deal.qualified_at for lead_id, deal in greatest.items()}  # type: ignore[attr-defined]
    found = scored_then(moments, version) if moments else {}
    return {greatest[lead_id].pk: then for lead_id, then in found.items()}


def _telling(
    deals: Sequence[Opportunity], today: Mapping[int, Then], *, won: bool
) -> list[Opportunity]:
    """What contradicts the model first: wins that would not qualify, losses that would."""

    def agrees(deal: Opportunity) -> bool:
        then = today.get(deal.pk)
        return then is None or then.is_mql == won

    return sorted(deals, key=lambda deal: (agrees(deal), -deal.amount, -deal.pk))


def _closed(review: Review, *, won: bool) -> QuerySet[Opportunity]:
    return Opportunity.objects.of(review.workspace).filter(
        won=won,
        closed_at__gte=review.since,
        closed_at__lt=review.opened_at,
        lead__erased_at=None,
        lead__merged_into=None,
    )


def _with_moments(deals: QuerySet[Opportunity]) -> QuerySet[Opportunity]:
    offers = Handoff.objects.filter(
        lead=OuterRef("lead"), cycle=OuterRef("cycle"), status=Handoff.Status.ACCEPTED
    ).order_by("offered_at", "pk")
    moves = StageMove.objects.filter(
        lead=OuterRef("lead"), cycle=OuterRef("cycle"), to_stage=Stage.MQL, counted=True
    ).order_by("at", "pk")

    def first(name: str, moment: str, kind: Any) -> Coalesce:
        return Coalesce(
            Subquery(offers.values(moment if name == "at" else name)[:1]),
            Subquery(moves.values(name)[:1]),
            output_field=kind,
        )

    return deals.select_related("lead__company", "lead__first_source", "lead__owner").annotate(
        qualified_at=Coalesce(
            first("at", "offered_at", DateTimeField()),
            F("lead__captured_at"),
            output_field=DateTimeField(),
        ),
        then_fit=first("fit", "fit", FloatField()),
        then_intent=first("intent", "intent", FloatField()),
        then_grade=first("grade", "grade", TextField()),
        then_version=first("model_version", "model_version", FloatField()),
    )


def _item(part: Part, deal: Opportunity, today: Then | None) -> AgendaItem:
    what = "Won" if part == Part.WON else "Lost"
    return AgendaItem(
        part=part,
        key=f"deal:{deal.pk}",
        title=f"{what}: {deal.amount:,.0f} {deal.currency}",
        facts=_facts(deal, today),
        personal={
            "name": deal.lead.display_name,
            "company": deal.lead.company.name if deal.lead.company else "",
            "why_not": today.why_not_mql if today else [],
        },
        lead=deal.lead,
        deal=deal,
    )


def _facts(deal: Opportunity, today: Then | None) -> dict[str, Any]:
    lead, closed = deal.lead, deal.closed_at
    then: Any = deal  # what the query has added
    moment: datetime = then.qualified_at
    return {
        "amount": str(deal.amount),
        "currency": deal.currency,
        "closed_at": closed.isoformat() if closed else "",
        "lost_reason": deal.get_lost_reason_display() if deal.lost_reason else "",
        "source": lead.first_source.name if lead.first_source else "",
        "owner": str(lead.owner) if lead.owner else "",
        "handed_over_at": moment.isoformat(),
        "then": {
            "fit": then.then_fit,
            "intent": then.then_intent,
            "grade": then.then_grade or "",
            "version": int(then.then_version) if then.then_version is not None else None,
        },
        "today": today.numbers if today else None,
    }
