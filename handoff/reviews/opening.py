"""Opening a review: who is asked to it, and its agenda with the facts of that moment."""

from datetime import date, datetime, timedelta
from typing import Final

from django.db import IntegrityError, transaction

from accounts.models import User, Workspace
from handoff.models import AgendaItem, Participant, Review, ReviewCadence, ReviewKind
from handoff.reviews.agenda.making import make_agenda
from handoff.reviews.cadences import STARTERS, Unit, months_after
from handoff.reviews.figures import figures
from handoff.reviews.taking_part import asked, join

FARTHEST: Final = timedelta(days=366)
"""A review looks back no further, however long ago the last was held."""


def open_review(workspace: Workspace, *, kind: str, by: User, at: datetime) -> Review:
    """The open review of that kind; where there is none, a new one with its agenda. `by` is in it.

    Of two who open it at once, both get the same. ValueError for a kind that there is not.
    """
    kind = ReviewKind(kind)
    review = open_one(workspace, kind=kind)
    if review is None:
        try:
            with transaction.atomic():
                review = _open(workspace, kind, by, at)
        except IntegrityError:  # somebody else has opened it this moment
            review = open_one(workspace, kind=kind)
            if review is None:
                raise
    join(review, by=by, at=at)
    review.refresh_from_db()
    return review


def open_one(workspace: Workspace, *, kind: str) -> Review | None:
    rows = Review.objects.of(workspace).open().select_related("workspace", "opened_by")
    return rows.filter(kind=kind).first()


def _open(workspace: Workspace, kind: ReviewKind, by: User, at: datetime) -> Review:
    cadences = ReviewCadence.objects.of(workspace).filter(kind=kind)
    cadence = cadences.select_for_update().first()  # whoever opens it too waits here
    if review := open_one(workspace, kind=kind):
        return review
    today = at.astimezone(workspace.zone).date()
    review = Review.objects.create(
        workspace=workspace,
        kind=kind,
        due=cadence.next_due if cadence and cadence.is_on and cadence.next_due <= today else None,
        since=_since(workspace, kind, cadence, at),
        opened_at=at,
        opened_by=by,
    )
    Participant.objects.bulk_create(asked(review))
    items, review.parts = make_agenda(review)
    AgendaItem.objects.bulk_create(items)
    review.figures = figures(review, at=at)
    review.save()
    return review


def _since(
    workspace: Workspace, kind: ReviewKind, cadence: ReviewCadence | None, at: datetime
) -> datetime:
    """Where the last one of the kind stopped looking; before the first, one interval back."""
    last = Review.objects.of(workspace).filter(kind=kind).order_by("-opened_at").first()
    every, unit = (cadence.every, cadence.unit) if cadence else STARTERS[kind]
    back = timedelta(days=every if unit == Unit.DAYS else _days_of(every, at.date()))
    since = last.opened_at if last else at - back
    return max(min(since, at), at - FARTHEST)


def _days_of(months: int, day: date) -> int:
    return (day - months_after(day, -months)).days
