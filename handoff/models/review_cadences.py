"""When joint reviews are due: each kind in a rhythm that the workspace sets."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from accounts.models import WorkspaceOwned, WorkspaceQuerySet


class ReviewKind(models.TextChoices):
    """What is reviewed; `handoff.reviews.agenda.making` says which parts the agenda of each has."""

    METRICS = "metrics", "Metrics"
    THRESHOLDS = "thresholds", "Thresholds"
    CALIBRATION = "calibration", "Calibration and hygiene"


class ReviewCadence(WorkspaceOwned):
    """How often a workspace holds a review of a kind, and the local day on which the next is due.

    Overdue from the day after `next_due` on, until it is held (closed). Switched off it is never
    due, and can be held all the same.
    """

    class Unit(models.TextChoices):
        DAYS = "days", "days"
        MONTHS = "months", "months"

    kind = models.CharField(max_length=12, choices=ReviewKind.choices)
    every = models.PositiveSmallIntegerField(
        validators=[MinValueValidator(1), MaxValueValidator(366)]
    )
    unit = models.CharField(max_length=6, choices=Unit.choices)
    is_on = models.BooleanField("is held", default=True)
    next_due = models.DateField("next due on")

    objects = WorkspaceQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        verbose_name_plural = "review cadences"
        constraints = [
            models.UniqueConstraint(fields=["workspace", "kind"], name="one_cadence_a_kind"),
            models.CheckConstraint(condition=Q(every__gte=1), name="cadence_goes_on"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.rhythm}"

    @property
    def rhythm(self) -> str:
        """“every month”, “every 60 days”."""
        one = {"days": "day", "months": "month"}[self.unit]
        return f"every {one}" if self.every == 1 else f"every {self.every} {self.unit}"
