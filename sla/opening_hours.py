"""The hours of one day as people say them, and what is wrong with them when they cannot be."""

import re
from collections.abc import Iterable
from datetime import time
from itertools import pairwise

# One working range on the local clock: from the first time up to the second. Python's `time`
# cannot say 24:00 and no range can end at 00:00, so an end of `time(0)` is the end of the day.
Range = tuple[time, time]
Ranges = tuple[Range, ...]

MIDNIGHT = time(0)
WHOLE_DAY: Ranges = ((MIDNIGHT, MIDNIGHT),)

_WRITTEN = re.compile(r"\s*(\d{1,2}):(\d{2})\s*[-–]\s*(\d{1,2}):(\d{2})\s*")


class CalendarError(ValueError):
    """Something about a calendar or a moment is refused; the text is fit for the screen."""


class UnknownZone(CalendarError):
    """The time zone is not one that we know."""


class BadRange(CalendarError):
    """A working range cannot be read, or does not end after it starts."""


class OverlappingRanges(CalendarError):
    """Two working ranges of the same day share some time."""


def micros(at: time) -> int:
    """Microseconds that a clock without jumps shows since local midnight."""
    return ((at.hour * 60 + at.minute) * 60 + at.second) * 1_000_000 + at.microsecond


def end_micros(at: time) -> int:
    """The same for the end of a range, where `time(0)` is 24:00."""
    return micros(at) or 86_400_000_000


def checked(ranges: Iterable[Range], day: str) -> Ranges:
    """The ranges in order; `day` names the day in the error ("Monday", "24 December 2026").

    Ranges may touch (09:00–12:00 and 12:00–17:00).
    Raises BadRange, or OverlappingRanges where two share time.
    """
    for start, end in ranges:
        if start.tzinfo or end.tzinfo:
            raise BadRange(f"{day}: working hours are in the calendar's own time zone, not another")
        if end_micros(end) <= micros(start):
            raise BadRange(
                f"{day}: {written((start, end))} ends before it starts. Write a night as two "
                f"ranges: {written((start, MIDNIGHT))}, and the rest on the next day"
            )
    ordered = tuple(sorted(ranges, key=lambda r: micros(r[0])))
    for one, other in pairwise(ordered):
        if micros(other[0]) < end_micros(one[1]):
            raise OverlappingRanges(f"{day}: {written(one)} and {written(other)} overlap")
    return ordered


def written(*ranges: Range) -> str:
    """Ranges as people write them: "09:00–12:00, 13:00–24:00"; nothing gives an empty text."""
    return ", ".join(f"{_clock(start)}–{_clock(end, last=True)}" for start, end in ranges)


def read(text: str, *, day: str = "Working hours") -> Ranges:
    """Ranges from "09:00-12:00, 13:00-24:00"; an empty text is a closed day.

    Raises BadRange or OverlappingRanges, naming the day.
    """
    if not text.strip():
        return ()
    return checked([_read_one(part, day) for part in text.split(",")], day)


def _read_one(part: str, day: str) -> Range:
    match = _WRITTEN.fullmatch(part)
    numbers = [int(n) for n in match.groups()] if match else [99] * 4
    start, end = numbers[:2], numbers[2:]
    if end == [24, 0]:
        end = [0, 0]
    elif end == [0, 0]:
        raise BadRange(f"{day}: write the end of the day as 24:00, not 00:00")
    if start[0] > 23 or end[0] > 23 or start[1] > 59 or end[1] > 59:
        raise BadRange(f"{day}: “{part.strip()}” is not a range such as 09:00-17:00")
    return time(start[0], start[1]), time(end[0], end[1])


def _clock(at: time, *, last: bool = False) -> str:
    if last and at == MIDNIGHT:
        return "24:00"
    return at.isoformat("minutes" if not (at.second or at.microsecond) else "auto")
