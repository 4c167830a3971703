"""A clock: one running promise for one lead. Deadlines are moments, in business time."""

from datetime import datetime, timedelta
from typing import Final, Self

from django.contrib.postgres.fields import ArrayField
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

LATE: Final = timedelta(minutes=5)
"""What comes to our knowledge later than this after it happened is marked."""


class ClockQuerySet(WorkspaceQuerySet["Clock"]):
    def running(self) -> Self:
        return self.filter(stopped_at=None)

    def due(self, *, now: datetime) -> Self:
        """Running clocks at which something has to be noticed: a warning or a breach.

        Strictly after the moment: at the very `due_at` a stop still keeps the promise.
        """
        return self.running().filter(next_check_at__lt=now)

    def missed(self, *, now: datetime) -> Self:
        """As `sla.queries.state_of` says of one and `sla.compliance` of many, and so are the next
        three: as soon as the deadline has passed, running or not, swept or not."""
        return self.filter(Q(breached_at__isnull=False) | Q(stopped_at=None, due_at__lt=now))

    def met(self) -> Self:
        return self.filter(stopped_at__isnull=False, breached_at=None).exclude(
            stopped_by=TAKEN_BACK
        )

    def in_time(self, *, now: datetime) -> Self:
        """Running, and not late."""
        return self.running().filter(breached_at=None, due_at__gte=now)

    def taken_back(self) -> Self:
        return self.filter(stopped_by=TAKEN_BACK, breached_at=None)

    def untold_warnings(self) -> Self:
        """Running clocks that warn and whose people have not been told yet."""
        return self.running().filter(warned__gt=F("told"))

    def unanswered_breaches(self) -> Self:
        """Breaches to which `handoff` has not reacted yet."""
        return self.filter(breached_at__isnull=False, answered_at=None)


class Clock(WorkspaceOwned):
    """`subject_key` names what is promised, such as handoff:17; it has one clock a promise.

    `code` and `tier_code` are those of the commitment. `days`, `minutes`, `calendar` and
    `warn_percents` are the terms at the start (see Commitment), `calendar` the one that counts:
    the commitment's or the person's own. `warn_ats` are the moments of the warnings, ascending,
    moved by pauses as `due_at` is; of them `warned` have been noticed by the sweep and `told` been
    told to people. `paused_seconds` is the business time of its pauses (ClockPause) together.

    `breached_at` is the true moment (`due_at`), `noticed_at` when the sweep found it.
    `next_check_at` is the next warning or deadline while the clock runs. A stop at the very
    `due_at` keeps the promise. `stop_recorded_at` is when we came to know of the stop: later than
    `stopped_at` for a touch that was logged late. `answered_at` is when `handoff` reacted to the
    breach, with its `cause`. `error` says why the sweep had to step over this row; it tries again
    later.
    """

    class Cause(models.TextChoices):
        """Why a promise was missed, as `handoff` finds it when it reacts."""

        PERSON = "person", "Who was held to it was late"
        NOBODY = "nobody", "Nobody was available"
        SYSTEM = "system", "The system was late"
        DATA = "data", "The data stood in the way"

    lead = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="clocks")
    commitment = models.ForeignKey(Commitment, on_delete=models.PROTECT, related_name="clocks")
    code = models.CharField(max_length=20, choices=Commitment.Code.choices)
    tier_code = models.CharField(max_length=60, blank=True, db_default="")
    subject_key = models.CharField(max_length=60)
    person = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    calendar = models.ForeignKey(
        BusinessCalendar, on_delete=models.PROTECT, related_name="clocks", db_index=False
    )
    minutes = models.PositiveIntegerField()
    days = models.PositiveSmallIntegerField(default=0, db_default=0)
    warn_percents = ArrayField(models.PositiveSmallIntegerField())
    started_at = models.DateTimeField()
    warn_ats = ArrayField(models.DateTimeField())
    warned = models.PositiveSmallIntegerField(default=0, db_default=0)
    told = models.PositiveSmallIntegerField(default=0, db_default=0)
    paused_seconds = models.PositiveIntegerField(default=0, db_default=0)
    due_at = models.DateTimeField()
    next_check_at = models.DateTimeField(null=True)
    breached_at = models.DateTimeField(null=True)
    noticed_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    cause = models.CharField(max_length=8, choices=Cause.choices, blank=True, db_default="")
    stopped_at = models.DateTimeField(null=True)
    stopped_by = models.CharField(max_length=30, blank=True)  # accepted, rejected, touched …
    stop_recorded_at = models.DateTimeField(null=True)
    business_seconds = models.PositiveIntegerField(null=True)  # from start to stop, pauses left out
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    acknowledgement = models.TextField(blank=True, db_default="")
    error = models.TextField(blank=True)

    objects = ClockQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subject_key", "code", "workspace"], name="clock_once"),
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
            models.CheckConstraint(
                condition=Q(acknowledged_at=None, acknowledged_by=None)
                | Q(acknowledged_at__isnull=False, acknowledged_by__isnull=False),
                name="clock_acknowledged_whole",
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
                fields=["id"],
                condition=Q(stopped_at=None, warned__gt=F("told")),
                name="clock_warning_untold",
            ),
            models.Index(
                fields=["person", "due_at"],
                condition=Q(stopped_at=None),
                name="clock_running_of_person",
            ),
            models.Index(
                fields=["calendar"], condition=Q(stopped_at=None), name="clock_running_by_calendar"
            ),
            models.Index(
                fields=["workspace", "due_at", "id"],
                condition=Q(stopped_at=None),
                name="clock_running_by_urgency",
            ),
            models.Index(
                fields=["workspace", "breached_at", "id"],
                condition=Q(breached_at__isnull=False),
                name="clock_breached",
            ),
            # Asked every quarter of a minute; few run, among all that people are held to.
            models.Index(
                fields=["id"],
                condition=Q(
                    stopped_at=None, code__in=[Commitment.Code.SCORED, Commitment.Code.OFFERED]
                ),
                name="clock_running_of_system",
            ),
            # Compliance counts clocks where they fall due. With the counted columns included it
            # would be half the table, and a month would be counted a sixth faster.
            models.Index(fields=["workspace", "due_at", "id"], name="clock_due"),
            models.Index(fields=["lead", "started_at"], name="clock_of_lead"),
        ]

    def __str__(self) -> str:
        return f"{self.get_code_display()} for {self.subject_key}, due {self.due_at}"

    @property
    def next_moment(self) -> datetime:
        """The first warning that was not noticed yet, or the deadline."""
        return next(iter(self.warn_ats[self.warned :]), self.due_at)

    @property
    def warn_at(self) -> datetime | None:
        """The first warning; None where the promise gives none."""
        return next(iter(self.warn_ats), None)

    @property
    def warned_at(self) -> datetime | None:
        """The last warning that was noticed, at its true moment."""
        return self.warn_ats[self.warned - 1] if self.warned else None

    @property
    def logged_late(self) -> bool:
        """What stopped it was written down well after it happened, or only after the deadline."""
        if self.stopped_at is None or self.stop_recorded_at is None:
            return False
        passed_meanwhile = self.stopped_at <= self.due_at < self.stop_recorded_at
        return passed_meanwhile or self.stop_recorded_at - self.stopped_at > LATE

    @property
    def noticed_late(self) -> bool:
        """The breach was found well after it happened, as when no worker was there to sweep."""
        if self.breached_at is None or self.noticed_at is None:
            return False
        return self.noticed_at - self.breached_at > LATE


class ClockPause(models.Model):
    """A span for which a clock stands still: the lead asked to be called back on a date.

    `business_seconds` of the clock's calendar lie between `since` and `until` (later than `since`;
    it may lie ahead: the clock's deadline has moved by as much already), rounded up, and no longer
    than the clock runs; 0 where it began at the deadline or later and changes nothing. Pauses of a
    clock do not overlap.
    """

    clock = models.ForeignKey(Clock, on_delete=models.CASCADE, related_name="pauses")
    since = models.DateTimeField()
    until = models.DateTimeField()
    business_seconds = models.PositiveIntegerField()
    why = models.CharField(max_length=120)
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["since", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(until__gt=F("since")), name="pause_ends_after_start")
        ]

    def __str__(self) -> str:
        return f"{self.why} ({self.since} to {self.until})"
