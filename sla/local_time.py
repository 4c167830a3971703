"""UTC as integer microseconds since 1970, and where a zone's wall clock stands beside it."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sla.opening_hours import CalendarError, UnknownZone

DAY = 86_400_000_000
SECOND = 1_000_000
MICROSECOND = timedelta(microseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY = _EPOCH.toordinal()


class NaiveMoment(CalendarError):
    """A moment without a time zone: it could mean any of forty instants."""


class TooFarAway(CalendarError):
    """A moment outside 1900 to 2199, or hours that do not come within 20 years."""


def zone_named(name: str) -> ZoneInfo:
    """The zone of an IANA name such as Europe/Berlin; raises UnknownZone."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:  # the last: "America", a folder
        raise UnknownZone(
            f"“{name}” is not a time zone that we know; write it like Europe/Berlin"
        ) from error


def to_micros(at: datetime) -> int:
    """Raises NaiveMoment without a zone, TooFarAway outside the years 1900 to 2199."""
    if at.utcoffset() is None:
        raise NaiveMoment(f"{at:%Y-%m-%d %H:%M} has no time zone, so it is not one moment")
    if not 1900 <= at.year < 2200:
        raise TooFarAway(f"The year {at.year} is out of reach: moments are from 1900 to 2199")
    return (at - _EPOCH) // MICROSECOND


def to_moment(micros: int) -> datetime:
    return _EPOCH + timedelta(microseconds=micros)


def day_number(day: date) -> int:
    """Days since 1970-01-01. A datetime is refused: it would never equal the date it means."""
    if isinstance(day, datetime):
        raise CalendarError(f"A day of a calendar is a date, not a moment: {day}")
    return day.toordinal() - _EPOCH_DAY


@lru_cache(maxsize=8192)
def offsets(zone: ZoneInfo, since: int, days: int) -> tuple[tuple[int, int, int], ...]:
    """The stretches of constant offset in so many days from `since`: (from, until, offset).

    One look a day finds every change: since 1900 no zone of the tz database has changed its
    offset twice within six days. A change at the very end leaves an empty stretch behind it.
    """
    return tuple(_stretches(zone, since, days))


def _stretches(zone: ZoneInfo, since: int, days: int) -> Iterator[tuple[int, int, int]]:
    offset = _offset(zone, since)
    until = since + days * DAY
    for look in range(since + DAY, until + 1, DAY):
        new = _offset(zone, look)
        if new != offset:
            change = _change(zone, look - DAY, look)
            yield since, change, offset
            since, offset = change, new
    yield since, until, offset


def _change(zone: ZoneInfo, low: int, high: int) -> int:
    """The first second after `low` with the offset of `high`; whole seconds in, whole seconds out.

    The one change between them is found by bisection.
    """
    old = _offset(zone, low)
    while high - low > SECOND:
        middle = (low + high) // 2 // SECOND * SECOND
        if _offset(zone, middle) == old:
            low = middle
        else:
            high = middle
    return high


def _offset(zone: ZoneInfo, at: int) -> int:
    moment = to_moment(at)
    wall = moment.astimezone(zone).replace(tzinfo=UTC)
    return (wall - moment) // MICROSECOND
