"""Versions of a workspace's scoring model: one draft, one published, one shadow, and history."""

from datetime import datetime
from typing import Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import User, WorkspaceOwned, WorkspaceQuerySet


class ModelVersionQuerySet(WorkspaceQuerySet["ModelVersion"]):
    def published(self) -> Self:
        return self.filter(status=ModelVersion.Status.PUBLISHED)

    def draft(self) -> Self:
        return self.filter(status=ModelVersion.Status.DRAFT)

    def shadow(self) -> Self:
        return self.filter(status=ModelVersion.Status.SHADOW)


class ModelVersion(WorkspaceOwned):
    """Rules, bands, thresholds and definitions, immutable once published or run as a shadow.

    A shadow scores every lead beside the published version, from `shadow_since` on and without
    any consequence, until it is published or ended (`shadow_until`).

    `rule_set` is the first version with these same rules (ICP, attribute and intent rules,
    disqualifiers, decay): publishing a version that shares it rescores nobody. Points decay by
    `inactivity_percent` for each whole week without an event (001). An MQL is demoted when its
    definition fails even with `demote_margin` points granted to fit, intent and total.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        PUBLISHED = "published", "Published"
        RETIRED = "retired", "Retired"
        SHADOW = "shadow", "Shadow"
        ENDED = "ended", "Shadow ended"

    number = models.PositiveIntegerField(editable=False)
    status = models.CharField(
        max_length=10, choices=Status.choices, default=Status.DRAFT, editable=False
    )
    note = models.TextField(blank=True, help_text="What this version changes, and why.")
    author = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, editable=False, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    published_at = models.DateTimeField(null=True, editable=False)
    published_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, editable=False, related_name="+"
    )
    shadow_since = models.DateTimeField(null=True, editable=False)
    shadow_until = models.DateTimeField(null=True, editable=False)
    rule_set = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, editable=False, related_name="+"
    )
    inactivity_percent = models.PositiveSmallIntegerField(
        "decay per idle week (%)",
        default=10,
        validators=[MaxValueValidator(100)],
        help_text="How much of the intent score each whole week without activity takes away.",
    )
    demote_margin = models.PositiveSmallIntegerField(
        "demotion margin (points)",
        default=5,
        validators=[MaxValueValidator(100)],
        help_text="An MQL is taken back only when it falls this far below the definition.",
    )
    wake_points = models.PositiveSmallIntegerField(
        "points that wake a nurtured lead",
        default=20,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
        help_text="Intent earned since the recycle; the old total does not count.",
    )
    required_facts = models.JSONField(
        "facts a rep needs",
        default=list,
        blank=True,
        help_text="Hand-off waits until these are known: enough context to personalise.",
    )

    objects = ModelVersionQuerySet.as_manager()

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["workspace", "number"], name="version_number_once"),
            models.UniqueConstraint(
                fields=["workspace"], condition=Q(status="published"), name="one_published_version"
            ),
            models.UniqueConstraint(
                fields=["workspace"], condition=Q(status="draft"), name="one_draft_version"
            ),
            models.UniqueConstraint(
                fields=["workspace"], condition=Q(status="shadow"), name="one_shadow_version"
            ),
            models.CheckConstraint(
                condition=Q(status__in=["draft", "shadow", "ended"], published_at=None)
                & Q(rule_set=None)
                | Q(status__in=["published", "retired"])
                & Q(published_at__isnull=False, rule_set__isnull=False),
                name="version_published_whole",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["draft", "published", "retired"])
                & Q(shadow_since=None, shadow_until=None)
                | Q(status="shadow", shadow_since__isnull=False, shadow_until=None)
                | Q(status__in=["ended", "published", "retired"])
                & Q(shadow_since__isnull=False, shadow_until__isnull=False),
                name="version_shadow_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"Version {self.number} ({self.get_status_display().lower()})"

    @property
    def final_since(self) -> datetime | None:
        """Since when nothing of it can change any more; None for a draft."""
        return self.published_at or self.shadow_since


class VersionPart(models.Model):
    """Base of everything that belongs to one version."""

    version = models.ForeignKey(ModelVersion, on_delete=models.CASCADE, related_name="%(class)ss")

    class Meta:
        abstract = True


class Axis(models.TextChoices):
    FIT = "fit", "Fit"
    INTENT = "intent", "Intent"


class Band(VersionPart):
    """A named part of the 0–100 scale of fit or intent; it ends where the next begins."""

    axis = models.CharField(max_length=6, choices=Axis.choices)
    name = models.CharField(max_length=30)
    floor = models.PositiveSmallIntegerField(
        "from points", validators=[MinValueValidator(0), MaxValueValidator(100)]
    )

    class Meta:
        ordering = ["axis", "floor"]
        constraints = [
            models.UniqueConstraint(fields=["version", "axis", "floor"], name="band_floor_once"),
            models.UniqueConstraint(fields=["version", "axis", "name"], name="band_name_once"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.get_axis_display().lower()} (from {self.floor})"


class GradeCell(VersionPart):
    """One cell of the fit × intent matrix."""

    class Grade(models.TextChoices):
        A = "A", "A"
        B = "B", "B"
        C = "C", "C"
        D = "D", "D"

    fit_band = models.CharField(max_length=30)
    intent_band = models.CharField(max_length=30)
    grade = models.CharField(max_length=2, choices=Grade.choices)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["version", "fit_band", "intent_band"], name="grade_cell_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.fit_band} fit × {self.intent_band} intent = {self.grade}"
