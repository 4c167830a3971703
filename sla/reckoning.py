"""What a clock says follows from its terms, its pauses and its stop alone: here it is reckoned.

Whoever stops, pauses or moves clocks holds them, changes that, has them reckoned and writes them.
When a sweep came by shows in `noticed_at` alone.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from django.db import connection
from django.db.models import prefetch_related_objects

from sla.business_time import Calendar, elapsed
from sla.calendars import OF_A_CALENDAR
from sla.deadlines import Deadlines, Span, deadlines, worked
from sla.models import Clock, ClockPause, ClockQuerySet
from sla.models.clocks import RAN_OUT

_SECOND: Final = timedelta(seconds=1)


def held(rows: ClockQuerySet, *, with_idle_pauses: bool = False) -> list[Clock]:
    """The clocks, locked in the order of their keys, with calendar and pauses.

    A clock that no pause has moved needs none read, unless somebody changes them.
    """
    clocks = list(
        rows.select_related("calendar")
        .prefetch_related(*OF_A_CALENDAR)
        .select_for_update(of=("self",))
        .order_by("pk")
    )
    paused = [clock for clock in clocks if clock.paused_seconds or with_idle_pauses]
    prefetch_related_objects(paused, "pauses")
    return clocks


def spans(clock: Clock, pauses: Iterable[ClockPause]) -> list[Span]:
    """When the clock stood still, up to its stop; pauses that meet are one."""
    found: list[Span] = []
    for pause in sorted(pauses, key=lambda pause: pause.since):
        until = min(pause.until, clock.stopped_at or pause.until)
        if found and found[-1].until == pause.since < until:
            found[-1] = Span(found[-1].since, until)
        elif pause.since < until:
            found.append(Span(pause.since, until))
    return found


def moments_of(clock: Clock, calendar: Calendar, pauses: Sequence[Span]) -> Deadlines:
    """Its warnings and its deadline by its terms. Raises CalendarError."""
    return deadlines(
        started_at=clock.started_at,
        minutes=clock.minutes,
        days=clock.days,
        warn_percents=clock.warn_percents,
        calendar=calendar,
        pauses=pauses,
    )


def move(clock: Clock, new: Deadlines, *, now: datetime) -> None:
    """Give it other moments. What was noticed of a running clock and has not come yet by them, as
    of `now`, was not: it will be noticed, told and answered when it comes."""
    clock.warn_ats, clock.due_at = new
    if clock.stopped_at is not None:
        return
    clock.warned = min(clock.warned, sum(moment < now for moment in clock.warn_ats))
    clock.told = min(clock.told, clock.warned)
    if clock.noticed_at and (clock.due_at == clock.breached_at or clock.due_at < now):
        clock.breached_at, clock.noticed_at = clock.due_at, max(clock.noticed_at, clock.due_at)
        return
    clock.next_check_at = clock.next_moment
    if clock.noticed_at:
        clock.breached_at = clock.noticed_at = clock.answered_at = clock.acknowledged_at = None
        clock.acknowledged_by, clock.acknowledgement, clock.cause = None, "", ""


def weigh_pauses(clock: Clock, calendar: Calendar, pauses: Iterable[ClockPause]) -> list[Span]:
    """Say of each pause, and of all together, how many business seconds they put the deadline off;
    each rounded up, so that 0 says that it changed nothing. Returns the spans that did."""
    counting = [span for span in spans(clock, pauses) if span.since < clock.due_at]
    for pause in pauses:
        parts = [
            Span(max(pause.since, span.since), min(pause.until, span.until))
            for span in counting
            if pause.since < span.until and span.since < pause.until
        ]
        pause.business_seconds = _seconds(parts, calendar)
    # Not their sum: into how many pieces people have written a pause down does not matter.
    clock.paused_seconds = _seconds(counting, calendar)
    return counting


def _seconds(parts: Iterable[Span], calendar: Calendar) -> int:
    still = sum((elapsed(part.since, part.until, calendar) for part in parts), timedelta())
    return -(-still // _SECOND)


def reckon(
    clock: Clock, calendar: Calendar, pauses: Sequence[ClockPause], *, now: datetime
) -> None:
    """All of it anew, after its pauses have changed; also what each of those puts off."""
    move(clock, moments_of(clock, calendar, spans(clock, pauses)), now=now)
    counting = weigh_pauses(clock, calendar, pauses)
    if clock.stopped_at is not None:
        conclude(clock, calendar, counting, found=now)


def conclude(clock: Clock, calendar: Calendar, pauses: Sequence[Span], *, found: datetime) -> None:
    """What a stopped clock says; `found`: when a breach is, that nobody had noticed."""
    at = clock.stopped_at
    assert at is not None  # noqa: S101 - stopped, as its name says
    counting = [pause for pause in pauses if pause.since < clock.due_at]
    took = worked(clock.started_at, at, pauses=counting, calendar=calendar)
    late = at > clock.due_at or (at == clock.due_at and clock.stopped_by == RAN_OUT)
    clock.business_seconds = took // _SECOND
    clock.warned = sum(at > moment for moment in clock.warn_ats)
    clock.breached_at = clock.due_at if late else None
    clock.noticed_at = max(clock.noticed_at or found, clock.due_at) if late else None
    clock.next_check_at = None
    clock.error = ""


_TYPES: Final = {
    "warn_ats": "timestamptz[]",
    "due_at": "timestamptz",
    "warned": "smallint",
    "told": "smallint",
    "paused_seconds": "integer",
    "next_check_at": "timestamptz",
    "breached_at": "timestamptz",
    "noticed_at": "timestamptz",
    "answered_at": "timestamptz",
    "cause": "text",
    "stopped_at": "timestamptz",
    "stopped_by": "text",
    "stop_recorded_at": "timestamptz",
    "business_seconds": "integer",
    "acknowledged_at": "timestamptz",
    "acknowledged_by_id": "bigint",
    "acknowledgement": "text",
    "error": "text",
}
_WRITE: Final = f"""
UPDATE sla_clock c SET {", ".join(f"{name} = new.{name}" for name in _TYPES)}
FROM jsonb_to_recordset(%s::jsonb)
    AS new(id bigint, {", ".join(f"{name} {kind}" for name, kind in _TYPES.items())})
WHERE c.id = new.id
"""  # noqa: S608 - names of our own columns


def write(clocks: Sequence[Clock]) -> None:
    """All that may have changed, in one statement for any number of clocks held."""
    if not clocks:
        return
    rows = [{"id": clock.pk, **{name: _plain(clock, name) for name in _TYPES}} for clock in clocks]
    with connection.cursor() as cursor:
        cursor.execute(_WRITE, [json.dumps(rows)])


def _plain(clock: Clock, name: str) -> object:
    value = getattr(clock, name)
    if isinstance(value, datetime):
        return value.isoformat()
    return [at.isoformat() for at in value] if isinstance(value, list) else value
