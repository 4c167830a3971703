"""Business time: calls a second of `sla.business_time`, against the best library and a plain loop.

The library is businesstimedelta: of those on PyPI that can say when work is due it is the one that
is right on our examples, the nights of the clock change among them. The loop walks from minute to
minute, as business-duration counts; it is written here. What the three say is compared first, and
one difference ends the run with an error.

The calendar is Monday to Friday 9–12 and 13–17 in Berlin with the holidays of Germany. The starts
are seconds of a year, the same in every run; `cold` makes a calendar anew for each call.
"""

import time as clock
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any, Final
from zoneinfo import ZoneInfo

from handoff.bench.figures import Figure
from sla.business_time import Calendar, due, due_in_days, elapsed
from sla.holidays import public_holidays
from sla.opening_hours import read

ZONE: Final = "Europe/Berlin"
HOUR: Final = 60
WORKLOADS: Final = (
    ("the same day", HOUR),
    ("over a weekend", HOUR),
    ("over a month", 150 * HOUR),
    ("over a year", 1750 * HOUR),
)
"""In business minutes; the second starts on Fridays from half past four."""
_STARTS: Final = 500
_SECONDS: Final = 0.3
_TIMES: Final = 5
_MINUTE: Final = timedelta(minutes=1)

Call = Callable[[datetime], object]


@dataclass(frozen=True)
class Ways:
    """The same hours, as each of the three has them."""

    calendar: Calendar
    rules: Any


def figures() -> Iterator[Figure]:
    ways = _ways()
    for name, minutes in WORKLOADS:
        starts = _starts(name)
        ours, library, loop = _due_calls(ways, minutes)
        whole = [start.replace(second=0) for start in starts]  # as fine as the loop looks
        _compare(f"due(), {name}", ours, library, starts)
        _compare(f"due() beside a loop, {name}", ours, loop, whole)
        speed = _a_second(ours, starts)
        yield _figure(f"due(), {name}", speed, _a_second(library, starts))
        yield _figure(f"due() beside a loop, {name}", speed, _a_second(loop, whole))
    yield from _cold(ways)
    yield from _elapsed(ways)
    yield from _days(ways)


def _cold(ways: Ways) -> Iterator[Figure]:
    """A calendar that has laid out nothing yet, for each call; the library remembers nothing."""
    for name, minutes in (WORKLOADS[1], WORKLOADS[3]):
        starts = _starts(name)
        library = _due_calls(ways, minutes)[1]

        def cold(start: datetime, minutes: int = minutes) -> object:
            return due(start, minutes, replace(ways.calendar))

        yield _figure(f"due(), {name}, cold", _a_second(cold, starts), _a_second(library, starts))


def _elapsed(ways: Ways) -> Iterator[Figure]:
    for name, span in (("a weekend", timedelta(days=3)), ("a year", timedelta(days=365))):
        starts = _starts(name)

        def ours(start: datetime, span: timedelta = span) -> object:
            return elapsed(start, start + span, ways.calendar)

        def library(start: datetime, span: timedelta = span) -> object:
            return ways.rules.difference(start, start + span).timedelta

        _compare(f"elapsed(), {name}", ours, library, starts)
        yield _figure(f"elapsed(), {name}", _a_second(ours, starts), _a_second(library, starts))


def _days(ways: Ways) -> Iterator[Figure]:
    """Ten working days; no library closes a day, so the floor is a loop over the days."""
    starts = _starts("the same day")

    def ours(start: datetime) -> object:
        return due_in_days(start, 10, ways.calendar)

    def loop(start: datetime) -> object:
        return _days_by_loop(start, 10, ways.calendar)

    _compare("due_in_days(), 10", ours, loop, starts)
    yield _figure("due_in_days(), 10", _a_second(ours, starts), _a_second(loop, starts))


def _figure(name: str, value: float, floor: float) -> Figure:
    return Figure(name, value, "calls/s", floor, _STARTS)


def _ways() -> Ways:
    import businesstimedelta as library  # of the packages for tests
    import pytz

    holidays = public_holidays("DE", "", range(2020, 2041))
    hours = read("09:00-12:00, 13:00-17:00")
    calendar = Calendar(ZONE, (hours,) * 5 + ((), ()), holidays=holidays)
    zone = pytz.timezone(ZONE)
    rules = library.Rules(
        [
            library.WorkDayRule(time(9), time(17), [0, 1, 2, 3, 4], tz=zone),
            library.LunchTimeRule(time(12), time(13), [0, 1, 2, 3, 4], tz=zone),
            library.HolidayRule(frozenset(holidays), tz=zone),
        ]
    )
    return Ways(calendar, rules)


def _due_calls(ways: Ways, minutes: int) -> tuple[Call, Call, Call]:
    import businesstimedelta as library

    work = library.BusinessTimeDelta(ways.rules, seconds=minutes * 60)
    calendar = ways.calendar
    return (
        lambda start: due(start, minutes, calendar),
        lambda start: start + work,
        lambda start: _due_by_loop(start, minutes, calendar),
    )


def _starts(name: str) -> list[datetime]:
    """Seconds of 2026, in UTC; of a weekend's workload from Friday 16:30 to 17:00 in Berlin, of the
    same day's from 9:00 to 11:00."""
    random, zone = Random(name), ZoneInfo(ZONE)  # noqa: S311 - no secret; the same in every run
    found: list[datetime] = []
    while len(found) < _STARTS:
        at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=random.randrange(365 * 86_400))
        here = at.astimezone(zone)
        if "weekend" in name and "over" in name:
            here += timedelta(days=4 - here.weekday())
            at = here.replace(hour=16, minute=random.randrange(31, 60)).astimezone(UTC)
        elif "same" in name:
            here += timedelta(days=-here.weekday() % 7 if here.weekday() > 4 else 0)
            at = here.replace(hour=random.randrange(9, 11)).astimezone(UTC)
        found.append(at)
    return found


def _compare(name: str, ours: Call, theirs: Call, starts: Sequence[datetime]) -> None:
    """As many as fit into a second, and one at least."""
    began = clock.perf_counter()
    for start in starts:
        if ours(start) != theirs(start):
            raise RuntimeError(f"{name} from {start}: {ours(start)} is not {theirs(start)}.")
        if clock.perf_counter() - began > 1:
            break


def _a_second(call: Call, starts: Sequence[datetime]) -> float:
    """Calls a second, the best of some runs; a run ends with the starts or after a while."""
    best = 0.0
    for _ in range(_TIMES):
        began, calls = clock.perf_counter(), 0
        for start in starts:
            call(start)
            calls += 1
            if (calls < 10 or not calls % 10) and clock.perf_counter() - began > _SECONDS:
                break
        took = clock.perf_counter() - began
        best = max(best, calls / took)
        if took > _SECONDS:
            break  # slow enough to be told by one run
    return best


def _due_by_loop(start: datetime, minutes: int, calendar: Calendar) -> datetime:
    """What one would write first: look at each minute, count those that are open."""
    zone = ZoneInfo(calendar.zone)
    at, left = start, timedelta(minutes=minutes)
    while True:
        if _opens(at.astimezone(zone), calendar):
            if left <= _MINUTE:
                break
            left -= _MINUTE
        at += _MINUTE
    return at + left


def _opens(wall: datetime, calendar: Calendar) -> bool:
    if wall.date() in calendar.holidays:
        return False
    now = wall.time()
    return any(since <= now < until for since, until in calendar.weekly[wall.weekday()])


def _days_by_loop(start: datetime, days: int, calendar: Calendar) -> datetime:
    zone = ZoneInfo(calendar.zone)
    day: date = start.astimezone(zone).date()
    while days:
        day += timedelta(days=1)
        if calendar.weekly[day.weekday()] and day not in calendar.holidays:
            days -= 1
    return datetime.combine(day, calendar.weekly[day.weekday()][-1][1], tzinfo=zone)
