"""The daily summary that dashboards read, and the marks that keep it true."""

from django.db import models
from django.utils import timezone

from accounts.models import WorkspaceOwned, WorkspaceQuerySet


class DayCount(WorkspaceOwned):
    """How many facts of a kind a day of the workspace has, in all and by each dimension.

    `kind` and the facts behind it are those of `handoff.metrics.facts`; `dimension` blank: all of
    them, else a code of `handoff.metrics.dimensions` with one of its values (blank: none known).
    Derived: `manage.py recount` makes it anew to the identical numbers.
    """

    day = models.DateField()
    kind = models.CharField(max_length=80)
    dimension = models.CharField(max_length=12, blank=True)
    value = models.CharField(max_length=200, blank=True)
    n = models.PositiveIntegerField()

    objects = WorkspaceQuerySet.as_manager()

    class Meta:
        constraints = [
            # In the order in which it is read; `n` stands in it, so that reading needs no row.
            models.UniqueConstraint(
                fields=["workspace", "kind", "dimension", "value", "day"],
                include=["n"],
                name="day_count_once",
            ),
        ]
        indexes = [models.Index(fields=["workspace", "day"], name="day_counts_of_day")]

    def __str__(self) -> str:
        return f"{self.kind} {self.dimension}={self.value} on {self.day}: {self.n}"


class CountDue(WorkspaceOwned):
    """The facts of a family around a moment have changed: their day is to be counted again.

    Written by triggers, whoever wrote the facts. `at` is rounded down to a quarter of an hour,
    which divides the days of every time zone.
    """

    class Family(models.TextChoices):
        MOVES = "moves", "Moves between stages"
        MQLS = "mqls", "MQLs and what became of them"
        OFFERS = "offers", "Offers made"
        ENDINGS = "endings", "Offers that ended"

    family = models.CharField(max_length=8, choices=Family.choices)
    at = models.DateTimeField()
    marked_at = models.DateTimeField(default=timezone.now)

    objects = WorkspaceQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["workspace", "at"], name="counts_due"),
            models.Index(fields=["workspace", "marked_at"], name="counts_due_since"),
        ]

    def __str__(self) -> str:
        return f"{self.family} at {self.at}"
