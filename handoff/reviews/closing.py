"""Closing a review: its minutes are frozen, and the next one gets its day.

One that was opened by mistake, in which nobody has said anything, is discarded instead.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from accounts.models import User
from handoff.models import Minutes, Review, ReviewCadence
from handoff.reviews.cadences import due_after
from handoff.reviews.due_news import settle_news
from handoff.reviews.figures import figures
from handoff.reviews.held import held
from handoff.reviews.minutes import hash_of, minutes_of
from handoff.reviews.taking_part import come_in
from handoff.transitions import MoveNotAllowed


@transaction.atomic
def close(review: Review, *, by: User, at: datetime) -> Minutes:
    """End it for good; from now on nothing in it changes. Safe to repeat: what is closed stays as
    it was closed, by whoever was first."""
    rows = Review.objects.select_related("workspace", "opened_by")
    locked = rows.select_for_update(of=("self",)).get(pk=review.pk)
    if locked.closed_at is not None:
        return locked.minutes
    locked.step += 1
    come_in(locked, by=by, at=at)
    locked.closed_at, locked.closed_by = at, by
    document = minutes_of(locked, closing=figures(locked, at=at))
    minutes = Minutes.objects.create(
        review=locked, document=document, document_hash=hash_of(document), at=at
    )
    locked.save()
    _schedule(locked, at)
    return minutes


def discard(review: Review) -> None:
    """As if it had never been opened. Raises MoveNotAllowed once somebody has marked, noted or
    decided something, SomeoneWasFaster where it is closed."""
    with transaction.atomic():
        with held(review.pk) as locked:
            said = Q(marks__isnull=False) | ~Q(outcome="")
            if locked.items.filter(said).exists() or locked.decisions.exists():
                raise MoveNotAllowed("Something was said in it already. Close it: it gets minutes.")
            locked.items.all().delete()
            locked.participants.all().delete()
        Review.objects.filter(pk=locked.pk).delete()  # it stays locked until this is committed


def _schedule(review: Review, at: datetime) -> None:
    cadences = ReviewCadence.objects.of(review.workspace).filter(kind=review.kind)
    cadence = cadences.select_for_update().first()
    if cadence is None:
        return
    closed_on = at.astimezone(review.workspace.zone).date()
    settle_news(cadence, at=at)
    cadence.next_due = due_after(cadence, closed_on=closed_on)
    cadence.save(update_fields=["next_due"])
