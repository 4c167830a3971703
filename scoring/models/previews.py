"""A preview: what a version would have done to a stretch of real history, and how far it is."""

from datetime import datetime, timedelta
from typing import Self

from django.db import models
from django.db.models import Q

from accounts.models import User, WorkspaceOwned, WorkspaceQuerySet
from scoring.models.versions import ModelVersion


class PreviewQuerySet(WorkspaceQuerySet["Preview"]):
    def at_work(self) -> Self:
        return self.filter(status__in=Preview.AT_WORK)

    def done(self) -> Self:
        return self.filter(status=Preview.Status.DONE)

    def weighable(self) -> Self:
        """Those over which thresholds can be moved: reports of before do not say when which ones
        were first reached, or how many offers were decided, and need a rerun."""
        return self.done().filter(report__has_key="decided")


class Preview(WorkspaceOwned):
    """`version` scored over the leads of [since, until), beside `against`, the one that was in
    force when it was asked for.

    The worker takes the leads in the order of their ids, some thousands a transaction, and
    commits what they add to `partial` together with how far it is: one that dies loses a chunk,
    and no lead is counted twice. `report` is what came out. `capacity` is how many offers a week
    the reps can take, null where nobody said. `fingerprint` is that of the version's rules when
    it was asked for: a draft may have changed since.
    """

    class Status(models.TextChoices):
        WAITING = "waiting", "Waiting"
        RUNNING = "running", "Running"
        STOPPED = "stopped", "Stopped"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"

    AT_WORK = (Status.WAITING, Status.RUNNING)

    version = models.ForeignKey(ModelVersion, on_delete=models.CASCADE, related_name="previews")
    against = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, null=True, related_name="+")
    fingerprint = models.CharField(max_length=64)
    requested_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    requested_at = models.DateTimeField()
    since = models.DateTimeField()
    until = models.DateTimeField()
    capacity = models.PositiveIntegerField(null=True)
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.WAITING)
    after_lead_id = models.BigIntegerField(default=0)
    leads_done = models.PositiveIntegerField(default=0)
    leads_total = models.PositiveIntegerField(default=0)
    partial = models.JSONField(default=dict)
    report = models.JSONField(null=True)
    error = models.TextField(blank=True)
    finished_at = models.DateTimeField(null=True)

    objects = PreviewQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["version"],
                condition=Q(status__in=["waiting", "running"]),
                name="one_preview_at_work",
            ),
            models.CheckConstraint(
                condition=Q(since__lt=models.F("until")), name="preview_of_some_time"
            ),
            models.CheckConstraint(
                condition=Q(status="done", report__isnull=False, finished_at__isnull=False)
                | Q(report=None) & ~Q(status="done"),
                name="preview_done_whole",
            ),
        ]
        indexes = [
            models.Index(fields=["workspace", "-id"], name="preview_newest"),
            models.Index(
                fields=["id"],
                condition=Q(status__in=["waiting", "running"]),
                name="preview_at_work",
            ),
        ]

    def __str__(self) -> str:
        return f"Preview of version {self.version.number} ({self.get_status_display().lower()})"

    @property
    def last_day(self) -> datetime:
        """A moment of the last day that is looked at."""
        return self.until - timedelta(microseconds=1)

    @property
    def is_at_work(self) -> bool:
        return self.status in self.AT_WORK

    @property
    def percent_done(self) -> int:
        """0–100; nothing to do is all done."""
        return 100 * self.leads_done // self.leads_total if self.leads_total else 100
