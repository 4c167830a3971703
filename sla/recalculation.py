"""A calendar was edited: the deadlines of the clocks that run on it move, once."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from sla.business_time import Calendar
from sla.calendars import calendar_of
from sla.models import BusinessCalendar, Clock, ClockPause
from sla.reckoning import moments_of, move, spans, weigh_pauses, write


@transaction.atomic
def recalculate_running(calendar: BusinessCalendar, *, now: datetime) -> int:
    """Move the deadlines of the running clocks to what the calendar says now; how many moved.

    Call it after the edit, in the same transaction, and say the number in the message. Breaches
    that were noticed stay, for people have been told of them; and no deadline moves into the
    past, for nobody could have kept it: such a clock keeps the deadline it had. What a clock stood
    still for is counted anew from the moments of its pauses. A second call without an edit moves
    nothing.

    Raises CalendarError when the edit left a calendar that cannot be computed with, also when no
    clock runs on it, so that the edit is refused and the promise of tomorrow can be made.
    """
    hours = calendar_of(BusinessCalendar.objects.get(pk=calendar.pk))  # not what was prefetched
    running = Clock.objects.running().filter(calendar=calendar, breached_at=None)
    clocks = list(running.select_for_update().order_by("pk"))
    pauses = _pauses(calendar)
    moved = [clock for clock in clocks if _moves(clock, hours, pauses[clock.pk], now=now)]
    write(moved)
    ClockPause.objects.bulk_update(
        [pause for clock in moved for pause in pauses[clock.pk]],
        ["business_seconds"],
        batch_size=500,
    )
    return len(moved)


def _pauses(calendar: BusinessCalendar) -> dict[int, list[ClockPause]]:
    found: dict[int, list[ClockPause]] = defaultdict(list)
    concerned = Clock.objects.running().filter(calendar=calendar, breached_at=None)
    for pause in ClockPause.objects.filter(clock__in=concerned):
        found[pause.clock_id].append(pause)
    return found


def _moves(clock: Clock, hours: Calendar, pauses: Sequence[ClockPause], *, now: datetime) -> bool:
    new = moments_of(clock, hours, spans(clock, pauses))
    into_the_past = new.due_at < clock.due_at and new.due_at <= now
    if new == (clock.warn_ats, clock.due_at) or into_the_past:
        return False
    # Where there is time again, it will be warned anew; what a sweep has not noticed, it will.
    move(clock, new, now=now)
    weigh_pauses(clock, hours, pauses)
    return True
