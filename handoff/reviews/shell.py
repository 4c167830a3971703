"""What every page of the portal knows of joint reviews: which are overdue."""

from collections.abc import Sequence
from typing import Final

from django.utils import timezone

from accounts.models import Membership
from handoff.reviews.cadences import Due, overdue

_KNOWN: Final = "_overdue_reviews"


def overdue_shown(membership: Membership) -> Sequence[Due]:
    """Those of the member's workspace, today; asked once a page, of which the membership is one.

    The badge and the banner are drawn apart from each other and share the query.
    """
    known: Sequence[Due] | None = getattr(membership, _KNOWN, None)
    if known is None:
        today = timezone.now().astimezone(membership.workspace.zone).date()
        known = overdue(membership.workspace, today=today)
        setattr(membership, _KNOWN, known)
    return known


def overdue_badge(membership: Membership) -> str:
    """Beside “Reviews” in the navigation: how many are overdue; blank without any."""
    count = len(overdue_shown(membership))
    return f"{count} overdue" if count else ""
