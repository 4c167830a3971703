"""How often a workspace holds each review, when the next is due, and which are overdue.

A review counts for the day on which one is due, held late or up to half an interval early; one that
is held earlier than that comes on top. By months the next one falls on the same day of a later
month, by days so many days after the closing.
"""

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import OuterRef, QuerySet, Subquery

from accounts.models import Workspace
from handoff.models import Review, ReviewCadence, ReviewKind

Unit = ReviewCadence.Unit
STARTERS: Final = {
    ReviewKind.METRICS: (1, Unit.MONTHS),
    ReviewKind.THRESHOLDS: (60, Unit.DAYS),
    ReviewKind.CALIBRATION: (3, Unit.MONTHS),
}
"""Monthly metrics, thresholds every 60 days, calibration and hygiene every quarter (000, 001)."""
LAST_DAY_OF_EVERY_MONTH: Final = 28
"""By months a review is due on a day that every month has."""


@dataclass(frozen=True)
class Due:
    """A review that should have been held on `on`, `days` days ago; `review` is the id of the one
    that has been opened for it and is still open."""

    workspace_id: int
    kind: ReviewKind
    on: date
    days: int
    review: int | None

    @property
    def words(self) -> str:
        ago = "1 day" if self.days == 1 else f"{self.days} days"
        return f"The review “{self.kind.label}” is {ago} overdue"


def install_starter_cadences(workspace: Workspace, *, today: date) -> None:
    """The three of a new workspace; `today` is its local day."""
    ReviewCadence.objects.bulk_create(
        ReviewCadence(
            workspace=workspace,
            kind=kind,
            every=every,
            unit=unit,
            next_due=_first(every, unit, today),
        )
        for kind, (every, unit) in STARTERS.items()
    )


def _first(every: int, unit: str, today: date) -> date:
    """A whole interval away; by months the first of a month."""
    if unit == Unit.DAYS:
        return today + timedelta(days=every)
    away = months_after(today, every)
    return away if away.day == 1 else months_after(away.replace(day=1), 1)


def cadences_of(workspace: Workspace) -> list[ReviewCadence]:
    """In the order of their kinds; one query."""
    rows = {row.kind: row for row in ReviewCadence.objects.of(workspace)}
    return [rows[kind] for kind in ReviewKind.values if kind in rows]


def overdue(workspace: Workspace, *, today: date) -> list[Due]:
    """The reviews of the workspace that are overdue on that local day, the oldest first; one query.

    Due today is not overdue yet; one that is open stays overdue until it is closed.
    """
    return _due(ReviewCadence.objects.of(workspace).filter(next_due__lt=today), today)


def overdue_of(workspaces: Iterable[Workspace], *, now: datetime) -> dict[int, list[Due]]:
    """The same of several, each by its own calendar, by workspace id; one query. Without any: an
    empty list."""
    today = {each.pk: now.astimezone(each.zone).date() for each in workspaces}
    found: dict[int, list[Due]] = {pk: [] for pk in today}
    latest = max(today.values(), default=date.min)
    for due in _due(ReviewCadence.objects.filter(workspace__in=today, next_due__lt=latest), latest):
        days = (today[due.workspace_id] - due.on).days
        if days > 0:  # where it is still the day itself it is not overdue
            found[due.workspace_id].append(replace(due, days=days))
    return found


def _due(cadences: QuerySet[ReviewCadence], today: date) -> list[Due]:
    opened = Review.objects.open().filter(workspace=OuterRef("workspace"), kind=OuterRef("kind"))
    rows = cadences.filter(is_on=True).annotate(review=Subquery(opened.values("pk")[:1]))
    return [
        Due(pk, ReviewKind(kind), on, (today - on).days, review)
        for pk, kind, on, review in rows.order_by("next_due", "pk").values_list(
            "workspace", "kind", "next_due", "review"
        )
    ]


@transaction.atomic
def set_cadence(
    cadence: ReviewCadence, *, every: int, unit: str, is_on: bool, next_due: date
) -> ReviewCadence:
    """Settle how often it is held and when next. Raises ValidationError, by field."""
    held = ReviewCadence.objects.select_for_update().get(pk=cadence.pk)
    held.every, held.unit, held.is_on, held.next_due = every, unit, is_on, next_due
    held.full_clean()
    if unit == Unit.MONTHS and next_due.day > LAST_DAY_OF_EVERY_MONTH:
        last = LAST_DAY_OF_EVERY_MONTH
        raise ValidationError({"next_due": f"Choose a day up to the {last}th: every month has it."})
    held.save()
    return held


def due_after(cadence: ReviewCadence, *, closed_on: date) -> date:
    """When the next is due, once one was closed on that local day; always later than it."""
    if closed_on < cadence.next_due - _half(cadence):
        return cadence.next_due
    if cadence.unit == Unit.DAYS:
        return closed_on + timedelta(days=cadence.every)
    times = 1
    while (on := months_after(cadence.next_due, times * cadence.every)) <= closed_on:
        times += 1
    return on


def _half(cadence: ReviewCadence) -> timedelta:
    days = cadence.every if cadence.unit == Unit.DAYS else 30 * cadence.every
    return timedelta(days=days // 2)


def months_after(day: date, months: int) -> date:
    """The same day so many months later; the last of the month where it has no such day."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
