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
from sla.models import Clock, Commitment
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

    def clock(self, lead: Lead, *, person: User | None, at: datetime) -> Clock:
        """A clock of it from `at`, not yet written and about nothing yet; with its deadlines.

        Raises CalendarError where no deadline can be computed.
        """
        commitment = self.commitment
        moments = deadlines(
            started_at=at,
            minutes=commitment.minutes,
            warn_percent=commitment.warn_percent,
            calendar=calendar_of(commitment.calendar),
        )
        return Clock(
            workspace_id=lead.workspace_id,
            lead=lead,
            commitment=commitment,
            calendar=commitment.calendar,
            person=person,
            minutes=commitment.minutes,
            warn_percent=commitment.warn_percent,
            started_at=at,
            warn_at=moments.warn_at,
            due_at=moments.due_at,
            next_check_at=moments.warn_at,
        )


def promise(workspace_id: int, code: str) -> Promise | None:
    """The promise that the workspace gives now, read once for what is started soon."""
    commitment = (
        Commitment.objects.filter(workspace=workspace_id, code=code)
        .select_related("calendar")
        .prefetch_related(*_CALENDAR)
        .first()
    )
    return Promise(commitment) if commitment else None


def start(
    *, lead: Lead, code: str, subject_key: str, person: User | None, at: datetime
) -> Clock | None:
    """Start the promise `code` for that subject at `at`; None where the workspace has none such.

    Started twice, by two people at once too, it is the same clock: the first start counts, also
    when it has been stopped since. Raises CalendarError where no deadline can be computed.
    """
    promised = promise(lead.workspace_id, code)
    if promised is None:
        return None
    clock = promised.clock(lead, person=person, at=at)
    clock.subject_key = subject_key
    # INSERT … ON CONFLICT DO NOTHING waits for a starter that has not committed yet.
    Clock.objects.bulk_create([clock], ignore_conflicts=True)
    return Clock.objects.get(commitment=promised.commitment, subject_key=subject_key)


@transaction.atomic
def stop(
    *, workspace: Workspace, subject_key: str, code: str, at: datetime, how: str
) -> Clock | None:
    """Stop the clock at `at` for the cause `how` (a word such as accepted); None if there is none.

    Stopped twice, the first stop stays. `at` is the moment of the deed, not of its entry: a touch
    logged later counts at its own moment, so that one dated in time takes back a breach that the
    sweep had noticed (`answered_at` stays, if somebody was told already), and one dated before
    the start takes 0 business seconds. A stop at the very `due_at` keeps the promise; a later one
    breaks it at `due_at`, whether or not a sweep has come by, and so does `how=RAN_OUT` at the
    deadline. `how=TAKEN_BACK` in time means that nobody is held to the promise any more: it
    counts as neither kept nor missed.

    Raises CalendarError where the calendar has been made unusable since the start.
    """
    clock = (
        Clock.objects.of(workspace)
        .filter(commitment__code=code, subject_key=subject_key)
        .select_related("calendar")
        .prefetch_related(*_CALENDAR)
        .select_for_update(of=("self",))
        .first()
    )
    if clock is None or clock.stopped_at is not None:
        return clock
    _stop(clock, at=at, how=how)
    clock.save(
        update_fields=[
            *("stopped_at", "stopped_by", "business_seconds", "warned_at", "breached_at"),
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
        commitment__code=code, subject_key=subject_key, stopped_at__isnull=False
    )
    clock = stopped.select_for_update(of=("self",)).first()
    if clock is None:
        return None
    clock.stopped_at, clock.stopped_by, clock.business_seconds = None, "", None
    clock.warned_at = clock.breached_at = clock.noticed_at = clock.answered_at = None
    clock.next_check_at = clock.warn_at
    clock.save()
    return clock


def forget(*, workspace: Workspace, subject_key: str, code: str) -> None:
    """The clock was started by mistake: it never was, and may be started anew."""
    Clock.objects.of(workspace).filter(commitment__code=code, subject_key=subject_key).delete()


def _stop(clock: Clock, *, at: datetime, how: str) -> None:
    took = elapsed(clock.started_at, at, calendar_of(clock.calendar))
    late = at > clock.due_at or (at == clock.due_at and how == RAN_OUT)
    clock.stopped_at = at
    clock.stopped_by = how
    clock.business_seconds = max(took // timedelta(seconds=1), 0)
    clock.warned_at = clock.warn_at if at > clock.warn_at else None
    clock.breached_at = clock.due_at if late else None
    clock.noticed_at = (clock.noticed_at or at) if late else None
    clock.next_check_at = None
    clock.error = ""
