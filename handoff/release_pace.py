"""How many leads a publication may release to sales today, and until when that takes."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from accounts.models import Workspace
from handoff import rosters
from handoff.models import Release
from sla.business_time import ALWAYS, Calendar, CalendarError, is_open, next_opening
from sla.calendars import OF_A_CALENDAR, calendar_of
from sla.models import Commitment

LONGEST = timedelta(days=366)


@dataclass(frozen=True)
class Day:
    """What the reps who take offers may get on one local day, and what is left of it.

    `room` is the sum of what each has left: who has had too many takes nothing from the others.
    `free` are the ids of those who can take one now, `full` those of the others: their day is
    full, or they have reached a cap, are away or outside their hours.
    """

    per_day: int
    room: int
    full: frozenset[int]
    free: frozenset[int]


def calendar_of_reps(workspace: Workspace) -> Calendar:
    """That in which offers are to be decided, of any tier rather than of one; without such a
    promise every hour is one of work.

    Raises CalendarError for a calendar that cannot be computed with.
    """
    promise = (
        Commitment.objects.of(workspace)
        .in_force()
        .filter(code=Commitment.Code.DECIDE_OFFER)
        .select_related("calendar")
        .prefetch_related(*OF_A_CALENDAR)
        .order_by("tier_code")
        .first()
    )
    return calendar_of(promise.calendar) if promise else replace(ALWAYS, zone=workspace.timezone)


def working_weekdays(workspace: Workspace) -> int:
    """On how many days of a usual week the reps work; 0 where their calendar never says so."""
    try:
        return sum(map(bool, calendar_of_reps(workspace).weekly))
    except CalendarError:
        return 0


def day_of(workspace: Workspace, *, now: datetime) -> Day:
    """The capacity of the local day; offers of every kind use it up, released or not.

    Those that a manager took back, or that ended because the lead moved on, leave room. One that
    was “not mine” does not: it was read and answered, and else the line would flow on to whoever
    gives back most. The count stays true for whoever holds the pools (`rosters.hold_pools`).
    """
    known = rosters.people_of(workspace, since=now, until=now)
    people = rosters.with_loads(known, workspace, at=now).values()
    free = {person.user for person in people if person.refusal(now, paced=True) is None}
    return Day(
        per_day=sum(person.per_day for person in people),
        room=sum(person.left_today(now) for person in people),
        full=frozenset(person.user for person in people if not person.barred) - free,
        free=frozenset(free),
    )


def works_now(workspace: Workspace, *, now: datetime) -> bool:
    """Whether the reps are at work; never where their calendar cannot be computed with."""
    try:
        return is_open(now, calendar_of_reps(workspace))
    except CalendarError:
        return False


@dataclass(frozen=True)
class Outlook:
    """What managers are told: so many wait, at so many a day, until about that date.

    `room_today` is 0 where nobody works any more today (`works_today` is false). `done_on` is None
    where nobody takes offers, the calendar never opens, or it takes longer than a year.
    """

    waiting: int
    per_day: int
    works_today: bool
    room_today: int
    done_on: date | None


def outlook(workspace: Workspace, *, now: datetime) -> Outlook | None:
    """None where nothing waits; costs one small query then."""
    waiting = Release.objects.of(workspace).waiting().count()
    if not waiting:
        return None
    day = day_of(workspace, now=now)
    try:
        works, done = _pace(workspace, waiting, day, now=now)
    except CalendarError:
        works, done = False, None
    return Outlook(waiting, day.per_day, works, day.room if works else 0, done)


def _pace(
    workspace: Workspace, waiting: int, day: Day, *, now: datetime
) -> tuple[bool, date | None]:
    """Whether somebody still works today, and when all are released. Raises CalendarError."""
    calendar, zone = calendar_of_reps(workspace), workspace.zone
    if not day.per_day:
        return False, None
    at = next_opening(now, calendar)
    works_today = _local(at, zone) == _local(now, zone)
    room = day.room if works_today else day.per_day
    while waiting > room:
        waiting, room = waiting - room, day.per_day
        tomorrow = _local(at, zone) + timedelta(days=1)
        at = next_opening(datetime.combine(tomorrow, time(), tzinfo=zone), calendar)
        if at - now > LONGEST:
            return works_today, None
    return works_today, _local(at, zone)


def _local(at: datetime, zone: ZoneInfo) -> date:
    return at.astimezone(zone).date()
