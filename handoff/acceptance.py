"""Accepting an offer, and taking back an acceptance by mistake within a minute.

What is taken back was never done: the offer is open again until its old deadline, and no figure
counts the acceptance (decision 0021). History keeps both moves.
"""

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from accounts.models import User
from handoff import messages, promises
from handoff.models import CallBack, Handoff, ScorecardAnswer
from handoff.offering import DECIDE, subject_key
from handoff.open_offers import answered_already, decide, hold, hold_open
from handoff.transitions import MoveNotAllowed, SomeoneWasFaster, count_no_longer, move
from leadqual.models import StageMove
from leadqual.stages import Stage
from sla import clocks

UNDO_WITHIN: Final = timedelta(seconds=60)


@transaction.atomic
def accept(handoff: Handoff, *, by: User, at: datetime) -> Handoff:
    """MQL → SAL: the rep owns the lead, and is held to what is promised of accepted leads.

    A decision after the deadline but before the offer has expired is taken: the breach stays
    in the books, and the lead is better off than with the next rep.
    """
    handoff = hold_open(handoff)
    lead = handoff.lead
    handoff.former_owner_id = lead.owner_id
    decide(handoff, Handoff.Status.ACCEPTED, by=by, at=at)
    move(lead, Stage.SAL, rule="accepted", by=by, at=at, rep=handoff.rep)
    lead.owner = handoff.rep
    lead.save(update_fields=["owner"])
    promises.accepted(handoff, at=at)
    return handoff


def undo_until(handoff: Handoff) -> datetime | None:
    """Until when its acceptance may be taken back; None where it is not accepted."""
    accepted = handoff.status == Handoff.Status.ACCEPTED and handoff.decided_at
    return accepted + UNDO_WITHIN if accepted else None


@transaction.atomic
def undo(handoff: Handoff, *, by: User, at: datetime) -> Handoff:
    """SAL → MQL within a minute, as long as nothing else has happened to the lead.

    The caller knows that it is `by`’s to take back: who decided, or who decides anybody's offers.
    A deadline that has passed meanwhile expires the offer at its true moment, as it would have.
    Raises MoveNotAllowed when the minute is over, SomeoneWasFaster when something came after.
    """
    handoff = hold(handoff)
    accepted = _may_be_undone(handoff, at=at)
    lead, decided_at = handoff.lead, handoff.decided_at
    assert decided_at  # noqa: S101 - accepted, as just checked
    handoff.status = Handoff.Status.OPEN
    handoff.decided_at = handoff.decided_by = None
    handoff.save()
    move(lead, Stage.MQL, rule="accept_undone", by=by, at=at, rep=handoff.rep)
    count_no_longer(accepted)
    lead.owner_id = handoff.former_owner_id
    lead.save(update_fields=["owner"])
    clocks.resume(workspace=handoff.workspace, code=DECIDE, subject_key=subject_key(handoff))
    promises.not_accepted(handoff)
    messages.to_decide_again(handoff, closed_at=decided_at)
    return handoff


def _may_be_undone(handoff: Handoff, *, at: datetime) -> StageMove:
    """The move of the acceptance, if it may be taken back at that moment."""
    until = undo_until(handoff)
    if handoff.status == Handoff.Status.OPEN:
        raise MoveNotAllowed("The acceptance was taken back already: the offer is open.")
    if until is None:
        raise answered_already(handoff)
    if at > until:
        raise MoveNotAllowed(
            "An acceptance can be taken back within a minute only. "
            "To give the lead back, recycle or disqualify it with a reason."
        )
    latest = handoff.lead.moves.select_related("by").order_by("-pk").first()
    if latest is None or (latest.rule, latest.cycle) != ("accepted", handoff.cycle):
        raise SomeoneWasFaster(
            who=latest.by if latest else None,
            when=latest.recorded_at if latest else None,
            what=f"the lead is now {handoff.lead.get_stage_display()}",
            done=f"moved it to {handoff.lead.get_stage_display()}",
        )
    _nothing_happened(handoff)
    return latest


def _nothing_happened(handoff: Handoff) -> None:
    """Raises SomeoneWasFaster where the lead was touched or asked since."""
    lead, since = handoff.lead, handoff.decided_at
    touch = lead.touches.filter(logged_at__gte=since).select_related("by").first()
    if touch:
        raise SomeoneWasFaster(
            who=touch.by,
            when=touch.logged_at,
            what="a touch is logged since, so the acceptance stands",
            done="logged a touch",
        )
    wish = CallBack.objects.filter(lead=lead, logged_at__gte=since).select_related("by").first()
    if wish:
        raise SomeoneWasFaster(
            who=wish.by,
            when=wish.logged_at,
            what="the lead asked to be called back since, so the acceptance stands",
            done="noted that the lead wants to be called back",
        )
    answers = ScorecardAnswer.objects.filter(scorecard__lead=lead, at__gt=since)
    if answer := answers.select_related("by").order_by("at").first():
        raise SomeoneWasFaster(
            who=answer.by,
            when=answer.at,
            what="the scorecard is being filled in, so the acceptance stands",
            done="filled in the scorecard",
        )
