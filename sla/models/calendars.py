"""Business calendars as people enter them; `sla.business_time` computes with them."""

from django.db import models
from django.db.models import F, Q

from accounts.models import User, WorkspaceOwned, WorkspaceQuerySet
from accounts.models.workspaces import validate_time_zone


class BusinessCalendar(WorkspaceOwned):
    name = models.CharField(max_length=80)
    timezone = models.CharField(
        "time zone", max_length=64, default="UTC", validators=[validate_time_zone]
    )
    country = models.CharField(
        max_length=2, blank=True, help_text="Public holidays of this country are closed days."
    )
    subdivision = models.CharField(
        max_length=10, blank=True, help_text="State or province, where its holidays differ."
    )

    objects = WorkspaceQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["workspace", "name"], name="calendar_name_once")
        ]

    def __str__(self) -> str:
        return self.name


class Weekday(models.IntegerChoices):
    MONDAY = 0, "Monday"
    TUESDAY = 1, "Tuesday"
    WEDNESDAY = 2, "Wednesday"
    THURSDAY = 3, "Thursday"
    FRIDAY = 4, "Friday"
    SATURDAY = 5, "Saturday"
    SUNDAY = 6, "Sunday"


class WorkingRange(models.Model):
    """Local opening hours; 00:00 as the end means midnight, the end of that day."""

    calendar = models.ForeignKey(BusinessCalendar, on_delete=models.CASCADE, related_name="ranges")
    weekday = models.PositiveSmallIntegerField(choices=Weekday.choices)
    start = models.TimeField()
    end = models.TimeField()

    class Meta:
        ordering = ["weekday", "start"]
        constraints = [
            models.CheckConstraint(
                condition=Q(end__gt=F("start")) | Q(end="00:00"), name="range_ends_after_start"
            ),
            models.UniqueConstraint(fields=["calendar", "weekday", "start"], name="range_once"),
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.start:%H:%M}–{self.end:%H:%M}"


class CalendarException(models.Model):
    """One date that differs: closed, or open from `start` to `end`."""

    calendar = models.ForeignKey(
        BusinessCalendar, on_delete=models.CASCADE, related_name="exceptions"
    )
    date = models.DateField()
    start = models.TimeField(null=True, blank=True)
    end = models.TimeField(null=True, blank=True)
    note = models.CharField(max_length=120, blank=True)

    class Meta:
        ordering = ["date", "start"]
        constraints = [
            models.CheckConstraint(
                condition=Q(start=None, end=None)
                | Q(start__isnull=False, end__gt=F("start"))
                | Q(start__isnull=False, end="00:00"),
                name="exception_closed_or_open",
            ),
            models.UniqueConstraint(
                fields=["calendar", "date", "start"],
                nulls_distinct=False,
                name="exception_once",
            ),
        ]

    def __str__(self) -> str:
        hours = f"{self.start:%H:%M}–{self.end:%H:%M}" if self.start and self.end else "closed"
        return f"{self.date}: {hours}"


class Absence(WorkspaceOwned):
    """Days on which a person is away, both included, by the dates of the workspace."""

    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    first_day = models.DateField()
    last_day = models.DateField()
    note = models.CharField(max_length=120, blank=True)

    objects = WorkspaceQuerySet.as_manager()

    class Meta:
        ordering = ["-first_day", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(last_day__gte=F("first_day")), name="absence_ends_after_start"
            )
        ]
        indexes = [models.Index(fields=["workspace", "last_day"], name="absence_now")]

    def __str__(self) -> str:
        return f"{self.person} away {self.first_day} to {self.last_day}"
