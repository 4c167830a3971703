"""Hand-offs: viewed, decided, expired, withdrawn. Each is one transaction; `handoff.offering`
begins them.

Locks are always taken in the same order: the lead, then its hand-off, then the pools.
"""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from accounts.models import User
from handoff import messages, nurture
from handoff.models import Handoff, MessageTemplate, RejectionReason
from handoff.offering import DECIDE, offer, offer_next, subject_key
from handoff.transitions import MoveNotAllowed, SomeoneWasFaster, lock, move
from leadqual.models import Lead
from leadqual.stages import Stage
from scoring.models import QualificationDue
from sla import clocks
from sla.models import Commitment

FIRST_TOUCH = Commitment.Code.FIRST_TOUCH


_DONE = {
    Handoff.Status.ACCEPTED: "accepted it",
    Handoff.Status.REJECTED: "rejected it",
    Handoff.Status.NOT_MINE: "said “not mine”",
    Handoff.Status.WITHDRAWN: "withdrawn it",
}


def view(handoff: Handoff, *, by: User, at: datetime) -> None:
    """Note the first time the rep saw the offer; later looks change nothing."""
    view_all([handoff.pk], by=by, at=at)


def view_all(pks: Collection[int], *, by: User, at: datetime) -> None:
    """The same for all the offers on a page, by id; those of other reps are left out."""
    Handoff.objects.open().filter(pk__in=pks, rep=by, viewed_at=None).update(viewed_at=at)


def _open(handoff: Handoff) -> Handoff:
    """The hand-off and its lead, locked, if it is still open; raises SomeoneWasFaster."""
    lead = lock(handoff.lead)
    locked = (
        Handoff.objects.select_for_update(of=("self",))
        .select_related("rep", "decided_by", "workspace")
        .get(pk=handoff.pk)
    )
    locked.lead = lead
    if locked.status != Handoff.Status.OPEN:
        when = locked.decided_at or locked.expired_at or locked.withdrawn_at
        raise SomeoneWasFaster(
            who=locked.decided_by,
            when=when,
            what=f"this offer is {locked.get_status_display().lower()} already",
            done=_DONE.get(Handoff.Status(locked.status), "decided it"),
        )
    return locked


def _decide(
    handoff: Handoff, status: Handoff.Status, *, by: User, at: datetime, note: str = ""
) -> None:
    handoff.status, handoff.decided_by, handoff.decided_at = status, by, at
    handoff.note = note
    handoff.viewed_at = handoff.viewed_at or at
    handoff.save()
    _stop_deciding(handoff, at=at, how=status)


def _stop_deciding(handoff: Handoff, *, at: datetime, how: str) -> None:
    clocks.stop(
        workspace=handoff.workspace, code=DECIDE, subject_key=subject_key(handoff), at=at, how=how
    )
    messages.nothing_to_decide(handoff, at=at)


def _settle_again(lead: Lead) -> None:
    """While it was offered no change of its numbers had any consequence: it may be an MQL no more.

    Where another offer follows at once, the row is thrown away again.
    """
    QualificationDue.objects.create(lead_id=lead.pk)


@transaction.atomic
def accept(handoff: Handoff, *, by: User, at: datetime) -> Handoff:
    """MQL → SAL: the rep owns the lead, and the clock of the first touch starts.

    A decision after the deadline but before the offer has expired is taken: the breach stays
    in the books, and the lead is better off than with the next rep.
    """
    handoff = _open(handoff)
    lead = handoff.lead
    _decide(handoff, Handoff.Status.ACCEPTED, by=by, at=at)
    move(lead, Stage.SAL, rule="accepted", by=by, at=at, rep=handoff.rep)
    lead.owner = handoff.rep
    lead.save(update_fields=["owner"])
    clocks.start(
        lead=lead,
        code=FIRST_TOUCH,
        subject_key=subject_key(handoff),
        person=handoff.rep,
        at=at,
    )
    touched = lead.touches.filter(occurred_at__gte=handoff.offered_at).order_by("occurred_at")
    if first := touched.first():  # they talked before anybody pressed “accept”
        stop_first_touch(lead, at=max(first.occurred_at, at))
    return handoff


@transaction.atomic
def reject(
    handoff: Handoff, *, by: User, at: datetime, reason: RejectionReason, note: str = ""
) -> Handoff:
    """MQL → nurture or disqualified, whichever the reason leads to."""
    handoff = _open(handoff)
    if reason.workspace_id != handoff.workspace_id or not reason.is_active:
        raise MoveNotAllowed("Choose a reason from the list of this workspace.")
    handoff.reason = reason
    _decide(handoff, Handoff.Status.REJECTED, by=by, at=at, note=note)
    nurture.follow_reason(
        handoff.lead, rule="rejected", by=by, at=at, reason=reason, note=note, rep=handoff.rep
    )
    return handoff


@transaction.atomic
def not_mine(handoff: Handoff, *, by: User, at: datetime, note: str = "") -> Handoff | None:
    """No rejection: the lead goes to the next rep while it is ready. Returns the new offer."""
    handoff = _open(handoff)
    _decide(handoff, Handoff.Status.NOT_MINE, by=by, at=at, note=note)
    _settle_again(handoff.lead)
    return offer_next(handoff.lead, at=at)


@transaction.atomic
def expire(handoff: Handoff, *, at: datetime) -> Handoff:
    """Silence is never acceptance: the managers are told. `at` is the deadline that passed."""
    handoff = _open(handoff)
    handoff.status, handoff.expired_at = Handoff.Status.EXPIRED, at
    handoff.save()
    _stop_deciding(handoff, at=at, how="expired")
    _settle_again(handoff.lead)
    messages.tell(
        messages.managers(handoff.workspace),
        code=MessageTemplate.Code.EXPIRED,
        key=f"expired:{handoff.pk}",
        lead=handoff.lead,
        facts=messages.facts_of(handoff),
    )
    return handoff


@transaction.atomic
def withdraw(handoff: Handoff, *, at: datetime, note: str = "", by: User | None = None) -> Handoff:
    """Take an open offer back: the lead moved on, was merged or erased, or a manager re-offers."""
    handoff = _open(handoff)
    handoff.status, handoff.withdrawn_at = Handoff.Status.WITHDRAWN, at
    handoff.note, handoff.decided_by = note, by
    handoff.save()
    _stop_deciding(handoff, at=at, how="withdrawn")
    return handoff


@transaction.atomic
def reoffer(handoff: Handoff, *, to: User, by: User, at: datetime) -> Handoff | None:
    """Take an open offer back and give it to a named rep; None when it is no MQL any more."""
    withdraw(handoff, at=at, note=f"Offered to {to} instead", by=by)
    return offer(handoff.lead, at=at, to=to)


@transaction.atomic
def withdraw_open(lead: Lead, *, at: datetime, note: str, by: User | None = None) -> None:
    """Whatever is offered of this lead is offered no longer."""
    lock(lead)
    for handoff in lead.handoffs.open().select_related("lead", "workspace"):
        withdraw(handoff, at=at, note=note, by=by)
    stop_first_touch(lead, at=at, how="withdrawn")


def stop_first_touch(lead: Lead, *, at: datetime, how: str = "touched") -> None:
    """Somebody of ours reached out, at that moment, or there is no need any more."""
    accepted = lead.handoffs.filter(cycle=lead.cycle, status=Handoff.Status.ACCEPTED)
    for handoff in accepted.select_related("workspace"):
        clocks.stop(
            workspace=handoff.workspace,
            code=FIRST_TOUCH,
            subject_key=subject_key(handoff),
            at=at,
            how=how,
        )
