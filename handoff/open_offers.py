"""Offers that are open: seen, passed on, run out, taken back. Each is one transaction.

Locks are always taken in the same order: the lead, then its hand-off, then the pools.
"""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from accounts.models import User
from handoff import fallback, messages, promises
from handoff.models import Handoff
from handoff.offering import DECIDE, offer, offer_next, subject_key
from handoff.transitions import SomeoneWasFaster, lock
from leadqual.models import Lead
from scoring.models import QualificationDue
from sla import clocks

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


def hold(handoff: Handoff) -> Handoff:
    """The hand-off and its lead as they are now, locked."""
    lead = lock(handoff.lead)
    locked = (
        Handoff.objects.select_for_update(of=("self",))
        .select_related("rep", "decided_by", "workspace")
        .get(pk=handoff.pk)
    )
    locked.lead = lead
    return locked


def hold_open(handoff: Handoff) -> Handoff:
    """The same, if it is still open; raises SomeoneWasFaster."""
    locked = hold(handoff)
    if locked.status != Handoff.Status.OPEN:
        raise answered_already(locked)
    return locked


def answered_already(handoff: Handoff) -> SomeoneWasFaster:
    """Who has answered the offer, and when."""
    return SomeoneWasFaster(
        who=handoff.decided_by,
        when=handoff.decided_at or handoff.expired_at or handoff.withdrawn_at,
        what=f"this offer is {handoff.get_status_display().lower()} already",
        done=_DONE.get(Handoff.Status(handoff.status), "decided it"),
    )


def decide(
    handoff: Handoff, status: Handoff.Status, *, by: User, at: datetime, note: str = ""
) -> None:
    """Write the decision down; the caller holds the locks and does what follows from it."""
    handoff.status, handoff.decided_by, handoff.decided_at = status, by, at
    handoff.note = note
    handoff.viewed_at = handoff.viewed_at or at
    handoff.save()
    _stop_deciding(handoff, at=at, how=status)


def _stop_deciding(handoff: Handoff, *, at: datetime, how: str) -> None:
    clocks.stop(
        workspace=handoff.workspace, code=DECIDE, subject_key=subject_key(handoff), at=at, how=how
    )
    fallback.capacity_freed(handoff, at=at)
    messages.nothing_to_decide(handoff, at=at)


def settle_again(lead: Lead) -> None:
    """While it was offered no change of its numbers had any consequence: it may be an MQL no more.

    Where another offer follows at once, the row is thrown away again.
    """
    QualificationDue.objects.create(lead_id=lead.pk)


@transaction.atomic
def not_mine(handoff: Handoff, *, by: User, at: datetime, note: str = "") -> Handoff | None:
    """No rejection: the lead goes to the next rep while it is ready. Returns the new offer."""
    handoff = hold_open(handoff)
    decide(handoff, Handoff.Status.NOT_MINE, by=by, at=at, note=note)
    settle_again(handoff.lead)
    return offer_next(handoff.lead, at=at)


@transaction.atomic
def expire(handoff: Handoff, *, at: datetime, how: str = clocks.RAN_OUT) -> Handoff:
    """Silence is never acceptance: the offer is over, and whoever calls tells people. `at` is the
    deadline that passed; `how` says what becomes of the promise to decide, where another deadline
    than its own has passed."""
    handoff = hold_open(handoff)
    handoff.status, handoff.expired_at = Handoff.Status.EXPIRED, at
    handoff.save()
    _stop_deciding(handoff, at=at, how=how)
    settle_again(handoff.lead)
    return handoff


@transaction.atomic
def withdraw(handoff: Handoff, *, at: datetime, note: str = "", by: User | None = None) -> Handoff:
    """Take an open offer back: the lead moved on, was merged or erased, or a manager re-offers."""
    handoff = hold_open(handoff)
    handoff.status, handoff.withdrawn_at = Handoff.Status.WITHDRAWN, at
    handoff.note, handoff.decided_by = note, by
    handoff.save()
    _stop_deciding(handoff, at=at, how="withdrawn")
    return handoff


@transaction.atomic
def reoffer(handoff: Handoff, *, to: User, by: User, at: datetime) -> Handoff | None:
    """Take an open offer back and give it to a named rep; None when it is no MQL any more."""
    withdraw(handoff, at=at, note=f"Offered to {to} instead", by=by)
    return offer(handoff.lead, at=at, to=to, by=by)


@transaction.atomic
def withdraw_open(lead: Lead, *, at: datetime, note: str, by: User | None = None) -> None:
    """Whatever is offered of this lead is offered no longer."""
    lock(lead)
    for handoff in lead.handoffs.open().select_related("lead", "workspace"):
        withdraw(handoff, at=at, note=note, by=by)
    fallback.leave(lead, how="moved", at=at)
    promises.left_sales(lead, at=at)
