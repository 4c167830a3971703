"""One mail for the offers of an hour, to the reps who chose it.

A digest goes where there is something to tell: an hour after the last one at the earliest, within
the rep's working hours where they have some. It goes sooner, and at any hour, where an offer has
used up half of its time to decide. The digest, what it tells of and its moment are one
transaction under the rep's lock, so that several workers, or one that dies, change nothing.
"""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.urls import reverse

from accounts.access import Permission, roles_with
from accounts.models import Membership
from handoff.message_texts import Code, listed, render
from handoff.models import Handoff, HandoffQuerySet, Rep
from handoff.notifications import link_of
from leadqual import outbox
from leadqual.models import OutboxMessage
from sla.business_time import CalendarError, is_open
from sla.calendars import calendar_of

log = logging.getLogger(__name__)

APART: Final = timedelta(hours=1)
TICK: Final = timedelta(seconds=60)
"""How often it is looked whether a digest is due (settings.CELERY_BEAT_SCHEDULE)."""

LISTED: Final = 50
"""Of more than these a digest says how many there are."""


def send_digests(*, now: datetime) -> int:
    """Write every digest that is due; returns how many."""
    sent = 0
    for pk in list(_to_tell().values_list("pk", flat=True)):
        try:
            with transaction.atomic():
                sent += _send(pk, now=now)
        except Exception:  # the other reps' leads do not wait
            log.exception("The digest of rep %s could not be written", pk)
    return sent


@transaction.atomic
def send_what_waits(rep: Rep, *, now: datetime) -> None:
    """The rep wants no more digests: what waits for one is told by a last one."""
    if offers := _hold(rep):
        _write(rep, offers, now=now)


def _to_tell() -> QuerySet[Rep]:
    membership = Membership.objects.current().filter(
        workspace=OuterRef("workspace"),
        user=OuterRef("user"),
        role__in=roles_with(Permission.DECIDE_OFFERS),
    )
    offers = Handoff.objects.open().filter(workspace=OuterRef("workspace"), rep=OuterRef("user"))
    waiting = _untold(offers)
    return _with_digests().filter(Exists(membership), Exists(waiting))


def _with_digests() -> QuerySet[Rep]:
    """Who has them, and who just had: an offer that was being made when they chose a mail at once
    may still have been left to the digest."""
    just_had = Q(mail=Rep.Mail.AT_ONCE, digested_at__isnull=False)
    return Rep.objects.filter(Q(mail=Rep.Mail.DIGEST) | just_had)


def _untold(offers: HandoffQuerySet) -> HandoffQuerySet:
    """Those that no mail tells of: none was written, or the digest was never taken."""
    lost = OutboxMessage.objects.filter(
        workspace=OuterRef("workspace"), key=OuterRef("mail_key"), given_up_at__isnull=False
    )
    return offers.filter(Q(mail_key="") | (Q(mail_key__startswith="digest:") & Exists(lost)))


def _send(pk: int, *, now: datetime) -> bool:
    held = _with_digests().select_for_update(of=("self",), no_key=True, skip_locked=True)
    rep = held.select_related("user", "workspace", "calendar").filter(pk=pk).first()
    if rep is None:  # another worker is at it, or the rep has chosen otherwise
        return False
    offers = _hold(rep)
    if not offers or not is_due(rep, offers, now=now):
        return False
    _write(rep, offers, now=now)
    return True


def _hold(rep: Rep) -> list[Handoff]:
    """The rep's untold offers, the most urgent first. One that somebody is deciding is left out:
    it is not waited for, since who decides may hold it while waiting for the rep."""
    mine = Handoff.objects.open().filter(workspace=rep.workspace_id, rep=rep.user_id)
    return list(
        _untold(mine)
        .select_for_update(of=("self",), no_key=True, skip_locked=True)
        .select_related("lead__company", "workspace", "rep")
        .order_by(F("due_at").asc(nulls_last=True), "-offered_at", "-pk")
    )


def is_due(rep: Rep, offers: Sequence[Handoff], *, now: datetime) -> bool:
    """Whether the digest of these offers goes now."""
    if rep.mail == Rep.Mail.AT_ONCE or any(_half_gone(offer, now=now) for offer in offers):
        return True
    if rep.digested_at and now - rep.digested_at < APART:
        return False
    try:
        return rep.calendar is None or is_open(now, calendar_of(rep.calendar))
    except CalendarError:  # it never opens: better told than waited for ever
        return True


def _half_gone(offer: Handoff, *, now: datetime) -> bool:
    """By the next look half of the time to decide would be over."""
    if offer.due_at is None:
        return False
    return now + TICK >= offer.offered_at + (offer.due_at - offer.offered_at) / 2


def _write(rep: Rep, offers: Sequence[Handoff], *, now: datetime) -> None:
    key = f"digest:{rep.pk}:{now:%Y%m%d%H%M%S.%f}"
    lines = [listed(n, offer, link=link_of(offer)) for n, offer in enumerate(offers[:LISTED], 1)]
    if len(offers) > LISTED:
        lines.append(f"… and {len(offers) - LISTED} more.")
    known = {
        "rep": rep.user.get_short_name(),
        "count": "1 lead" if len(offers) == 1 else f"{len(offers)} leads",
        "offers": "\n\n".join(lines),
        "link": settings.LEADQUAL_URL + reverse("queue", args=[rep.workspace.slug]),
    }
    subject, body = render(rep.workspace, Code.DIGEST, known)
    outbox.mail(workspace=rep.workspace, key=key, to=rep.user.email, subject=subject, body=body)
    Handoff.objects.filter(pk__in=[offer.pk for offer in offers]).update(mail_key=key)
    Rep.objects.filter(pk=rep.pk).update(digested_at=now)
