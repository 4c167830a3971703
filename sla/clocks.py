"""Clocks are started and stopped by the workflow, in plain sight and in its own transaction.

    start(lead=…, code=…, subject_key="handoff:17", person=rep, at=offered_at)
    stop(workspace=…, subject_key="handoff:17", code=…, at=decided_at, how="accepted")

What a clock says in the end depends only on its terms and on the moment of its stop, never on
when a sweep ran: a stop finds a breach by itself, and a stop dated in time takes one back.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from accounts.models import User, Workspace
from leadqual.models import Lead
from sla.breaches import answered, sweep, unanswered_breaches
from sla.business_time import elapsed
from sla.calendars import WITH_CONTENT, calendar_of
from sla.deadlines import deadlines
from sla.models import BusinessCalendar, Clock, Commitment
from sla.models.clocks import RAN_OUT, TAKEN_BACK
from sla.recalculation import recalculate_running

__all__ = [
    "RAN_OUT",
    "TAKEN_BACK",
    "answered",
    "forget",
    "promise",
    "recalculate_running",
    "resume",
    "start",
    "stop",
    "sweep",
    "unanswered_breaches",
]

_CALENDAR = tuple(f"calendar__{name}" for name in WITH_CONTENT)


@dataclass(frozen=True)
class Promise:
    """What somebody is held to, with all that a deadline needs; read once, for clocks to come."""

    commitment: Commitment

    def clock(
        self,
        lead: Lead,
        *,
        person: User | None,
        at: datetime,
        own_calendar: BusinessCalendar | None = None,
    ) -> Clock:
        """A clock of it from `at`, not yet written and about nothing yet; with its deadlines.

        `own_calendar`: the working hours of whoever is held to it, where they have some; counted
        by if the promise says so. Raises CalendarError where no deadline can be computed.
        """
        commitment = self.commitment
        by_person = commitment.counts_by == Commitment.CountsBy.PERSON
        calendar = (own_calendar if by_person else None) or commitment.calendar
        moments = deadlines(
            started_at=at,
            minutes=commitment.minutes,
            days=commitment.days,
            warn_percents=commitment.warn_percents,
            calendar=calendar_of(calendar),
        )
        return Clock(
            workspace_id=lead.workspace_id,
            lead=lead,
            commitment=commitment,
            code=commitment.code,
            tier_code=commitment.tier_code,
            calendar=calendar,
            person=person,
            minutes=commitment.minutes,
            days=commitment.days,
            warn_percents=commitment.warn_percents,
            started_at=at,
            warn_ats=moments.warn_ats,
            due_at=moments.due_at,
            next_check_at=next((m for m in moments.warn_ats), moments.due_at),
        )


def promise(workspace_id: int, code: str, *, tier: str = "") -> Promise | None:
    """The promise that the workspace gives now to leads of that tier, read once for what is started
    soon: that of the active agreement, or its default; one for the tier before one for any."""
    commitment = (
        Commitment.objects.in_force()
        .filter(workspace=workspace_id, code=code, tier_code__in={tier, ""})
        .select_related("calendar")
        .prefetch_related(*_CALENDAR)
        .order_by("-tier_code")
        .first()
    )
    return Promise(commitment) if commitment else None


def start(
    *,
    lead: Lead,
    code: str,
    subject_key: str,
    person: User | None,
    at: datetime,
    tier: str = "",
    own_calendar: BusinessCalendar | None = None,
) -> Clock | None:
    """Start the promise `code` for that subject at `at`; None where the workspace has none such.

    Started twice, by two people at once too, it is the same clock: the first start counts, also
    when it has been stopped since. Raises CalendarError where no deadline can be computed.
    """
    promised = promise(lead.workspace_id, code, tier=tier)
    if promised is None:
        return None
    clock = promised.clock(lead, person=person, at=at, own_calendar=own_calendar)
    clock.subject_key = subject_key
    # INSERT … ON CONFLICT DO NOTHING waits for a starter that has not committed yet.
    Clock.objects.bulk_create([clock], ignore_conflicts=True)
    return Clock.objects.of(lead.workspace).get(code=code, subject_key=subject_key)


@transaction.atomic
def stop(
    *,
    workspace: Workspace,
    subject_key: str,
    code: str,
    at: datetime,
    how: str,
    recorded_at: datetime | None = None,
) -> Clock | None:
    """Stop the clock at `at` for the cause `how` (a word such as accepted); None if there is none.

    Stopped twice, the first stop stays. `at` is the moment of the deed, not of its entry: a touch
    logged later counts at its own moment, so that one dated in time takes back a breach that the
    sweep had noticed (`answered_at` stays, if somebody was told already), and one dated before
    the start takes 0 business seconds. A stop at the very `due_at` keeps the promise; a later one
    breaks it at `due_at`, whether or not a sweep has come by, and so does `how=RAN_OUT` at the
    deadline. `how=TAKEN_BACK` in time means that nobody is held to the promise any more: it
    counts as neither kept nor missed.

    `recorded_at` is when we came to know of it, where that was later.

    Raises CalendarError where the calendar has been made unusable since the start.
    """
    clock = (
        Clock.objects.of(workspace)
        .filter(code=code, subject_key=subject_key)
        .select_related("calendar")
        .prefetch_related(*_CALENDAR)
        .select_for_update(of=("self",))
        .first()
    )
    if clock is None or clock.stopped_at is not None:
        return clock
    _stop(clock, at=at, how=how)
    clock.stop_recorded_at = max(at, recorded_at or at)
    clock.save(
        update_fields=[
            "stop_recorded_at",
            *("stopped_at", "stopped_by", "business_seconds", "warned", "breached_at"),
            *("noticed_at", "next_check_at", "error"),
        ]
    )
    return clock


def resume(*, workspace: Workspace, subject_key: str, code: str) -> Clock | None:
    """Take back a stop, as if it had never come: the clock runs to its old deadline.

    Whatever has passed meanwhile, the next sweep notices it at its true moment, and a breach that
    was answered while the clock stood still is to be answered again. None if there is no such clock
    or it runs.
    """
    stopped = Clock.objects.of(workspace).filter(
        code=code, subject_key=subject_key, stopped_at__isnull=False
    )
    clock = stopped.select_for_update(of=("self",)).first()
    if clock is None:
        return None
    clock.stopped_at, clock.stopped_by, clock.business_seconds = None, "", None
    clock.stop_recorded_at = None
    clock.breached_at = clock.noticed_at = clock.answered_at = None
    clock.warned, clock.cause = 0, ""
    clock.next_check_at = clock.next_moment
    clock.save()
    return clock


def forget(*, workspace: Workspace, subject_key: str, code: str) -> None:
    """The clock was started by mistake: it never was, and may be started anew."""
    Clock.objects.of(workspace).filter(code=code, subject_key=subject_key).delete()


def _stop(clock: Clock, *, at: datetime, how: str) -> None:
    took = elapsed(clock.started_at, at, calendar_of(clock.calendar))
    late = at > clock.due_at or (at == clock.due_at and how == RAN_OUT)
    clock.stopped_at = at
    clock.stopped_by = how
    clock.business_seconds = max(took // timedelta(seconds=1), 0)
    clock.warned = sum(at > moment for moment in clock.warn_ats)
    clock.breached_at = clock.due_at if late else None
    clock.noticed_at = (clock.noticed_at or at) if late else None
    clock.next_check_at = None
    clock.error = ""
