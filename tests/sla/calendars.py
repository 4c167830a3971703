"""Calendars and moments in few words, for the tests of business time."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from sla.business_time import Calendar
from sla.opening_hours import Ranges, read

BERLIN = "Europe/Berlin"
NEW_YORK = "America/New_York"
CLOSED: Ranges = ()
HOUR = timedelta(hours=1)


def office(zone: str = BERLIN, hours: str = "09:00-17:00", holiday: date | None = None) -> Calendar:
    """Monday to Friday, closed on the holiday."""
    closed = {holiday: "A holiday"} if holiday else {}
    return Calendar(zone, (read(hours),) * 5 + (CLOSED, CLOSED), holidays=closed)


def every_day(zone: str, hours: str) -> Calendar:
    return Calendar(zone, (read(hours),) * 7)


def local(text: str, zone: str = BERLIN, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
