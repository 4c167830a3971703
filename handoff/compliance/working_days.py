"""Working days of a month: how many there are, and how many of them have gone."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from accounts.models import Workspace
from sla.business_time import ALWAYS, Calendar, elapsed
from sla.calendars import WITH_CONTENT, calendar_of
from sla.models import BusinessCalendar
from sla.opening_hours import CalendarError

NOTHING = timedelta(0)


@dataclass(frozen=True)
class WorkingDays:
    """Dates of `zone` on which the calendar opens at all."""

    calendar: Calendar
    zone: tzinfo

    def between(self, first: date, last: date) -> int:
        """Both included."""
        return sum(1 for day in _days(first, last) if self._open(day))

    def gone(self, first: date, last: date, *, now: datetime) -> float:
        """How many of them have passed at `now`; of a day that is under way, its share."""
        return sum(self._gone(day, now) for day in _days(first, last))

    def _gone(self, day: date, now: datetime) -> float:
        begins, ends = _midnights(day, self.zone)
        if now <= begins or not (whole := self._open(day)):
            return 0.0
        return 1.0 if now >= ends else elapsed(begins, now, self.calendar) / whole

    def _open(self, day: date) -> timedelta:
        begins, ends = _midnights(day, self.zone)
        return elapsed(begins, ends, self.calendar)


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def _midnights(day: date, zone: tzinfo) -> tuple[datetime, datetime]:
    begins = datetime.combine(day, time(), zone)
    ends = datetime.combine(day + timedelta(days=1), time(), zone)
    return begins.astimezone(UTC), ends.astimezone(UTC)  # compared as moments, not as clock faces


def working_days(workspace: Workspace) -> WorkingDays:
    """By the workspace's first calendar; every day counts where it has none that can be used."""
    return working_days_of([workspace])[workspace.pk]


def working_days_of(workspaces: Collection[Workspace]) -> dict[int, WorkingDays]:
    """The same of several, by workspace id; three queries."""
    rows = BusinessCalendar.objects.filter(workspace__in=workspaces)
    first: dict[int, BusinessCalendar] = {}
    for row in rows.prefetch_related(*WITH_CONTENT).order_by("pk"):
        first.setdefault(row.workspace_id, row)
    return {each.pk: WorkingDays(_usable(first.get(each.pk)), each.zone) for each in workspaces}


def _usable(row: BusinessCalendar | None) -> Calendar:
    try:
        return calendar_of(row) if row else ALWAYS
    except CalendarError:
        return ALWAYS
