"""Clocks are started and stopped by the workflow, in plain sight and in its own transaction.

    start(lead=…, code=…, subject_key="handoff:17", person=rep, at=offered_at)
    stop(workspace=…, subject_key="handoff:17", code=…, at=decided_at, how="accepted")

What a clock says in the end depends only on its terms, on its pauses (`sla.pauses`) and on the
moment of its stop, never on when a sweep ran: a stop finds a breach by itself, and a stop dated in
time takes one back.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from accounts.models import User, Workspace
from leadqual.models import Lead
from sla import pauses
from sla.answers import answered, unanswered_breaches, untold_warnings, warning_told
from sla.breaches import sweep
from sla.calendars import OF_A_CALENDAR, calendar_of
from sla.deadlines import deadlines
from sla.models import BusinessCalendar, Clock, Commitment
from sla.models.clocks import RAN_OUT, TAKEN_BACK
from sla.recalculation import recalculate_running
from sla.reckoning import conclude, held, spans, write

__all__ = [
    "RAN_OUT",
    "TAKEN_BACK",
    "answered",
    "forget",
    "pass_on",
    "promise",
    "recalculate_running",
    "resume",
    "start",
    "stop",
    "stop_running",
    "sweep",
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


@transaction.atomic
def stop(
    *,
    workspace: Workspace,
    subject_key: str,
    code: str,
    at: datetime,
    how: str,
    recorded_at: datetime | None = None,
    or_earlier: bool = False,
) -> Clock | None:
    """Stop the clock at `at` for the cause `how` (a word such as accepted); None if there is none.

    Stopped twice, the first stop stays. `at` is the moment of the deed, not of its entry: a touch
    logged later counts at its own moment, so that one dated in time takes back a breach that the
    sweep had noticed (`answered_at` stays, if somebody was told already), and one dated before
    the start takes 0 business seconds. A stop at the very `due_at` keeps the promise; a later one
    breaks it at `due_at`, whether or not a sweep has come by, and so does `how=RAN_OUT` at the
    deadline. `how=TAKEN_BACK` in time means that nobody is held to the promise any more: it
    counts as neither kept nor missed.

    `recorded_at` is when we came to know of it, where that was later than `at`. `or_earlier`: where
    a deed of the same kind (`how`) has stopped the clock at a later moment than `at`, it is stopped
    at the earlier one instead, for that was the first: a touch logged late. This never makes a
    clock say anything worse, and changes none that was stopped by something else.

    Raises CalendarError where the calendar has been made unusable since the start.
    """
    rows = Clock.objects.of(workspace).filter(code=code, subject_key=subject_key)
    for clock in held(rows):
        later_by_the_same = clock.stopped_by == how and clock.stopped_at and at < clock.stopped_at
        if clock.stopped_at is None or (or_earlier and later_by_the_same):
            _stop(clock, at=at, how=how, recorded_at=recorded_at)
            write([clock])
        return clock
    return None


@transaction.atomic
def stop_running(
    *,
    lead: Lead,
    codes: Collection[str],
    at: datetime,
    how: str,
    recorded_at: datetime | None = None,
) -> list[Clock]:
    """Stop all running clocks of the lead that are of these promises, as `stop` would each, in as
    many statements as one; returns them."""
    clocks = held(Clock.objects.running().filter(lead=lead, code__in=codes))
    for clock in clocks:
        _stop(clock, at=at, how=how, recorded_at=recorded_at)
    write(clocks)
    return clocks


def pass_on(*, lead: Lead, code: str, to: User | None) -> int:
    """It is another's turn now to keep the lead's own promise: the person changes and nothing else,
    for the lead waits on. Returns how many running clocks that concerned."""
    return Clock.objects.running().filter(lead=lead, code=code).update(person=to)


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
        clock.stopped_at, clock.stopped_by, clock.business_seconds = None, "", None
        clock.stop_recorded_at = None
        clock.breached_at = clock.noticed_at = clock.answered_at = None
        clock.warned, clock.cause = 0, ""
        clock.next_check_at = clock.next_moment
        write([clock])
        if clock.pauses.all():  # one may begin later than the stop
            pauses.reckon_anew([clock], now=clock.started_at)
        return clock
    return None


def forget(*, workspace: Workspace, subject_key: str, code: str) -> None:
    """The clock was started by mistake: it never was, and may be started anew."""
    Clock.objects.of(workspace).filter(code=code, subject_key=subject_key).delete()


def _stop(clock: Clock, *, at: datetime, how: str, recorded_at: datetime | None) -> None:
    clock.stopped_at, clock.stopped_by = at, how
    clock.stop_recorded_at = found = max(at, recorded_at or at)
    calendar = calendar_of(clock.calendar)
    known = list(clock.pauses.all()) if clock.paused_seconds else []
    if any(pause.until > at for pause in known):  # it stands still no longer than it runs
        pauses.reckon_anew([clock], now=found)
    else:
        conclude(clock, calendar, spans(clock, known), found=found)
