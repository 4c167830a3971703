"""Offering an MQL: to the rep whose turn it is, or to a named one, with its packet.

Locks are always taken in the same order: the lead, then its hand-off, then the pools.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from accounts.models import User
from handoff import messages
from handoff.models import Handoff, Release
from handoff.packets import PACKET_TIMELINE, build_packet
from handoff.release_line import left_line, wait_on
from handoff.release_pace import day_of
from handoff.routing import Turn, hold_pool, next_turn
from handoff.transitions import lock
from leadqual.models import Lead
from leadqual.stages import Stage
from leadqual.timeline import timeline
from scoring.explanations import explain
from scoring.standing import Standing, standing_of
from sla import clocks
from sla.models import Commitment

DECIDE = Commitment.Code.DECIDE_OFFER


def subject_key(handoff: Handoff) -> str:
    """What the clocks of this hand-off are about."""
    return f"handoff:{handoff.pk}"


@transaction.atomic
def offer(
    lead: Lead, *, at: datetime, to: User | None = None, full: Collection[int] = ()
) -> Handoff | None:
    """Offer an MQL to the rep whose turn it is, or to a named one, with its packet.

    Returns None when the lead is offered already, is not ready by the hand-off rule (which binds
    nobody who names a rep) or nobody can take it; in the last case the managers are told, once a
    cycle, and the lead waits in `mql`. Where only reps whose day is `full` could take it, it goes
    on waiting in the line instead, or goes back to its head: tomorrow is another day.
    """
    lead = lock(lead)
    standing, explanation = standing_of(lead, now=at), explain(lead)
    if standing is None or explanation is None:
        return None
    if lead.stage != Stage.MQL or lead.handoffs.open().exists():
        return None
    if to is None and not standing.is_ready:
        return None
    turn = (
        Turn(to, [{"person": str(to), "skipped": ""}]) if to else next_turn(lead, at=at, full=full)
    )
    if turn.rep is None:
        if turn.later:
            wait_on(lead)
        else:
            _left_the_line(lead, at=at)
            messages.tell_nobody_can_take(lead, turn.trace)
        return None
    handoff = _written_down(lead, turn.rep, standing, explanation, trace=turn.trace, at=at)
    clock = clocks.start(
        lead=lead, code=DECIDE, subject_key=subject_key(handoff), person=turn.rep, at=at
    )
    if clock:
        handoff.due_at = clock.due_at
        handoff.save(update_fields=["due_at"])
    _left_the_line(lead, at=at)
    messages.tell_offered(handoff)
    return handoff


@transaction.atomic
def offer_next(lead: Lead, *, at: datetime) -> Handoff | None:
    """Offer it, first or after somebody gave it back, to the rep whose turn it is.

    One that a publication has made ready goes to nobody whose day is full, unless it has done
    something by itself since; see `offer` for what is then.
    """
    lead = lock(lead)
    if left_line(lead, now=at) is None:
        return offer(lead, at=at)
    hold_pool(lead.workspace)
    return offer(lead, at=at, full=day_of(lead.workspace, now=at).full)


def _left_the_line(lead: Lead, *, at: datetime) -> None:
    Release.objects.filter(lead=lead, released_at=None).update(released_at=at, held=False)


def _written_down(
    lead: Lead,
    rep: User,
    standing: Standing,
    explanation: dict[str, Any],
    *,
    trace: list[dict[str, str]],
    at: datetime,
) -> Handoff:
    """The offer with its packet, frozen as of now."""
    packet = build_packet(
        lead,
        explanation=standing.kept(explanation) or explanation,
        recent=timeline(lead, before=at + timedelta.resolution, limit=PACKET_TIMELINE),
    )
    return Handoff.objects.create(
        workspace=lead.workspace,
        lead=lead,
        rep=rep,
        cycle=lead.cycle,
        offered_at=at,
        source_id=lead.first_source_id,
        fit=standing.fit,
        intent=standing.intent,
        grade=standing.grade,
        model_version=standing.version,
        why_now=packet["why_now"],
        packet=packet,
        trace=trace,
    )
