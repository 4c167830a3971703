"""What is still open: decisions of earlier reviews, and what waits for a decision."""

from handoff.models import AgendaItem, Review, ReviewItem
from handoff.reviews.agenda.found import MOST, Found, Part
from handoff.reviews.deciding import open_decisions


def carried(review: Review) -> Found:
    """Decisions that are not done, the most overdue first; two queries."""
    waiting = open_decisions(review.workspace).exclude(review=review)
    today = review.opened_at.astimezone(review.workspace.zone).date()
    shown = list(waiting[:MOST])
    items = [
        AgendaItem(
            part=Part.DECISION,
            key=f"decision:{decision.pk}",
            title=decision.text if len(decision.text) <= 300 else f"{decision.text[:299]}…",
            facts={
                "owner": str(decision.owner),
                "due": str(decision.due),
                "days_over": max(0, (today - decision.due).days),
                "review": decision.review_id,
                "effect": decision.effect,
            },
            decision=decision,
        )
        for decision in shown
    ]
    overdue = waiting.filter(due__lt=today).count()
    return Found(items, waiting.count(), {"overdue": overdue})


def to_decide(review: Review) -> Found:
    """Open items that the product has raised, the oldest first; two queries."""
    waiting = ReviewItem.objects.of(review.workspace).open().select_related("owner")
    waiting = waiting.filter(opened_at__lte=review.opened_at)
    shown = list(waiting.order_by("opened_at", "pk")[:MOST])
    items = [
        AgendaItem(
            part=Part.TO_DECIDE,
            key=f"review-item:{item.pk}",
            title=item.get_kind_display(),
            facts={
                "says": item.words,
                "opened_at": item.opened_at.isoformat(),
                "owner": str(item.owner) if item.owner else "",
                "side": item.side,
            },
            review_item=item,
        )
        for item in shown
    ]
    return Found(items, waiting.count())
