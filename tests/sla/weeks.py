"""Business calendars of the database in few words."""

from collections.abc import Iterable

from accounts.models import Workspace
from sla.models import BusinessCalendar, WorkingRange
from sla.opening_hours import read


def make_calendar(
    workspace: Workspace, name: str, *, days: Iterable[int], hours: str, zone: str, **fields: str
) -> BusinessCalendar:
    """Open at `hours` (as “09:00-12:00, 13:00-17:00”) on those weekdays, Monday 0."""
    row = BusinessCalendar.objects.create(workspace=workspace, name=name, timezone=zone, **fields)
    WorkingRange.objects.bulk_create(
        WorkingRange(calendar=row, weekday=day, start=start, end=end)
        for day in days
        for start, end in read(hours)
    )
    return row
