"""Rejecting an offer: the reason says what follows, in the same transaction.

    nurture       back to nurture, woken by date, after days or by points earned since
    disqualified  out
    correct       the facts are corrected and the lead is scored again; still ready, it goes on
    reroute       the next rep is asked

The rejecter is not asked again in this cycle, whichever it is (`handoff.routing`).
"""

from datetime import datetime

from django.db import transaction

from accounts.models import User
from handoff import nurture, promises, reasons
from handoff.corrections import correct_lead
from handoff.models import Handoff, RejectionReason
from handoff.offering import offer_next
from handoff.open_offers import decide, hold_open, settle_again
from handoff.reasons import Correction, Outcome
from leadqual.models import Lead
from scoring.locks import share_model


@transaction.atomic
def reject(
    handoff: Handoff,
    *,
    by: User,
    at: datetime,
    reason: RejectionReason,
    note: str = "",
    wake_at: datetime | None = None,
    correction: Correction | None = None,
) -> Handoff:
    """A rejection with what its reason asks. `wake_at`: the day that the rep named.

    Raises SomeoneWasFaster, MoveNotAllowed where something that the reason asks is missing, and
    IntegrityError where another lead has the corrected address.
    """
    if correction:
        share_model(handoff.workspace_id)  # before the lead, as everywhere: see scoring.scorers
    handoff = hold_open(handoff)
    reason = reasons.check(handoff.lead, reason, note=note, wake_at=wake_at, correction=correction)
    handoff.reason, handoff.answers = reason, reasons.kept(correction)
    decide(handoff, Handoff.Status.REJECTED, by=by, at=at, note=note)
    promises.rejected(handoff, at=at)
    if reason.outcome in (Outcome.NURTURE, Outcome.DISQUALIFY):
        nurture.follow_reason(
            handoff.lead,
            rule="rejected",
            by=by,
            at=at,
            reason=reason,
            note=note,
            wake_at=wake_at,
            rep=handoff.rep,
        )
        promises.left_sales(handoff.lead, at=at)
    _go_on(handoff.lead, reason, correction, at=at)
    return handoff


def _go_on(
    lead: Lead, reason: RejectionReason, correction: Correction | None, *, at: datetime
) -> None:
    """What is corrected is scored and settled, which offers the lead on where it is ready still."""
    if correction and correction.changed:
        correct_lead(lead, facts=correction.facts, now=at)
    elif reason.outcome == Outcome.REROUTE:
        settle_again(lead)
        offer_next(lead, at=at)
