"""Dashboards that leave the house: links that others may open, and mails on a schedule."""

from typing import Self

from django.db import models
from django.db.models import Q

from accounts.models import User, WorkspaceOwned, WorkspaceQuerySet


class SharedPageQuerySet(WorkspaceQuerySet["SharedPage"]):
    def valid(self, *, now: object) -> Self:
        return self.filter(revoked_at=None, expires_at__gt=now)


class SharedPage(WorkspaceOwned):
    """A link that shows one dashboard of one workspace to whoever has it, and nothing else.

    The token itself is stored nowhere: `token_hash` is its SHA-256 in hex. `query` are the page's
    filters as they stood in the address when it was shared.
    """

    page = models.SlugField(max_length=20)
    query = models.CharField(max_length=1000, blank=True)
    note = models.CharField(max_length=120, blank=True)
    token_hash = models.CharField(max_length=64, unique=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    last_opened_at = models.DateTimeField(null=True)

    objects = SharedPageQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(expires_at__gt=models.F("created_at")), name="shared_page_expires_later"
            )
        ]
        indexes = [models.Index(fields=["workspace", "-created_at"], name="shared_pages")]

    def __str__(self) -> str:
        return f"{self.page} until {self.expires_at:%Y-%m-%d}"


class ReportMail(WorkspaceOwned):
    """A dashboard mailed on a schedule. `next_at` is the moment of the next one; null: paused.

    `hour` is one of the workspace's time zone; `weekday` (0 Monday) counts for weekly ones, `day`
    (1 to 28) for monthly ones. `query` are the page's filters; its period is meant relative to the
    day of sending.
    """

    class Every(models.TextChoices):
        DAY = "day", "Every working day"
        WEEK = "week", "Every week"
        MONTH = "month", "Every month"

    page = models.SlugField(max_length=20)
    query = models.CharField(max_length=1000, blank=True)
    every = models.CharField(max_length=5, choices=Every.choices, default=Every.WEEK)
    weekday = models.PositiveSmallIntegerField(default=0)
    day = models.PositiveSmallIntegerField(default=1)
    hour = models.PositiveSmallIntegerField(default=7)
    recipients = models.ManyToManyField(User, related_name="+")
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    next_at = models.DateTimeField(null=True)
    last_sent_at = models.DateTimeField(null=True)

    objects = WorkspaceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(weekday__lte=6, day__gte=1, day__lte=28, hour__lte=23),
                name="report_mail_has_a_time",
            )
        ]
        indexes = [
            models.Index(
                fields=["next_at"], condition=Q(next_at__isnull=False), name="report_mails_due"
            )
        ]

    def __str__(self) -> str:
        return f"{self.page}, {self.get_every_display().lower()}"
