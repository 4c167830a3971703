"""One run of an import: the file, the map, how far it is, and what was refused."""

from django.db import models
from django.utils import timezone

from accounts.models import User, WorkspaceOwned, WorkspaceQuerySet


class ImportRun(WorkspaceOwned):
    """`rows_done` and the counts are committed with the rows they count: a run can be carried on.

    `flagged` rows were taken, with something about them that a person should know.
    """

    class Status(models.TextChoices):
        UPLOADED = "uploaded", "Waiting for its columns to be mapped"
        PREVIEWING = "previewing", "Being previewed"
        PREVIEWED = "previewed", "Previewed, nothing written"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"

    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    file_name = models.CharField(max_length=200)
    stored_as = models.CharField(max_length=300, blank=True)  # below MEDIA_ROOT
    mapping = models.JSONField(default=dict)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.UPLOADED)
    started_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)
    rows = models.PositiveIntegerField(default=0)
    rows_done = models.PositiveIntegerField(default=0)
    created = models.PositiveIntegerField(default=0)
    updated = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    flagged = models.PositiveIntegerField(default=0)
    refusals = models.JSONField(default=list)  # [{"row": 17, "why": …}], the first 200
    flags = models.JSONField(default=list)  # [{"row": 17, "what": …}], the first 200
    preview = models.JSONField(default=list)  # the first leads as they would become
    refused_as = models.CharField(max_length=300, blank=True)  # CSV below MEDIA_ROOT
    error = models.TextField(blank=True)

    objects = WorkspaceQuerySet.as_manager()

    class Meta:
        ordering = ["-started_at"]

    def __str__(self) -> str:
        return f"{self.file_name} ({self.get_status_display()})"

    @property
    def is_at_work(self) -> bool:
        return self.status in (self.Status.PREVIEWING, self.Status.RUNNING)

    @property
    def has_written(self) -> bool:
        """Whether leads came out of it; a failed import can be gone on with then."""
        failed_midway = self.status == self.Status.FAILED and self.rows_done > 0
        return self.status in (self.Status.RUNNING, self.Status.DONE) or failed_midway

    @property
    def can_be_mapped(self) -> bool:
        return bool(self.stored_as) and not self.is_at_work and not self.has_written

    @property
    def percent_done(self) -> int:
        """0–100 of the rows; 0 while they are being counted."""
        return 100 * self.rows_done // self.rows if self.rows else 0
