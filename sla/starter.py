"""The promises that a new workspace starts with; all of them can be edited."""

from datetime import time

from django.db import transaction

from accounts.models import Workspace
from sla.calendars import calendar_of
from sla.models import BusinessCalendar, Commitment, WorkingRange
from sla.promise_rules import OF_ONE_PERSON

CALENDAR_NAME = "Working hours"
HOURS = ((time(9), time(12)), (time(13), time(17)))  # Monday to Friday, with a lunch break
PROMISES = {
    Commitment.Code.DECIDE_OFFER: 4 * 60,
    Commitment.Code.FIRST_TOUCH: 60,
    Commitment.Code.FALLBACK: 60,
}


@transaction.atomic
def install_starter_sla(
    workspace: Workspace, *, timezone: str, country: str = ""
) -> BusinessCalendar:
    """Give the workspace its calendar and its promises, where it has them not.

    Safe to run twice, and what people have edited since stays as they left it. `country` is a
    code of two letters, or empty for no public holidays. Raises CalendarError for a zone or
    country that we do not know; nothing is installed then.
    """
    calendar, fresh = BusinessCalendar.objects.get_or_create(
        workspace=workspace,
        name=CALENDAR_NAME,
        defaults={"timezone": timezone, "country": country.upper()},
    )
    if fresh:
        WorkingRange.objects.bulk_create(
            WorkingRange(calendar=calendar, weekday=day, start=start, end=end)
            for day in range(5)
            for start, end in HOURS
        )
        calendar_of(calendar)  # raises for an unknown zone or country
    for code, minutes in PROMISES.items():
        Commitment.objects.get_or_create(
            workspace=workspace,
            agreement=None,
            retired_at=None,
            code=code,
            tier_code="",
            defaults={"minutes": minutes, "calendar": calendar, "warns": _warned(code)},
        )
    return calendar


def _warned(code: str) -> list[str]:
    """Who is held to it; nobody where no single person is."""
    return [Commitment.Told.PERSON] if code in OF_ONE_PERSON else []
