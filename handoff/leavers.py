"""Offers of people who cannot answer them any more: their membership or their account has ended, or
their new role decides no offers. The leads go to the next rep at once instead of running out.

Accounts know nothing of offers, so that nothing calls this when a membership ends: a task looks.
"""

import logging
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef

from accounts.access import Permission, roles_with
from accounts.models import Membership
from handoff.models import Handoff
from handoff.models.handoffs import HandoffQuerySet
from handoff.offering import offer_next
from handoff.open_offers import settle_again, withdraw
from handoff.transitions import SomeoneWasFaster

log = logging.getLogger(__name__)

AT_A_TIME = 200


def hand_on(*, now: datetime, limit: int = AT_A_TIME) -> int:
    """Take back each such offer and offer its lead to whom routing finds; returns how many.

    Each is one transaction; one that somebody answers meanwhile is left out.
    """
    handed_on = 0
    for handoff in _left_behind().order_by("offered_at", "pk")[:limit]:
        try:
            _hand_on(handoff, at=now)
            handed_on += 1
        except SomeoneWasFaster:
            continue
        except Exception:  # it runs out in its time, and stops nobody else's
            log.exception("Hand-off %s could not be handed on", handoff.pk)
    return handed_on


def _left_behind() -> HandoffQuerySet:
    deciders = Membership.objects.current().filter(
        user=OuterRef("rep"),
        workspace=OuterRef("workspace"),
        role__in=roles_with(Permission.DECIDE_OFFERS),
    )
    left = Handoff.objects.open().filter(~Exists(deciders))
    return left.select_related("lead", "rep", "workspace")


@transaction.atomic
def _hand_on(handoff: Handoff, *, at: datetime) -> None:
    note = f"{handoff.rep} is no longer a member who decides offers"
    lead = withdraw(handoff, at=at, note=note).lead
    settle_again(lead)
    offer_next(lead, at=at)
