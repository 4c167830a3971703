"""A calendar was edited: the deadlines of the clocks that run on it move, once."""

from datetime import datetime, timedelta

from django.db import transaction

from sla.business_time import Calendar
from sla.calendars import calendar_of
from sla.deadlines import deadlines
from sla.models import BusinessCalendar, Clock


@transaction.atomic
def recalculate_running(calendar: BusinessCalendar, *, now: datetime) -> int:
    """Move the deadlines of the running clocks to what the calendar says now; how many moved.

    Call it after the edit, in the same transaction, and say the number in the message. Breaches
    that were noticed stay, for people have been told of them; and no deadline moves into the
    past, for nobody could have kept it: such a clock keeps the deadline it had. A second call
    without an edit moves nothing.

    Raises CalendarError when the edit left a calendar that cannot be computed with, also when no
    clock runs on it, so that the edit is refused and the promise of tomorrow can be made.
    """
    hours = calendar_of(BusinessCalendar.objects.get(pk=calendar.pk))  # not what was prefetched
    running = (
        Clock.objects.running()
        .filter(calendar=calendar, breached_at=None)
        .select_for_update()
        .order_by("pk")
    )
    moved = [clock for clock in running if _move(clock, hours, now=now)]
    Clock.objects.bulk_update(
        moved, ["warn_ats", "due_at", "warned", "next_check_at"], batch_size=500
    )
    return len(moved)


def _move(clock: Clock, hours: Calendar, *, now: datetime) -> bool:
    new = deadlines(
        started_at=clock.started_at,
        minutes=clock.minutes,
        days=clock.days,
        warn_percents=clock.warn_percents,
        calendar=hours,
        paused=timedelta(seconds=clock.paused_seconds),
    )
    into_the_past = new.due_at < clock.due_at and new.due_at <= now
    if new == (clock.warn_ats, clock.due_at) or into_the_past:
        return False
    clock.warn_ats, clock.due_at = new
    # Where there is time again, it will be warned anew; what a sweep has not noticed, it will.
    clock.warned = min(clock.warned, sum(moment < now for moment in clock.warn_ats))
    clock.next_check_at = clock.next_moment
    return True
