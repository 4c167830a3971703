"""Rejected leads of the period that nobody has reviewed yet, the most telling first.

That is by the reasons that dominate: four of the most frequent reason, then four of the next, and
so on, and then the following four of each; of one reason the latest first.
"""

from typing import Any, Final

from django.db.models import Count, F, IntegerField, Q, QuerySet, Value, Window
from django.db.models.functions import Cast, RowNumber

from handoff.models import AgendaItem, Handoff, Review
from handoff.reviews.agenda.found import MOST, Found, Part

EACH: Final = 4
"""Of one reason in a row."""


def rejects(review: Review) -> Found:
    """Three queries."""
    waiting = _waiting(review)
    of_reason = Window(Count("pk"), partition_by=["reason"])
    rank = Window(RowNumber(), partition_by=["reason"], order_by=["-decided_at", "-pk"])
    ranked = waiting.annotate(of_reason=of_reason, rank=rank)
    turn = Cast((F("rank") - 1) / Value(EACH), IntegerField())
    order = (turn.asc(), "-of_reason", "reason", "rank")
    rows = ranked.select_related("lead__company", "reason", "rep", "source", "tier")
    shown = list(rows.order_by(*order)[:MOST])
    counts = waiting.values("reason__code", "reason__name", "reason__questions")
    by_reason = list(counts.annotate(n=Count("pk")).order_by("-n", "reason__position"))
    total = sum(row["n"] for row in by_reason)
    reasons = [
        {"code": row["reason__code"], "name": row["reason__name"], "n": row["n"]}
        for row in by_reason
    ]
    items = [_item(handoff, total) for handoff in shown]
    return Found(items, total, {"reasons": reasons})


def _waiting(review: Review) -> QuerySet[Handoff]:
    return Handoff.objects.of(review.workspace).filter(
        Q(upheld=None) | Q(reviewed_at__gt=review.opened_at),
        status=Handoff.Status.REJECTED,
        decided_at__gte=review.since,
        decided_at__lt=review.opened_at,
        lead__erased_at=None,
    )


def _item(handoff: Handoff, total: int) -> AgendaItem:
    reason = handoff.reason
    assert reason is not None  # noqa: S101 - a constraint: rejected
    return AgendaItem(
        part=Part.REJECT,
        key=f"handoff:{handoff.pk}",
        title=f"Rejected: {reason.name}",
        facts=_facts(handoff, total),
        personal={
            "name": handoff.lead.display_name,
            "company": handoff.lead.company.name if handoff.lead.company else "",
            "note": handoff.note,
            "why_now": handoff.why_now,
        },
        lead=handoff.lead,
        handoff=handoff,
    )


def _facts(handoff: Handoff, total: int) -> dict[str, Any]:
    reason, decided = handoff.reason, handoff.decided_at
    return {
        "reason": reason.name if reason else "",
        "code": reason.code if reason else "",
        "questions": reason.get_questions_display() if reason else "",
        "of_reason": handoff.of_reason,  # type: ignore[attr-defined]
        "rejected": total,
        "grade": handoff.grade,
        "fit": handoff.fit,
        "intent": handoff.intent,
        "model_version": handoff.model_version,
        "tier": handoff.tier.name if handoff.tier else "",
        "source": handoff.source.name if handoff.source else "",
        "rep": str(handoff.rep),
        "cycle": handoff.cycle,
        "offered_at": handoff.offered_at.isoformat(),
        "decided_at": decided.isoformat() if decided else "",
    }
