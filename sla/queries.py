"""What other packages and pages ask of clocks, in words; `sla.compliance` counts them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.db.models import F, prefetch_related_objects

from leadqual.models import Lead
from sla.business_time import Calendar, elapsed
from sla.calendars import calendars_by_id
from sla.models import Clock, ClockPause, ClockQuerySet
from sla.models.clocks import RAN_OUT, TAKEN_BACK
from sla.remaining import named, remaining, spelled


class State(StrEnum):
    """Where a clock stands at a moment; true also where no sweep has come by yet."""

    RUNNING = "running"
    PAUSED = "paused"
    SOON = "due soon"
    LATE = "late"
    MET = "met"
    MISSED = "missed"
    TAKEN_BACK = "taken back"


@dataclass(frozen=True)
class ClockLine:
    """A clock with what it says at a moment; `zone` is that of its calendar, `pause` the one in
    which it stands still now. `marks` say what came late to our knowledge: the breach that a sweep
    found afterwards, the touch that was logged afterwards."""

    clock: Clock
    zone: str
    state: State
    words: str
    pause: ClockPause | None = None
    marks: tuple[str, ...] = ()

    @property
    def badge(self) -> str:
        """The look of the state, which stands there in words as well."""
        return _BADGES[self.state]

    @property
    def promised(self) -> str:
        if days := self.clock.days:
            return f"{days} business day{'' if days == 1 else 's'}"
        return spelled(timedelta(minutes=self.clock.minutes))

    @property
    def ended(self) -> str:
        """What stopped it: accepted, not mine, touched …; empty while it runs."""
        return self.clock.stopped_by.replace("_", " ")


_BADGES = {
    State.RUNNING: "bg-blue-lt",
    State.PAUSED: "bg-purple-lt",
    State.SOON: "bg-orange-lt",
    State.LATE: "bg-red-lt",
    State.MET: "bg-green-lt",
    State.MISSED: "bg-red-lt",
    State.TAKEN_BACK: "bg-secondary-lt",
}


def clocks_of_lead(lead: Lead) -> ClockQuerySet:
    """Every clock that ran for the lead, newest first, with its promise and its person; `signed_in`
    is the number of the agreement that promised it, None: a default."""
    return (
        Clock.objects.filter(lead=lead)
        .select_related("commitment", "person")
        .annotate(signed_in=F("commitment__agreement__number"))
        .order_by("-started_at", "-pk")
    )


def clock_lines(clocks: Iterable[Clock], *, now: datetime) -> list[ClockLine]:
    """Each clock with its words at `now`, in order; four queries beside that of the clocks.

    Raises CalendarError where a calendar has been made unusable.
    """
    clocks = list(clocks)
    prefetch_related_objects(clocks, "pauses")
    calendars = calendars_by_id(clock.calendar_id for clock in clocks)
    return [_line(clock, calendars[clock.calendar_id], now=now) for clock in clocks]


def state_of(clock: Clock, *, now: datetime, paused: bool = False) -> State:
    """`paused`: it stands still at `now` (see `pause_of`). A pause that begins after the deadline
    changes nothing, so that late is late."""
    if clock.stopped_at is not None:
        if clock.breached_at is not None:
            return State.MISSED
        return State.TAKEN_BACK if clock.stopped_by == TAKEN_BACK else State.MET
    if now > clock.due_at:
        return State.LATE
    if paused:
        return State.PAUSED
    return State.SOON if clock.warn_at and now > clock.warn_at else State.RUNNING


def pause_of(clock: Clock, *, now: datetime) -> ClockPause | None:
    """The pause in which it stands still at `now`; prefetch `pauses` for more clocks than one."""
    within = (pause for pause in clock.pauses.all() if pause.since <= now < pause.until)
    return next(within, None)


def _line(clock: Clock, calendar: Calendar, *, now: datetime) -> ClockLine:
    pause = pause_of(clock, now=now) if clock.stopped_at is None else None
    state = state_of(clock, now=now, paused=pause is not None)
    words = _words(clock, state, calendar, pause, now=now)
    return ClockLine(clock, calendar.zone, state, words, pause, _marks(clock, calendar, now=now))


def _words(
    clock: Clock, state: State, calendar: Calendar, pause: ClockPause | None, *, now: datetime
) -> str:
    if state is State.PAUSED and pause:
        when = named(pause.until, now=now, zone=calendar.zone)
        return f"stands still until {when} ({pause.why})"
    if clock.stopped_at is None:
        return remaining(due_at=clock.due_at, now=now, calendar=calendar).words
    took = spelled(timedelta(seconds=clock.business_seconds or 0))
    if state is State.MET:
        return f"met in {took} of business time"
    if state is State.TAKEN_BACK:
        return f"taken back after {took} of business time"
    if clock.stopped_by == RAN_OUT:
        return "missed: nothing was done by the deadline"
    by = elapsed(clock.due_at, clock.stopped_at, calendar)
    return f"missed by {spelled(by)} of business time"


def _marks(clock: Clock, calendar: Calendar, *, now: datetime) -> tuple[str, ...]:
    marks = []
    if clock.logged_late and clock.stop_recorded_at:
        when = named(clock.stop_recorded_at, now=now, zone=calendar.zone)
        marks.append(f"logged late, {when}")
    if clock.noticed_late and clock.noticed_at:
        marks.append(f"noticed late, {named(clock.noticed_at, now=now, zone=calendar.zone)}")
    return tuple(marks)
