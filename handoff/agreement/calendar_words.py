"""Business calendars in words: their hours, zone, holidays and the days that differ."""

from collections.abc import Iterable, Iterator
from datetime import time
from itertools import groupby

from handoff.agreement.facts import Facts
from handoff.agreement.listing import both, day, items
from leadqual.countries import country_name
from sla.agreement_text import Line
from sla.models import BusinessCalendar, CalendarException, WorkingRange
from sla.models.calendars import Weekday

_MIDNIGHT = time(0)
_SHOWN = 12
"""So many days that differ are read out; the rest are counted."""


def calendars(facts: Facts) -> Iterator[Line]:
    """Those by which the promises are counted, each once."""
    named = {promise.calendar_id: promise.calendar for promise in facts.promises}
    yield from items(
        "Calendars by which these promises are counted, as they stand now; holidays and exceptions "
        "entered later count from then on:",
        (_calendar(row, facts) for row in sorted(named.values(), key=lambda row: row.name)),
    )


def is_around_the_clock(row: BusinessCalendar) -> bool:
    """Open at every hour of every day."""
    ranges = [(each.weekday, each.start, each.end) for each in row.ranges.all()]
    always = [(weekday, _MIDNIGHT, _MIDNIGHT) for weekday in Weekday.values]
    return not row.country and not row.exceptions.all() and sorted(ranges) == always


def _calendar(row: BusinessCalendar, facts: Facts) -> str:
    if is_around_the_clock(row):
        return f"“{row.name}”: every hour of every day."
    closed = f"; closed on the public holidays of {_where(row)}" if row.country else ""
    days = [each for each in row.exceptions.all() if each.date >= facts.today]
    return f"“{row.name}”: {week(row.ranges.all())} ({row.timezone}){closed}.{_differing(days)}"


def week(ranges: Iterable[WorkingRange]) -> str:
    """“Monday to Friday 09:00–12:00 and 13:00–17:00, Saturday 09:00–12:00”."""
    hours: dict[int, list[str]] = {}
    for each in sorted(ranges, key=lambda each: (each.weekday, each.start)):
        hours.setdefault(each.weekday, []).append(_hours(each.start, each.end))
    spells = groupby(hours.items(), key=lambda pair: pair[1])
    return ", ".join(
        f"{_days([weekday for weekday, _ in spell])} {both(open_)}" for open_, spell in spells
    )


def _days(weekdays: list[int]) -> str:
    """Runs of days that follow each other: “Monday to Friday”, “Monday and Wednesday”."""
    names = [str(Weekday(weekday).label) for weekday in weekdays]
    if len(weekdays) > 2 and weekdays[-1] - weekdays[0] == len(weekdays) - 1:
        return f"{names[0]} to {names[-1]}"
    return both(names)


def _hours(start: time, end: time) -> str:
    return f"{start:%H:%M}–{'24:00' if end == _MIDNIGHT else f'{end:%H:%M}'}"


def _where(row: BusinessCalendar) -> str:
    state = f" ({row.subdivision})" if row.subdivision else ""
    return f"{country_name(row.country)}{state}"


def _differing(days: list[CalendarException]) -> str:
    if not days:
        return ""
    shown = [
        f"{day(each.date)}{f' ({each.note})' if each.note else ''} "
        + (_hours(each.start, each.end) if each.start and each.end else "closed")
        for each in sorted(days, key=lambda each: (each.date, each.start or _MIDNIGHT))
    ]
    more = f" and {len(shown) - _SHOWN} more" if len(shown) > _SHOWN else ""
    return f" Other hours: {'; '.join(shown[:_SHOWN])}{more}."
