"""What a calendar says of the days to come, for people who want to check what they have entered."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from sla.business_time import Calendar, CalendarError, due, due_in_days
from sla.calendars import HOLIDAY_YEARS, calendar_of
from sla.holidays import UnknownCountry, countries, known_years
from sla.local_time import zone_named
from sla.models import BusinessCalendar
from sla.opening_hours import written

DAYS: Final = 14
_ONE_DAY: Final = timedelta(days=1)
_FRIDAY: Final = 4


@dataclass(frozen=True)
class Day:
    """`hours` such as “09:00–12:00, 13:00–17:00”, blank where it is closed; `why` it differs from
    other weeks, blank where it does not."""

    date: date
    hours: str
    why: str


@dataclass(frozen=True)
class Example:
    """`words` say what was promised and from when; `due` when that is, or what is wrong."""

    words: str
    due: str


@dataclass(frozen=True)
class Outlook:
    days: list[Day]
    examples: list[Example]


def outlook(row: BusinessCalendar, *, now: datetime) -> Outlook:
    """Of the two weeks that begin with the local day of `now`. Raises CalendarError where nothing
    can be computed with the calendar."""
    calendar = calendar_of(row)
    today = now.astimezone(zone_named(calendar.zone)).date()
    notes = {each.date: each.note for each in row.exceptions.all()}
    days = [_day(calendar, today + n * _ONE_DAY, notes) for n in range(DAYS)]
    return Outlook(days, list(_examples(calendar, now)))


def _day(calendar: Calendar, day: date, notes: dict[date, str]) -> Day:
    ranges = calendar.weekly[day.weekday()]
    why = []
    if holiday := calendar.holidays.get(day):
        ranges = ()
        why.append(holiday)
    if day in calendar.exceptions:
        ranges = calendar.exceptions[day]
        why.append(notes.get(day) or "Exception")
    if jump := _jump(calendar, day):
        why.append(jump)
    return Day(day, written(*ranges), ", ".join(why))


def _jump(calendar: Calendar, day: date) -> str:
    zone = zone_named(calendar.zone)
    midnights = [datetime.combine(d, time(), tzinfo=zone) for d in (day, day + _ONE_DAY)]
    offsets = [midnight.utcoffset() or timedelta() for midnight in midnights]
    minutes = (offsets[1] - offsets[0]) // timedelta(minutes=1)
    if not minutes:
        return ""
    return f"The clock is put {'forward' if minutes > 0 else 'back'} by {abs(minutes)} minutes"


def _examples(calendar: Calendar, now: datetime) -> Iterator[Example]:
    zone = zone_named(calendar.zone)
    here = now.astimezone(zone)
    friday = here.date() + timedelta(days=(_FRIDAY - here.weekday()) % 7)
    evening = datetime.combine(friday, time(16, 30), tzinfo=zone)
    for start, from_when in ((now, "now"), (evening, _said(evening))):
        yield Example(f"An hour of work from {from_when} is due", _due(calendar, start, minutes=60))
    yield Example("Five working days from now are over", _due(calendar, now, days=5))


def _due(calendar: Calendar, start: datetime, *, minutes: int = 0, days: int = 0) -> str:
    try:
        at = due_in_days(start, days, calendar) if days else due(start, minutes, calendar)
    except CalendarError as error:
        return f"{error}."
    return _said(at.astimezone(zone_named(calendar.zone)))


def _said(at: datetime) -> str:
    return f"{at:%a %-d %b %Y, %H:%M}"


def ending_holidays(row: BusinessCalendar, *, now: datetime) -> str:
    """A warning, as a sentence or two, where the holidays of the country are known for this year
    or the next and no longer; blank where they go on."""
    if not row.country:
        return ""
    try:
        last = min(known_years(row.country).stop, HOLIDAY_YEARS.stop) - 1
    except UnknownCountry as error:
        return f"{error}."
    if last > now.year + 1:
        return ""
    name = dict(countries()).get(row.country, row.country)
    return (
        f"Public holidays of {name} are known until the end of {last} only: from then on they "
        "count as ordinary days. Enter those that matter as exceptions."
    )
