"""The fallback queue: MQLs that are ready for sales and offered to nobody, each with its clock.

This is its only writer; `handoff.fallback_tries` works it off. Whoever calls holds the lead. A lead
stands here once at a time, and leaves when it is offered, moves on or is not ready any more.
"""

import logging
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from accounts.models import Workspace
from handoff import messages, promises
from handoff.agreement.holding import tell_held
from handoff.models import FallbackEntry, Handoff
from handoff.models.routing import FallbackEntryQuerySet
from leadqual.models import Lead
from leadqual.stages import Stage
from sla import clocks
from sla.business_time import CalendarError
from sla.models import Commitment

log = logging.getLogger(__name__)

Why = FallbackEntry.Why
CODE = Commitment.Code.FALLBACK
FOR_A_MANAGER = frozenset({Why.SILENCE, Why.CYCLES, Why.TAKEN_BACK})
"""Nothing but a person's word offers these again, until the lead has left and come back."""
FREED_AT_ONCE = 20
"""So many of those waiting longest are tried when somebody has room for one more."""
KEY = "fallback:"
A_MINUTE, AN_HOUR = timedelta(minutes=1), timedelta(hours=1)


def subject_key(entry: FallbackEntry) -> str:
    """What the clock of this entry is about."""
    return f"{KEY}{entry.pk}"


def waiting(workspace: Workspace) -> FallbackEntryQuerySet:
    """Those of the workspace, who waits longest first; each with its lead and company."""
    entries = FallbackEntry.objects.of(workspace).waiting()
    present = entries.filter(lead__stage=Stage.MQL, lead__merged_into=None, lead__erased_at=None)
    return present.select_related("lead__company").order_by("entered_at", "pk")


def entry_of(lead: Lead) -> FallbackEntry | None:
    """Where it stands in the queue; None: it does not."""
    return FallbackEntry.objects.waiting().filter(lead=lead).first()


def hold(lead: Lead) -> FallbackEntry | None:
    """The same, locked. Before the pools are: whoever makes room for those in the queue locks some
    of them first, and may then want the pools."""
    held = FallbackEntry.objects.waiting().select_for_update(of=("self",), no_key=True)
    return held.filter(lead=lead).first()


def enter(
    lead: Lead,
    *,
    why: FallbackEntry.Why,
    at: datetime,
    trace: dict[str, Any] | None = None,
    next_try_at: datetime | None = None,
) -> FallbackEntry:
    """Put the lead into the queue, or note what keeps it there now: its place and its clock stay.

    `next_try_at` None: it waits for a manager. The managers are told, once a cycle and cause.
    While hand-offs are held, nobody owes it anything: it stands there without a clock.
    """
    entry = entry_of(lead)
    is_held = why == Why.UNSIGNED
    if entry is None:
        entry = FallbackEntry.objects.create(
            workspace_id=lead.workspace_id,
            lead=lead,
            cycle=lead.cycle,
            why=why,
            trace=trace or {},
            entered_at=at,
            next_try_at=next_try_at,
        )
        if not is_held:
            _start_clock(entry, at=at)
        promises.nobodys_turn(lead)
        _tell(entry, at=at)
        return entry
    is_news, was_held = entry.why != why, entry.why == Why.UNSIGNED
    entry.lead = lead
    entry.why, entry.trace, entry.next_try_at = why, trace or entry.trace, next_try_at
    entry.save(update_fields=["why", "trace", "next_try_at"])
    if is_news:
        if was_held:
            _start_clock(entry, at=at)
        elif is_held:
            _stop_clock(entry, at=at, how=clocks.TAKEN_BACK)
        _tell(entry, at=at)
    return entry


def _tell(entry: FallbackEntry, *, at: datetime) -> None:
    if entry.why == Why.UNSIGNED:
        tell_held(entry.lead.workspace, at=at)
    else:
        messages.tell_fallback(entry)


def _start_clock(entry: FallbackEntry, *, at: datetime) -> None:
    try:
        clocks.start(lead=entry.lead, code=CODE, subject_key=subject_key(entry), person=None, at=at)
    except CalendarError:  # the queue is seen without a deadline; the lead is not lost for it
        log.exception("No deadline can be computed for %s", subject_key(entry))


def failed(lead: Lead, error: Exception, *, at: datetime) -> FallbackEntry:
    """The lead could not be offered: it is seen here with the error, and tried again after a
    minute, then ever more rarely. The managers are called when its clock runs out."""
    log.error("Lead %s could not be offered", lead.pk, exc_info=error)
    entry = entry_of(lead)
    waited = at - entry.entered_at if entry else timedelta()
    trace = {"error": f"{type(error).__name__}: {error}"[:500]}
    wait = min(max(waited, A_MINUTE), AN_HOUR)
    return enter(lead, why=Why.FAILED, trace=trace, at=at, next_try_at=at + wait)


def leave(lead: Lead, *, how: str, at: datetime) -> None:
    """The lead is offered (`how`: offered), or there is nothing to offer any more (moved, demoted,
    not_ready, merged …); nothing happens where it does not stand in the queue."""
    for entry in FallbackEntry.objects.waiting().filter(lead=lead).select_related("workspace"):
        left(entry, how=how, at=at)


def left(entry: FallbackEntry, *, how: str, at: datetime) -> None:
    """The same for an entry; its clock is kept or missed by an offer, and else taken back."""
    entry.left_at, entry.left_by, entry.next_try_at = max(at, entry.entered_at), how, None
    entry.save(update_fields=["left_at", "left_by", "next_try_at"])
    how = how if how == "offered" else clocks.TAKEN_BACK
    _stop_clock(entry, at=entry.left_at, how=how)


def _stop_clock(entry: FallbackEntry, *, at: datetime, how: str) -> None:
    clocks.stop(
        workspace=entry.workspace,
        code=CODE,
        subject_key=subject_key(entry),
        at=at,
        how=how,
    )


def capacity_freed(handoff: Handoff, *, at: datetime) -> None:
    """An offer is open no longer: who waits longest for somebody to be available is tried soon."""
    _try_soon(handoff.workspace_id, FREED_AT_ONCE, at=at)


def setup_changed(workspace: Workspace, *, at: datetime) -> None:
    """Reps, pools, absences or rules were changed by hand: somebody may be able to take any of
    those who wait, long before they would be tried again."""
    _try_soon(workspace.pk, None, at=at)


def _try_soon(workspace_id: int, most: int | None, *, at: datetime) -> None:
    """Nobody's lock is waited for: who is being tried already is left out."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE handoff_fallbackentry SET next_try_at = %s WHERE id IN (
                SELECT id FROM handoff_fallbackentry
                WHERE workspace_id = %s AND left_at IS NULL AND why = 'nobody'
                  AND next_try_at > %s
                ORDER BY entered_at LIMIT %s FOR UPDATE SKIP LOCKED
            )
            """,
            [at, workspace_id, at, most],
        )
