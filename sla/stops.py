"""How clocks are stopped, one or many in the same statements, and how a stop is taken back.

A stop finds a breach by itself, and a stop dated in time takes one back.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from accounts.models import Workspace
from leadqual.models import Lead
from sla import pauses
from sla.calendars import calendar_of
from sla.models import Clock, ClockQuerySet
from sla.models.clocks import TAKEN_BACK
from sla.reckoning import conclude, held, spans, write


@dataclass(frozen=True)
class Stop:
    """What ends a clock: the moment of the deed, and a word for it such as accepted.

    `at` is not the moment of its entry: a touch logged later counts at its own, so that one dated
    in time takes back a breach that the sweep had noticed (`answered_at` stays, if somebody was
    told already), and one dated before the start takes 0 business seconds. A stop at the very
    `due_at` keeps the promise; a later one breaks it at `due_at`, whether or not a sweep has come
    by, and so does `how=RAN_OUT` at the deadline. `how=TAKEN_BACK` in time means that nobody is
    held to the promise any more: it counts as neither kept nor missed.

    `recorded_at` is when we came to know of it, where that was later than `at`. Stopped twice, the
    first stop stays; but `or_earlier`: where a deed of the same kind has stopped the clock at a
    later moment, it is stopped at the earlier one instead, for that was the first: a touch logged
    late. This never makes a clock say anything worse. `anew`: whatever stopped it before is taken
    back as by `resume`, for it came after the deed, of which we did not know.
    """

    at: datetime
    how: str
    recorded_at: datetime | None = None
    or_earlier: bool = False
    anew: bool = False

    def holds_for(self, clock: Clock) -> bool:
        if clock.stopped_at is None:
            return True
        return self.or_earlier and clock.stopped_by == self.how and self.at < clock.stopped_at


def stop(
    *, workspace: Workspace, subject_key: str, code: str, at: datetime, how: str
) -> Clock | None:
    """Stop the clock at `at` for the cause `how` (see Stop); None if there is none.

    Raises CalendarError where the calendar has been made unusable since the start.
    """
    rows = Clock.objects.of(workspace).filter(code=code, subject_key=subject_key)
    stopped = _stop_held(rows, lambda _: Stop(at, how))
    return stopped[0] if stopped else None


def stop_running(*, lead: Lead, codes: Collection[str], at: datetime, how: str) -> list[Clock]:
    """Stop all running clocks of the lead that are of these promises; returns them. In as many
    statements as one, and so does `stop_each`. Raises CalendarError."""
    rows = Clock.objects.running().filter(lead=lead, code__in=codes)
    return _stop_held(rows, lambda _: Stop(at, how))


def stop_each(stops: Mapping[int, Stop]) -> list[Clock]:
    """Stop these clocks, by id, each in its own way; returns them. Raises CalendarError."""
    if not stops:
        return []
    rows = Clock.objects.filter(pk__in=stops)
    return _stop_held(rows, lambda clock: stops[clock.pk], anew=any(s.anew for s in stops.values()))


@transaction.atomic
def _stop_held(
    rows: ClockQuerySet, stop_of: Callable[[Clock], Stop], *, anew: bool = False
) -> list[Clock]:
    clocks = held(rows, with_idle_pauses=anew)
    changed = []
    for clock in clocks:
        said = stop_of(clock)
        if said.anew and clock.stopped_at:
            _run_on(clock)
        if said.holds_for(clock):
            _stop(clock, said)
            changed.append(clock)
    write(changed)
    return clocks


def take_back(running: ClockQuerySet, *, at: datetime) -> None:
    """Nobody is held to these running clocks any more, whatever they are about."""
    _stop_held(running, lambda _: Stop(at, TAKEN_BACK))


@transaction.atomic
def resume(*, workspace: Workspace, subject_key: str, code: str) -> Clock | None:
    """Take back a stop, as if it had never come: the clock runs to its old deadline.

    Whatever has passed meanwhile, the next sweep notices it at its true moment, and a breach that
    was answered while the clock stood still is to be answered again. None if there is no such clock
    or it runs.
    """
    stopped = Clock.objects.of(workspace).filter(
        code=code, subject_key=subject_key, stopped_at__isnull=False
    )
    for clock in held(stopped, with_idle_pauses=True):
        _run_on(clock)
        return clock
    return None


def _run_on(clock: Clock) -> None:
    clock.stopped_at, clock.stopped_by, clock.business_seconds = None, "", None
    clock.stop_recorded_at = None
    clock.breached_at = clock.noticed_at = clock.answered_at = None
    clock.warned, clock.cause = 0, ""
    clock.next_check_at = clock.next_moment
    write([clock])
    if clock.pauses.all():  # one may begin later than the stop
        pauses.reckon_anew([clock], now=clock.started_at)


def _stop(clock: Clock, said: Stop) -> None:
    clock.stopped_at, clock.stopped_by = said.at, said.how
    clock.stop_recorded_at = found = max(said.at, said.recorded_at or said.at)
    calendar = calendar_of(clock.calendar)
    known = list(clock.pauses.all()) if clock.paused_seconds else []
    if any(pause.until > said.at for pause in known):  # it stands still no longer than it runs
        pauses.reckon_anew([clock], now=found)
    else:
        conclude(clock, calendar, spans(clock, known), found=found)
