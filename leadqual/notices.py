"""In-app notices: the bell's count for the shell. (Written by leadqual.outbox.notify.)"""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from accounts.models import Membership
from leadqual.models import Notice

BELL_COUNTS_TO = 99


def unread(request: HttpRequest) -> dict[str, Any]:
    """`unread_notices`: how many the person has not read here, counted only where shown."""
    membership: Membership | None = getattr(request, "membership", None)
    if membership is None:
        return {}
    return {"unread_notices": SimpleLazyObject(lambda: count_unread(membership))}


def count_unread(membership: Membership) -> int:
    """Counted up to one more than the bell shows, so that a flood costs no more than a page."""
    waiting = Notice.objects.of(membership.workspace).filter(user=membership.user, read_at=None)
    return waiting[: BELL_COUNTS_TO + 1].count()
