"""Promises missed in the period, with their cause: those nobody has acknowledged first, and of
those the cause that is behind most of them."""

from datetime import datetime
from typing import Any

from django.db.models import Case, Count, IntegerField, QuerySet, When, Window

from handoff.models import AgendaItem, Review
from handoff.reviews.agenda.found import MOST, Found, Part
from sla.models import Clock


def misses(review: Review) -> Found:
    """Two queries."""
    missed = _missed(review)
    new = Case(When(acknowledged_at=None, then=0), default=1, output_field=IntegerField())
    behind = Window(Count("pk"), partition_by=["cause"])
    rows = missed.annotate(new=new, behind=behind).order_by(
        "new", "-behind", "cause", "-breached_at", "-pk"
    )
    shown = list(rows.select_related("lead__company", "commitment", "person")[:MOST])
    by_cause = list(missed.values("cause").annotate(n=Count("pk")).order_by("-n", "cause"))
    causes = [
        {"code": row["cause"], "name": _cause(row["cause"]), "n": row["n"]} for row in by_cause
    ]
    total = sum(row["n"] for row in by_cause)
    return Found([_item(clock, review.opened_at) for clock in shown], total, {"causes": causes})


def _missed(review: Review) -> QuerySet[Clock]:
    return Clock.objects.of(review.workspace).filter(
        breached_at__gte=review.since, breached_at__lt=review.opened_at, lead__erased_at=None
    )


def _cause(code: str) -> str:
    return Clock.Cause(code).label if code else "Cause not found yet"


def _item(clock: Clock, now: datetime) -> AgendaItem:
    return AgendaItem(
        part=Part.MISS,
        key=f"clock:{clock.pk}",
        title=f"Missed: {clock.get_code_display()}",
        facts=_facts(clock, now),
        personal={
            "name": clock.lead.display_name,
            "company": clock.lead.company.name if clock.lead.company else "",
            "acknowledgement": clock.acknowledgement,
        },
        lead=clock.lead,
        clock=clock,
    )


def _facts(clock: Clock, now: datetime) -> dict[str, Any]:
    """`late_seconds` are by the wall clock, from the deadline to the stop, or to now."""
    until = clock.stopped_at or now
    return {
        "promise": clock.get_code_display(),
        "code": clock.code,
        "side": clock.commitment.side,
        "tier": clock.commitment.tier_name or clock.tier_code,
        "person": str(clock.person) if clock.person else "",
        "cause": clock.cause,
        "cause_words": _cause(clock.cause),
        "due_at": clock.due_at.isoformat(),
        "stopped_at": clock.stopped_at.isoformat() if clock.stopped_at else "",
        "stopped_by": clock.stopped_by,
        "late_seconds": max(0, int((until - clock.due_at).total_seconds())),
        "acknowledged": clock.acknowledged_at is not None,
    }
