"""A range of whole days in a time zone, and the weeks and months in it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any, Final, Literal, Self

Grain = Literal["week", "month"]
# Python's calendar ends beyond these; anybody can write such a day into a link.
_EARLIEST, _LATEST = date(1, 1, 3), date(9999, 12, 28)

EARLIEST: Final = date(1990, 1, 1)
LATEST: Final = date(2199, 12, 31)
"""What people may type: a day nearer to the ends of the calendar has no midnight in every zone."""

MOST_STARTS: Final = 600
"""Weeks of eleven years: of a longer period those before all that is known, and after it, would be
thousands of lines that say nothing."""


@dataclass(frozen=True)
class Period:
    """From the first to the last day, both included; None is open. Days begin in `zone`."""

    first: date | None = None
    last: date | None = None
    zone: tzinfo = UTC

    @classmethod
    def last_days(cls, days: int, *, today: date, zone: tzinfo) -> Self:
        """The last so many days, today included."""
        return cls(today - timedelta(days=days - 1), today, zone)

    @property
    def starts_at(self) -> datetime | None:
        return self._midnight(self.first) if self.first else None

    @property
    def ends_at(self) -> datetime | None:
        """The first moment after the period."""
        return self._midnight(min(self.last, _LATEST) + timedelta(days=1)) if self.last else None

    def _midnight(self, day: date) -> datetime:
        # In UTC: comparing two moments of one zone compares their clock faces, not the moments.
        return datetime.combine(max(day, _EARLIEST), time(), self.zone).astimezone(UTC)

    def before(self) -> "Period | None":
        """As many days, just before it; None where it is open."""
        if not (self.first and self.last):
            return None
        last = self.first - timedelta(days=1)
        return Period(last - (self.last - self.first), last, self.zone)

    def year_before(self) -> "Period | None":
        """The same weekdays, 52 weeks before; None where it is open."""
        if not (self.first and self.last):
            return None
        year = timedelta(weeks=52)
        return Period(self.first - year, self.last - year, self.zone)

    def part(self, grain: Grain, start: date) -> "Period":
        """The week or month that begins at `start`, as far as it lies in the period."""
        end = following(grain, start) - timedelta(days=1)
        first = max(start, self.first) if self.first else start
        last = min(end, self.last) if self.last else end
        return Period(first, last, self.zone)

    def starts(self, grain: Grain, known: Collection[date]) -> list[date]:
        """The beginnings of its weeks or months, in order and without holes; where it is open, or
        has more than MOST_STARTS, from the first or to the last that is known. None where nothing
        is known."""
        if not known:
            return []
        starts = parts(grain, self.first or min(known), self.last or max(known))
        if len(starts) > MOST_STARTS:
            return [start for start in starts if min(known) <= start <= max(known)]
        return starts


def as_ranges(periods: Sequence[Period]) -> tuple[str, list[Any]]:
    """For SQL: `VALUES` of (number, since, until) and its parameters, one row a period.

    The number is the period's place in the sequence; an open end is null. `periods` is not empty.
    """
    rows = ", ".join("(%s::int, %s::timestamptz, %s::timestamptz)" for _ in periods)
    edges: list[Any] = []
    for number, period in enumerate(periods):
        edges += [number, period.starts_at, period.ends_at]
    return f"VALUES {rows}", edges


def typed_day(text: str) -> date | None:
    """The day that an ISO date names; None for other text and outside EARLIEST to LATEST."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if EARLIEST <= day <= LATEST else None


def beginning(grain: Grain, day: date) -> date:
    """The Monday, or the first of the month."""
    return day - timedelta(days=day.weekday()) if grain == "week" else day.replace(day=1)


def following(grain: Grain, start: date) -> date:
    if grain == "week":
        return start + timedelta(days=7)
    return (start + timedelta(days=31)).replace(day=1)


def parts(grain: Grain, first: date, last: date) -> list[date]:
    """The beginnings of all weeks or months that have a day between the two, in order."""
    starts = [beginning(grain, first)]
    while (start := following(grain, starts[-1])) <= last:
        starts.append(start)
    return starts
