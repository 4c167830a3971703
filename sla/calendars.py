"""A business calendar as it stands in the database → `sla.business_time.Calendar`.

Calendars are edited while the processes run, so rows are read anew each time (three queries for
any number of calendars). What is kept in the process is keyed by the whole content, so that an
edit can never meet a stale copy.
"""

from collections.abc import Iterable
from datetime import date
from functools import lru_cache

from sla.business_time import Calendar
from sla.holidays import known_years, public_holidays
from sla.models import BusinessCalendar
from sla.opening_hours import Ranges

HOLIDAY_YEARS = range(2000, 2100)
"""Public holidays are laid out for these years; outside them only exceptions close a day."""

WITH_CONTENT = ("ranges", "exceptions")
"""What to prefetch with a BusinessCalendar so that `calendar_of` asks nothing more."""
OF_A_CALENDAR = tuple(f"calendar__{name}" for name in WITH_CONTENT)
"""The same for rows that have a calendar, such as promises and clocks."""


def calendar_of(row: BusinessCalendar) -> Calendar:
    """The calendar to compute with; two queries, or none where `WITH_CONTENT` was prefetched.

    A date with a closed exception is closed, whatever other exceptions it has.
    Raises CalendarError (ClosedForever for a calendar without any working hours, UnknownCountry,
    …) with a text fit for the screen.
    """
    week: list[Ranges] = [()] * 7
    for hours in row.ranges.all():
        week[hours.weekday] += ((hours.start, hours.end),)
    dates: dict[date, Ranges] = {}
    closed: set[date] = set()
    for exception in row.exceptions.all():
        dates.setdefault(exception.date, ())
        if exception.start is None or exception.end is None:
            closed.add(exception.date)
        else:
            dates[exception.date] += ((exception.start, exception.end),)
    special = tuple(sorted((day, () if day in closed else r) for day, r in dates.items()))
    return _calendar(row.timezone, tuple(week), row.country, row.subdivision, special)


def calendars_by_id(ids: Iterable[int]) -> dict[int, Calendar]:
    """Calendars for a list of clocks, in three queries; raises CalendarError."""
    rows = BusinessCalendar.objects.filter(pk__in=set(ids)).prefetch_related(*WITH_CONTENT)
    return {row.pk: calendar_of(row) for row in rows}


@lru_cache(maxsize=512)
def _calendar(
    zone: str,
    weekly: tuple[Ranges, ...],
    country: str,
    subdivision: str,
    exceptions: tuple[tuple[date, Ranges], ...],
) -> Calendar:
    days = _holidays(country, subdivision) if country else {}
    return Calendar(zone=zone, weekly=weekly, holidays=days, exceptions=dict(exceptions))


@lru_cache(maxsize=512)
def _holidays(country: str, subdivision: str) -> dict[date, str]:
    known = known_years(country)  # a few countries are known for some decades or years only
    return public_holidays(country, subdivision, (y for y in HOLIDAY_YEARS if y in known))
