"""A clock: one running promise for one lead. Deadlines are moments, in business time."""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import F, Q

from accounts.models import User, WorkspaceOwned, WorkspaceQuerySet
from leadqual.models import Lead
from sla.models.calendars import BusinessCalendar
from sla.models.commitments import Commitment

TAKEN_BACK = "withdrawn"
"""A clock stopped by this word in time is neither kept nor missed: nobody was held to it."""

RAN_OUT = "expired"
"""A clock stopped by this word at its deadline is missed: nothing was done until then."""


class ClockQuerySet(WorkspaceQuerySet["Clock"]):
    def running(self) -> Self:
        return self.filter(stopped_at=None)

    def due(self, *, now: datetime) -> Self:
        """Running clocks at which something has to be noticed: a warning or a breach.

        Strictly after the moment: at the very `due_at` a stop still keeps the promise.
        """
        return self.running().filter(next_check_at__lt=now)

    def taken_back(self) -> Self:
        return self.filter(stopped_by=TAKEN_BACK, breached_at=None)

    def unanswered_breaches(self) -> Self:
        """Breaches to which `handoff` has not reacted yet."""
        return self.filter(breached_at__isnull=False, answered_at=None)


class Clock(WorkspaceOwned):
    """`subject_key` names what is promised, such as handoff:17; it has one clock a promise.

    `breached_at` is the true moment (`due_at`), `noticed_at` when the sweep found it; so is
    `warned_at` (`warn_at`). `next_check_at` is the next warning or deadline while the clock runs.
    A stop at the very `due_at` keeps the promise. `calendar`, `minutes` and `warn_percent` are
    those of the start: an edited commitment counts for new clocks only. `error` says why the
    sweep had to step over this row; it tries again later.
    """

    lead = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="clocks")
    commitment = models.ForeignKey(Commitment, on_delete=models.PROTECT, related_name="clocks")
    subject_key = models.CharField(max_length=60)
    person = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    calendar = models.ForeignKey(
        BusinessCalendar, on_delete=models.PROTECT, related_name="clocks", db_index=False
    )
    minutes = models.PositiveIntegerField()
    warn_percent = models.PositiveSmallIntegerField()
    started_at = models.DateTimeField()
    warn_at = models.DateTimeField()
    due_at = models.DateTimeField()
    next_check_at = models.DateTimeField(null=True)
    warned_at = models.DateTimeField(null=True)
    breached_at = models.DateTimeField(null=True)
    noticed_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    stopped_at = models.DateTimeField(null=True)
    stopped_by = models.CharField(max_length=30, blank=True)  # accepted, rejected, touched …
    business_seconds = models.PositiveIntegerField(null=True)  # from start to stop
    error = models.TextField(blank=True)

    objects = ClockQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["commitment", "subject_key"], name="clock_once"),
            models.CheckConstraint(
                condition=Q(stopped_at=None, stopped_by="", business_seconds=None)
                | (Q(stopped_at__isnull=False, business_seconds__isnull=False) & ~Q(stopped_by="")),
                name="clock_stopped_whole",
            ),
            models.CheckConstraint(
                condition=Q(breached_at=None, noticed_at=None)
                | Q(breached_at=F("due_at"), noticed_at__isnull=False),
                name="clock_breach_at_true_moment",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_check_at"],
                condition=Q(stopped_at=None, next_check_at__isnull=False),
                name="clock_next_check",
            ),
            models.Index(
                fields=["id"],
                condition=Q(breached_at__isnull=False, answered_at=None),
                name="clock_breach_unanswered",
            ),
            models.Index(
                fields=["person", "due_at"],
                condition=Q(stopped_at=None),
                name="clock_running_of_person",
            ),
            models.Index(
                fields=["calendar"], condition=Q(stopped_at=None), name="clock_running_by_calendar"
            ),
            models.Index(fields=["lead", "started_at"], name="clock_of_lead"),
            models.Index(fields=["workspace", "commitment", "started_at"], name="clock_report"),
        ]

    def __str__(self) -> str:
        return f"{self.commitment.get_code_display()} for {self.subject_key}, due {self.due_at}"
