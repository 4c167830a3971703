"""A calendar of working hours, and its open intervals laid out for searching.

UTC is cut into blocks of 28 days. Where neither the zone's offset changes nor a special day falls,
a block holds exactly four whole weeks and is skipped by its sum; the others are laid out once as
sorted intervals and searched by bisection. All arithmetic is in integer microseconds since 1970,
so nothing is rounded.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sla.local_time import DAY, TooFarAway, day_number, offsets, to_moment, zone_named
from sla.opening_hours import WHOLE_DAY, CalendarError, Ranges, checked, end_micros, micros

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
HORIZON_YEARS = 20
HORIZON = HORIZON_YEARS * 1461 * DAY // 4
BLOCK_DAYS = 28
BLOCK = BLOCK_DAYS * DAY

_Spans = tuple[tuple[int, int], ...]


class ClosedForever(CalendarError):
    """The calendar never opens, or never again."""


class Block(NamedTuple):
    """28 days of UTC: the open intervals in microseconds since 1970, sorted, not touching."""

    starts: list[int]
    ends: list[int]
    before: list[int]  # business time in the block before each interval
    total: int


class Month(NamedTuple):
    """28 local days: those on which the calendar opens, by their number since 1970, and when each
    closes, in microseconds since 1970."""

    days: list[int]
    closings: list[int]


@dataclass(frozen=True)
class Calendar:
    """Working hours of a team or a person, in the wall-clock time of `zone` (an IANA name).

    `weekly` holds seven tuples of ranges, Monday first; an empty one is a closed day. A date in
    `holidays` (date → name) is closed; a date in `exceptions` has the ranges given there and
    nothing else (empty: closed), also when it is a holiday.

    Raises UnknownZone, BadRange, OverlappingRanges; ClosedForever when it never opens at all.
    Keep the object where many moments are asked of it: it remembers what it has laid out.
    """

    zone: str
    weekly: tuple[Ranges, ...]
    holidays: Mapping[date, str] = field(default_factory=dict, hash=False)
    exceptions: Mapping[date, Ranges] = field(default_factory=dict, hash=False)
    _tz: ZoneInfo = field(init=False, repr=False, compare=False)
    _week: tuple[_Spans, ...] = field(init=False, repr=False, compare=False)
    _special: dict[int, _Spans] = field(init=False, repr=False, compare=False)
    _special_blocks: set[int] = field(init=False, repr=False, compare=False)
    _blocks: dict[int, Block] = field(init=False, repr=False, compare=False)
    _totals: dict[int, int] = field(init=False, repr=False, compare=False)
    _months: dict[int, Month] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if len(self.weekly) != 7:
            raise CalendarError("A week has seven days: give the hours of each, Monday first")
        weekly = tuple(checked(r, day) for r, day in zip(self.weekly, WEEKDAYS, strict=True))
        exceptions = {day: checked(r, f"{day:%-d %B %Y}") for day, r in self.exceptions.items()}
        if not any(weekly) and not any(exceptions.values()):
            raise ClosedForever("This calendar has no working hours at all: add some to a day")
        special: dict[int, _Spans] = {day_number(day): () for day in self.holidays}
        special |= {day_number(day): _spans(ranges) for day, ranges in exceptions.items()}
        values = {
            "weekly": weekly,
            "holidays": MappingProxyType(dict(self.holidays)),
            "exceptions": MappingProxyType(exceptions),
            "_tz": zone_named(self.zone),
            "_week": tuple(_spans(ranges) for ranges in weekly),
            "_special": special,
            # A local day may reach into the UTC day before it and the one after.
            "_special_blocks": {(day + d) // BLOCK_DAYS for day in special for d in (-1, 1)},
            "_blocks": {},
            "_totals": {},
            "_months": {},
        }
        for name, value in values.items():
            object.__setattr__(self, name, value)  # the dataclass is frozen to everyone else

    def __reduce__(self) -> tuple[type["Calendar"], tuple[object, ...]]:
        # For copies and caches: what has been laid out stays behind, a mapping proxy cannot travel.
        return Calendar, (self.zone, self.weekly, dict(self.holidays), dict(self.exceptions))

    def block(self, number: int) -> Block:
        """The open intervals of one block, laid out on first use."""
        block = self._blocks.get(number)
        if block is None:
            block = self._blocks[number] = _laid_out(self._intervals(number))
        return block

    def _intervals(self, number: int) -> Iterator[tuple[int, int]]:
        # Within a stretch of one offset the wall clock is UTC plus that offset and never jumps,
        # so no gap and no repeated hour needs a case of its own.
        for since, until, offset in offsets(self._tz, number * BLOCK, BLOCK_DAYS):
            first, last = since + offset, until + offset
            for day in range(first // DAY, (last - 1) // DAY + 1):
                midnight = day * DAY
                for start, end in self._spans_of(day):
                    opens, closes = max(midnight + start, first), min(midnight + end, last)
                    if opens < closes:
                        yield opens - offset, closes - offset

    def _spans_of(self, day: int) -> _Spans:
        spans = self._special.get(day)
        return self._week[(day + 3) % 7] if spans is None else spans  # 1970 began on a Thursday

    def total(self, number: int) -> int:
        """Business time of one block; an ordinary one is four weeks and is not laid out."""
        total = self._totals.get(number)
        if total is None:
            changes = len(offsets(self._tz, number * BLOCK, BLOCK_DAYS)) > 1
            if changes or number in self._special_blocks:
                total = self.block(number).total
            else:
                total = 4 * sum(end - start for spans in self._week for start, end in spans)
            self._totals[number] = total
        return total

    def before(self, at: int) -> int:
        """Business time from the start of the moment's block up to the moment."""
        block = self.block(at // BLOCK)
        i = bisect_right(block.starts, at) - 1
        if i < 0:
            return 0
        return block.before[i] + min(at, block.ends[i]) - block.starts[i]

    def month(self, number: int) -> Month:
        """The working days of 28 local days, laid out on first use."""
        month = self._months.get(number)
        if month is None:
            closings = dict(
                sorted(self._closings(range(number * BLOCK_DAYS, (number + 1) * BLOCK_DAYS)))
            )
            month = self._months[number] = Month(list(closings), list(closings.values()))
        return month

    def _closings(self, days: range) -> Iterator[tuple[int, int]]:
        """(day, when it closes); of a day that the clock shows twice, its last closing is last."""
        spans_of = {day: self._spans_of(day) for day in days}
        opened = {day: spans for day, spans in spans_of.items() if spans}
        if not opened:
            return
        # A local day begins up to 15 hours before its UTC date and ends as long after it.
        for since, until, offset in offsets(self._tz, (days.start - 1) * DAY, len(days) + 2):
            first, last = since + offset, until + offset
            for day, spans in opened.items():
                midnight = day * DAY
                for start, end in reversed(spans):
                    closes = min(midnight + end, last)
                    if max(midnight + start, first) < closes:
                        yield day, closes - offset
                        break

    def day_of(self, at: int) -> int:
        """The local date of a moment, by its number since 1970.

        A clock that is put back over midnight does not bring back the day before: the date stays.
        """
        number = at // BLOCK
        day = 0
        for since, until, offset in offsets(self._tz, number * BLOCK - DAY, BLOCK_DAYS + 1):
            if since > at:
                break
            day = max(day, (min(at, until - 1) + offset) // DAY)
        return day

    def unreached(self, start: int) -> CalendarError:
        """Why the search from `start` found nothing before the horizon."""
        last = max((day for day, spans in self._special.items() if spans), default=0)
        since = f"{to_moment(start).astimezone(self._tz):%-d %B %Y}"
        if any(self._week) or (last + 2) * DAY > start + HORIZON:
            return TooFarAway(
                f"There are not enough working hours in the {HORIZON_YEARS} years after {since}: "
                "check the promise and the calendar"
            )
        return ClosedForever(f"This calendar has too few working hours after {since}: add some")


def _spans(ranges: Ranges) -> _Spans:
    return tuple((micros(start), end_micros(end)) for start, end in ranges)


def _laid_out(intervals: Iterable[tuple[int, int]]) -> Block:
    """Sorted intervals with running sums; those that touch become one."""
    block = Block([], [], [], 0)
    total = 0
    for opens, closes in intervals:
        if block.ends and block.ends[-1] == opens:
            block.ends[-1] = closes
        else:
            block.starts.append(opens)
            block.ends.append(closes)
            block.before.append(total)
        total += closes - opens
    return block._replace(total=total)


ALWAYS = Calendar(zone="UTC", weekly=(WHOLE_DAY,) * 7)
