"""A turn given back: the rejection that it led to was right, so it was no turn."""

from datetime import datetime

from django.db import transaction
from django.db.models import F

from handoff.models import Handoff, PoolMember
from handoff.rosters import hold_pools


@transaction.atomic
def give_turn_back(handoff: Handoff, *, at: datetime) -> bool:
    """The rep is owed one turn more in the pool whose turn it took; once a hand-off, for good.

    False where it took nobody's turn, or was given back already. The caller holds the hand-off.
    """
    handoff.refresh_from_db(fields=["trace", "pool"])
    if handoff.pool_id is None or "given_back" in handoff.trace:
        return False
    hold_pools(handoff.workspace)
    member = PoolMember.objects.filter(pool=handoff.pool_id, rep__user=handoff.rep_id)
    if not member.update(credit=F("credit") + 1):
        return False
    handoff.trace = {**handoff.trace, "given_back": at.isoformat()}
    handoff.save(update_fields=["trace"])
    return True
