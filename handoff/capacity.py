"""Whether a rep can be offered a lead now, and if not why, and until when. Pure.

`handoff.rosters` reads the people of a workspace from the database.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sla.business_time import Calendar, CalendarError, is_open, next_opening

SOON = timedelta(minutes=1)
"""A rep's queue may be shorter at any moment."""
DAY_IS_FULL = "has had the offers of a day"


@dataclass(frozen=True)
class Refusal:
    """Why somebody cannot be offered a lead, said after their name. `until`: when that may have
    passed; None where waiting changes nothing."""

    words: str
    until: datetime | None = None


@dataclass(frozen=True)
class Load:
    """Offers that are open, and those made on the local day and in the ISO week of the workspace;
    offers taken back are not counted."""

    open: int = 0
    today: int = 0
    week: int = 0

    def with_one_more(self) -> "Load":
        return Load(self.open + 1, self.today + 1, self.week + 1)


@dataclass(frozen=True)
class Hours:
    """Working hours. No calendar: any hour, unless `broken`, which nobody can compute with."""

    calendar: Calendar | None = None
    broken: bool = False

    @property
    def are_any(self) -> bool:
        return self.calendar is None and not self.broken

    def refusal(self, at: datetime) -> Refusal | None:
        """None: they are open at that moment."""
        if self.broken:
            return Refusal("has working hours that cannot be computed with", at + SOON)
        if self.calendar is None or is_open(at, self.calendar):
            return None
        try:
            return Refusal("is outside working hours", next_opening(at, self.calendar))
        except CalendarError:
            return Refusal("has no working hours any more")


ANY_HOUR = Hours()


@dataclass(frozen=True)
class Person:
    """A rep as far as capacity goes; `barred` says why none is offered at all, blank: they are.

    `away` are absences, first and last day included, by dates in `zone`. `hours` are
    their own; whoever has none takes turns in those of the pool. `pace` is `Rep.offers_per_day`.
    """

    user: int
    name: str
    zone: ZoneInfo
    barred: str = ""
    pace: int = 8
    most_open: int | None = None
    most_a_day: int | None = None
    most_a_week: int | None = None
    hours: Hours = ANY_HOUR
    away: Sequence[tuple[date, date]] = ()
    load: Load = Load()

    def refusal(
        self, at: datetime, *, paced: bool = False, pool_hours: Hours = ANY_HOUR
    ) -> Refusal | None:
        """None: can be offered a lead at that moment. `paced`: by a release, which keeps to the
        pace of publications as well. `pool_hours`: of the pool whose turn it would be."""
        if self.barred:
            return Refusal(self.barred)
        hours = pool_hours if self.hours.are_any else self.hours
        return self._is_away(at) or hours.refusal(at) or self._is_full(at, paced=paced)

    def left_today(self, at: datetime) -> int:
        """So many leads may still be released to them on the local day, whatever the hour."""
        if self.barred or self._is_away(at):
            return 0
        load = self.load
        caps = (
            (self.pace, load.today),
            (self.most_a_day, load.today),
            (self.most_a_week, load.week),
            (self.most_open, load.open),
        )
        return max(0, min(most - had for most, had in caps if most is not None))

    @property
    def per_day(self) -> int:
        """So many leads of a publication on a whole day; 0 for who is offered none."""
        return 0 if self.barred else min(self.pace, self.most_a_day or self.pace)

    def _is_away(self, at: datetime) -> Refusal | None:
        today = at.astimezone(self.zone).date()
        last = max((last for first, last in self.away if first <= today <= last), default=None)
        if last is None:
            return None
        return Refusal(f"is away until {last:%d %b %Y}", midnight(last + ONE_DAY, self.zone))

    def _is_full(self, at: datetime, *, paced: bool) -> Refusal | None:
        load, today = self.load, at.astimezone(self.zone).date()
        tomorrow = midnight(today + ONE_DAY, self.zone)
        if self.most_a_week is not None and load.week >= self.most_a_week:
            monday = today + timedelta(days=7 - today.weekday())
            words = f"has had {load.week} offers this week, of {self.most_a_week} at most"
            return Refusal(words, midnight(monday, self.zone))
        if self.most_a_day is not None and load.today >= self.most_a_day:
            words = f"has had {load.today} offers today, of {self.most_a_day} at most"
            return Refusal(words, tomorrow)
        if self.most_open is not None and load.open >= self.most_open:
            words = f"has {load.open} offers open, of {self.most_open} at most"
            return Refusal(words, at + SOON)
        if paced and load.today >= self.pace:
            return Refusal(DAY_IS_FULL, tomorrow)
        return None


ONE_DAY = timedelta(days=1)


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The beginning of the local day."""
    return datetime.combine(day, time(), tzinfo=zone)


def beginning_of_week(at: datetime, zone: ZoneInfo) -> datetime:
    """The beginning of the ISO week's Monday."""
    today = at.astimezone(zone).date()
    return midnight(today - timedelta(days=today.weekday()), zone)
