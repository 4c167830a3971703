"""The number that a person puts beside a lead's score: with a reason, and for a time."""

from datetime import datetime, timedelta
from typing import Self

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q

from accounts.models import User, WorkspaceOwned, WorkspaceQuerySet
from leadqual.models import Lead

LONGEST = timedelta(days=366)
REASON_LENGTH = 500


class ScoreOverrideQuerySet(WorkspaceQuerySet["ScoreOverride"]):
    def standing(self) -> Self:
        """Those that nobody has ended and no sweep has: valid until they expire."""
        return self.filter(ended_at=None)

    def valid(self, *, at: datetime) -> Self:
        return self.filter(ended_at=None, at__lte=at, expires_at__gt=at)


class ScoreOverride(WorkspaceOwned):
    """A second number, never the score itself; the score goes on being computed beside it.

    `fit` and `intent` are 0–100; the blank one stays as computed. Valid from `at` until
    `expires_at` (excluded), or `ended_at` where that is earlier: a person ended it (`ended_by`) or
    put another one in its place, or the sweep noted that it has expired (`ended_by` is null).
    """

    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="overrides")
    fit = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MaxValueValidator(100)]
    )
    intent = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MaxValueValidator(100)]
    )
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=REASON_LENGTH)
    at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    objects = ScoreOverrideQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["lead"], condition=Q(ended_at=None), name="one_override_a_lead"
            ),
            models.CheckConstraint(
                condition=Q(fit__isnull=False) | Q(intent__isnull=False),
                name="override_says_something",
            ),
            models.CheckConstraint(
                condition=(Q(fit=None) | Q(fit__lte=100)) & (Q(intent=None) | Q(intent__lte=100)),
                name="override_in_range",
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("at"), expires_at__lte=F("at") + LONGEST),
                name="override_expires",
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, ended_by=None)
                | Q(ended_at__gte=F("at"), ended_at__lte=F("expires_at")),
                name="override_ended_whole",
            ),
        ]
        indexes = [
            models.Index(F("workspace"), F("at").desc(), F("id").desc(), name="override_newest"),
            models.Index(F("lead"), F("at").desc(), name="override_of_lead"),
            models.Index(
                fields=["expires_at"], condition=Q(ended_at=None), name="override_expiring"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.words} until {self.expires_at:%Y-%m-%d}"

    @property
    def words(self) -> str:
        """What was said: “fit 80 and intent 60”, “intent 60”."""
        said = (("fit", self.fit), ("intent", self.intent))
        return " and ".join(f"{name} {points}" for name, points in said if points is not None)

    @property
    def until(self) -> datetime:
        """When it stopped, or will stop, being valid."""
        return self.ended_at or self.expires_at

    def is_valid(self, *, at: datetime) -> bool:
        return self.at <= at < self.until
