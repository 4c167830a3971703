"""A lead asked to be called back on a date: the promises that pause for that stand still.

    pause(lead, since=asked_at, until=thursday, why="the lead asked to be called back", by=rep, …)
    end(lead, at=reached_at, now=now)         # what lies behind that moment never was
    move(lead, at=asked_again_at, until=friday, …)

Deadlines move at once, by the business time of the clock's own calendar between the two moments, so
that no job has to end a pause. What a clock says in the end depends on its terms, on the moments at
which it stood still and on its stop: not on the order in which people wrote them down, nor on the
sweeps between. Only promises with `Commitment.pauses` pause; nobody's absence ever pauses one.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from accounts.models import User
from leadqual.models import Lead
from sla.calendars import calendar_of
from sla.deadlines import Span
from sla.models import Clock, ClockPause
from sla.models.clocks import RAN_OUT
from sla.reckoning import held, reckon, write

CALL_BACK = "the lead asked to be called back"


class EndsBeforeItBegins(ValueError):
    """A pause ends later than it begins."""


@transaction.atomic
def pause(
    lead: Lead,
    *,
    since: datetime,
    until: datetime,
    by: User | None,
    now: datetime,
    why: str = CALL_BACK,
) -> list[Clock]:
    """Let the lead's promises that pause stand still from `since` up to `until`; returns the clocks
    whose moments moved.

    `since` is when the lead asked and may lie in the past: a breach that was noticed meanwhile is
    taken back if the pause began before the deadline, and stands if it did not; a warning given by
    then stays given, those ahead move. A clock that was stopped later than `since` is reckoned
    anew, too, except an offer that ran out. A clock started later than `since` pauses from its
    start. Said again it changes nothing, so that a clock started meanwhile can be joined to it;
    where pauses overlap each moment counts once. `now` is when it was written down.

    Raises EndsBeforeItBegins; CalendarError where a deadline would be too far away.
    """
    if until <= since:
        raise EndsBeforeItBegins("The moment of the call lies before that of the wish for it.")
    span = Span(since, until)
    return _change(lead, span, lambda clocks: _add(clocks, span, why, by), now=now)


@transaction.atomic
def end(lead: Lead, *, at: datetime, now: datetime) -> list[Clock]:
    """The promises go on at `at`: pauses end there, and those that begin there or later never were.

    Ended at its beginning, a pause has changed nothing. Returns the clocks whose moments moved.
    """
    span = Span(at, datetime.max.replace(tzinfo=at.tzinfo))
    return _change(lead, span, lambda clocks: _cut(clocks, at), now=now)


@transaction.atomic
def move(
    lead: Lead,
    *,
    at: datetime,
    until: datetime,
    by: User | None,
    now: datetime,
    why: str = CALL_BACK,
) -> list[Clock]:
    """At `at` the lead asked for another moment: the pause ends at `until`, be it sooner or later
    than before."""
    moved = end(lead, at=at, now=now)
    again = pause(lead, since=at, until=until, by=by, now=now, why=why)
    return list({clock.pk: clock for clock in (*moved, *again)}.values())


def _add(clocks: Iterable[Clock], span: Span, why: str, by: User | None) -> set[int]:
    """Write down what is not yet covered of such a pause; of which clocks anything was, by id. They
    are held, and are to be reckoned."""
    new = [
        ClockPause(
            clock=clock, since=piece.since, until=piece.until, business_seconds=0, why=why, by=by
        )
        for clock in clocks
        for piece in _uncovered(
            Span(max(span.since, clock.started_at), span.until), clock.pauses.all()
        )
    ]
    ClockPause.objects.bulk_create(new)
    return {pause.clock_id for pause in new}


def _cut(clocks: Iterable[Clock], at: datetime) -> set[int]:
    """Let no pause go on at that moment; which clocks had one that would have, by id."""
    later = ClockPause.objects.filter(clock__in=[clock.pk for clock in clocks], until__gt=at)
    concerned = set(later.values_list("clock", flat=True))
    if concerned:
        later.filter(since__gte=at).delete()
        later.update(until=at)
    return concerned


def reckon_anew(clocks: Sequence[Clock], *, now: datetime) -> list[Clock]:
    """After pauses of clocks held were written: their moments, and what each pause puts off.
    Returns the clocks whose moments moved."""
    pauses: dict[int, list[ClockPause]] = {clock.pk: [] for clock in clocks}
    for pause in ClockPause.objects.filter(clock__in=pauses):
        pauses[pause.clock_id].append(pause)
    was = {clock.pk: (clock.warn_ats, clock.due_at) for clock in clocks}
    for clock in clocks:
        reckon(clock, calendar_of(clock.calendar), pauses[clock.pk], now=now)
    every = [pause for own in pauses.values() for pause in own]
    ClockPause.objects.bulk_update(every, ["business_seconds"])
    write(clocks)
    return [clock for clock in clocks if was[clock.pk] != (clock.warn_ats, clock.due_at)]


def _change(
    lead: Lead, span: Span, change: Callable[[list[Clock]], set[int]], *, now: datetime
) -> list[Clock]:
    """Of every clock that ran within the span and pauses; an offer that ran out is over."""
    concerned = Clock.objects.filter(
        Q(stopped_at=None) | Q(stopped_at__gt=span.since) & ~Q(stopped_by=RAN_OUT),
        lead=lead,
        commitment__pauses=True,
        started_at__lt=span.until,
    )
    clocks = held(concerned, with_idle_pauses=True)
    changed = change(clocks)
    return reckon_anew([clock for clock in clocks if clock.pk in changed], now=now)


def _uncovered(new: Span, pauses: Iterable[ClockPause]) -> list[Span]:
    """What is left of a span where there are pauses already."""
    pieces = []
    since = new.since
    for known in sorted(pauses, key=lambda pause: pause.since):
        if known.since > since:
            pieces.append(Span(since, min(known.since, new.until)))
        since = max(since, known.until)
    pieces.append(Span(since, new.until))
    return [piece for piece in pieces if piece.since < piece.until]
