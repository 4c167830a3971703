"""What a reason asks of whoever gives it, before acceptance or after: held here for everybody.

The forms ask for the same in their fields; what they let through by mistake is refused here.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from handoff.agreement.in_force import reasons_in_force
from handoff.models import RejectionReason
from handoff.transitions import MoveNotAllowed
from leadqual.capture import LeadFacts
from leadqual.models import Lead, TouchOutcome

Outcome = RejectionReason.Outcome

UNANSWERED: Final = (TouchOutcome.NO_ANSWER, TouchOutcome.LEFT_MESSAGE, TouchOutcome.SENT)


@dataclass(frozen=True)
class Correction:
    """Facts that a rep says with a reason: all that is known then, and what is new in it.

    `changed` has an entry a fact: its name, and label, was and is in words.
    """

    facts: LeadFacts
    changed: Mapping[str, Mapping[str, str]]


def unanswered_touches(lead: Lead) -> int:
    """How often somebody tried and got no answer, since its latest offer in this cycle.

    Of a lead without any, since it came into its stage.
    """
    offers = lead.handoffs.filter(cycle=lead.cycle).order_by("-offered_at", "-pk")
    since = offers.values_list("offered_at", flat=True).first() or lead.stage_since
    return lead.touches.filter(occurred_at__gte=since, outcome__in=UNANSWERED).count()


def missing_attempts(reason: RejectionReason, *, tried: int) -> str:
    """What is still to be tried before the reason may be given; blank where nothing is."""
    missing = reason.attempts - tried
    if missing <= 0:
        return ""
    more = "one more attempt" if missing == 1 else f"{missing} more attempts"
    return (
        f"“{reason.name}” needs {more} without an answer: "
        f"{tried} of {reason.attempts} are logged since the offer."
    )


def check(
    lead: Lead,
    reason: RejectionReason,
    *,
    outcomes: Collection[str] = tuple(Outcome),
    note: str = "",
    wake_at: datetime | None = None,
    correction: Correction | None = None,
) -> RejectionReason:
    """The reason as it is in force: as it was signed, whatever its row says since.

    Raises MoveNotAllowed where it may not be given, or something it asks is missing. The caller
    holds the lead's lock, so that attempts are counted as they are.
    """
    reason = _in_force(lead, reason)
    if reason.outcome not in outcomes:
        follows = reason.get_outcome_display().lower()
        raise MoveNotAllowed(f"“{reason.name}” leads elsewhere: {follows}.")
    if reason.note_needed and not note.strip():
        raise MoveNotAllowed(f"“{reason.name}” needs a note. {reason.note_asks}".strip())
    if reason.asks_date and wake_at is None:
        raise MoveNotAllowed(f"“{reason.name}” needs the day on which the lead is woken.")
    if reason.outcome == Outcome.CORRECT and not (correction and correction.changed):
        raise MoveNotAllowed(f"“{reason.name}” needs at least one fact corrected.")
    if reason.attempts and (why := missing_attempts(reason, tried=unanswered_touches(lead))):
        raise MoveNotAllowed(why)
    return reason


def _in_force(lead: Lead, reason: RejectionReason) -> RejectionReason:
    for each in reasons_in_force(lead.workspace):
        if each.pk == reason.pk:
            return each
    raise MoveNotAllowed("Choose a reason from the list of this workspace: it is not in force now.")


def kept(correction: Correction | None) -> dict[str, Any]:
    """What a hand-off keeps of the facts that came with its rejection."""
    return {name: dict(said) for name, said in correction.changed.items()} if correction else {}
