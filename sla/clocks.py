"""Clocks are started and stopped by the workflow, in plain sight and in its own transaction.

    start(lead=…, code=…, subject_key="handoff:17", person=rep, at=offered_at)
    stop(workspace=…, subject_key="handoff:17", code=…, at=decided_at, how="accepted")

What a clock says in the end depends only on its terms, on its pauses (`sla.pauses`) and on the
moment of its stop, never on when a sweep ran: a stop finds a breach by itself, and a stop dated in
time takes one back.
"""

from dataclasses import dataclass
from datetime import datetime

from accounts.models import User, Workspace
from leadqual.models import Lead
from sla.answers import answered, unanswered_breaches, untold_warnings, warning_told
from sla.breaches import sweep
from sla.calendars import OF_A_CALENDAR, calendar_of
from sla.deadlines import deadlines
from sla.models import BusinessCalendar, Clock, Commitment
from sla.models.clocks import RAN_OUT, TAKEN_BACK
from sla.recalculation import recalculate_running
from sla.stops import Stop, resume, stop, stop_each, stop_running, take_back

__all__ = [
    "RAN_OUT",
    "TAKEN_BACK",
    "Stop",
    "answered",
    "forget",
    "pass_on",
    "promise",
    "recalculate_running",
    "resume",
    "start",
    "stop",
    "stop_each",
    "stop_running",
    "sweep",
    "take_back",
    "unanswered_breaches",
    "untold_warnings",
    "warning_told",
]


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
        by if the promise says so. Where the lead is to be called back, say so to `sla.pauses` once
        it is written. Raises CalendarError where no deadline can be computed.
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
            warn_percents=sorted(commitment.warn_percents),
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
        .prefetch_related(*OF_A_CALENDAR)
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
    when it has been stopped since. Where the lead is to be called back, say so to `sla.pauses`.

    Raises CalendarError where no deadline can be computed.
    """
    promised = promise(lead.workspace_id, code, tier=tier)
    if promised is None:
        return None
    clock = promised.clock(lead, person=person, at=at, own_calendar=own_calendar)
    clock.subject_key = subject_key
    # INSERT … ON CONFLICT DO NOTHING waits for a starter that has not committed yet.
    Clock.objects.bulk_create([clock], ignore_conflicts=True)
    return Clock.objects.of(lead.workspace).get(code=code, subject_key=subject_key)


def pass_on(*, lead: Lead, code: str, to: User | None) -> int:
    """It is another's turn now to keep the lead's own promise: the person changes and nothing else,
    for the lead waits on. Returns how many running clocks that concerned."""
    return Clock.objects.running().filter(lead=lead, code=code).update(person=to)


def forget(*, workspace: Workspace, subject_key: str, code: str) -> None:
    """The clock was started by mistake: it never was, and may be started anew."""
    Clock.objects.of(workspace).filter(code=code, subject_key=subject_key).delete()
