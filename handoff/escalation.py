"""What follows when a promise is missed: sla measures, handoff reacts."""

import logging
from collections.abc import Mapping
from datetime import datetime

from django.db import connection, transaction

from handoff import fallback, messages
from handoff.handoffs import expire
from handoff.models import FallbackEntry, Handoff, MessageTemplate, Release
from handoff.offering import DECIDE, offer_next
from handoff.transitions import SomeoneWasFaster, lock
from leadqual.stages import Stage
from sla import clocks
from sla.models import Clock

log = logging.getLogger(__name__)

SILENCES = 2
"""So many offers of a cycle may run out before a manager has the word."""


def answer_breaches(*, now: datetime, limit: int = 200) -> int:
    """React once to each breach that the sweep found; returns how many were answered.

    An undecided offer expires at its deadline and goes to the next rep, or back into the line that
    a publication made it wait in where all days are full; the second time in a cycle it waits for a
    manager, in the fallback queue. A first touch that is missing, or a lead that stands in that
    queue for too long, is reported to the managers and its clock runs on until somebody acts.
    """
    reacted = 0
    for clock in clocks.unanswered_breaches(limit):
        try:
            with transaction.atomic():
                lock(clock.lead)  # before its clocks, as everywhere
                if clocks.answered(clock, at=now):
                    _answer(clock, now=now)
                    reacted += 1
        except Exception:
            log.exception("The breach of clock %s could not be answered", clock.pk)
    return reacted


def follow_moved_deadlines() -> int:
    """A holiday entered late moves running clocks; open offers show the deadline of their clock."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE handoff_handoff h SET due_at = c.due_at
            FROM sla_clock c JOIN sla_commitment p ON p.id = c.commitment_id AND p.code = %s
            WHERE h.status = 'open' AND c.subject_key = 'handoff:' || h.id
              AND c.workspace_id = h.workspace_id
              AND c.stopped_at IS NULL AND c.due_at <> h.due_at
            """,
            [DECIDE],
        )
        return int(cursor.rowcount)


def _answer(clock: Clock, *, now: datetime) -> None:
    if clock.code == fallback.CODE:
        if clock.stopped_at is None:
            _tell(clock, {"rep": "nobody yet"})
        return
    handoff = (
        Handoff.objects.select_related("lead__company", "workspace", "rep")
        .filter(pk=int(clock.subject_key.removeprefix("handoff:")))
        .first()
    )
    if handoff is None:
        return
    if clock.code == DECIDE:
        _expire(handoff, clock, now=now)
    elif clock.stopped_at is None:
        tell_missed(handoff, clock)


def _expire(handoff: Handoff, clock: Clock, *, now: datetime) -> None:
    try:
        expired = expire(handoff, at=clock.due_at)
    except SomeoneWasFaster:  # decided meanwhile, late: the managers hear of the miss
        tell_missed(handoff, clock)
        return
    lead = expired.lead
    if lead.stage != Stage.MQL:
        return
    ran_out = lead.handoffs.filter(cycle=lead.cycle, status=Handoff.Status.EXPIRED)
    if ran_out.count() < SILENCES:
        offer_next(lead, at=now)
    elif not lead.handoffs.open().exists():
        Release.objects.filter(lead=lead, released_at=None).update(released_at=now, held=False)
        why = FallbackEntry.Why.SILENCE
        fallback.enter(lead, why=why, trace=expired.trace, at=now)


def tell_missed(handoff: Handoff, clock: Clock) -> None:
    _tell(clock, messages.facts_of(handoff))


def _tell(clock: Clock, facts: Mapping[str, str]) -> None:
    """The managers hear, once, of a promise that was missed."""
    workspace = clock.workspace
    due = clock.due_at.astimezone(workspace.zone)
    messages.tell(
        messages.managers(workspace),
        code=MessageTemplate.Code.BREACHED,
        key=f"breached:{clock.pk}",
        lead=clock.lead,
        facts={
            **facts,
            "due": f"{due:%a %d %b %Y, %H:%M} ({workspace.timezone})",
            "promise": clock.get_code_display(),
        },
    )
