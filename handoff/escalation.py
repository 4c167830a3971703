"""What follows when a promise is missed: sla measures, handoff reacts."""

import logging
from datetime import datetime

from django.db import connection, transaction

from handoff import messages
from handoff.handoffs import expire
from handoff.models import Handoff, MessageTemplate
from handoff.offering import DECIDE, offer_next
from handoff.transitions import SomeoneWasFaster, lock
from leadqual.stages import Stage
from sla import clocks
from sla.models import Clock

log = logging.getLogger(__name__)


def answer_breaches(*, now: datetime, limit: int = 200) -> int:
    """React once to each breach that the sweep found; returns how many were answered.

    An undecided offer expires at its deadline and goes to the next rep, or back into the line that
    a publication made it wait in where all days are full; a first touch that is missing is
    reported to the managers and its clock runs on until somebody reaches out.
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
    handoff = (
        Handoff.objects.select_related("lead__company", "workspace", "rep")
        .filter(pk=int(clock.subject_key.removeprefix("handoff:")))
        .first()
    )
    if handoff is None:
        return
    if clock.commitment.code == DECIDE:
        _expire(handoff, clock, now=now)
    elif clock.stopped_at is None:
        tell_missed(handoff, clock)


def _expire(handoff: Handoff, clock: Clock, *, now: datetime) -> None:
    try:
        expired = expire(handoff, at=clock.due_at)
    except SomeoneWasFaster:  # decided meanwhile, late: the managers hear of the miss
        tell_missed(handoff, clock)
        return
    if expired.lead.stage == Stage.MQL:
        offer_next(expired.lead, at=now)


def tell_missed(handoff: Handoff, clock: Clock) -> None:
    due = clock.due_at.astimezone(handoff.workspace.zone)
    messages.tell(
        messages.managers(handoff.workspace),
        code=MessageTemplate.Code.BREACHED,
        key=f"breached:{clock.pk}",
        lead=handoff.lead,
        facts={
            **messages.facts_of(handoff),
            "due": f"{due:%a %d %b %Y, %H:%M} ({handoff.workspace.timezone})",
            "promise": clock.commitment.get_code_display(),
        },
    )
