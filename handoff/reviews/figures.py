"""The figures that stand at the head of a review, at its opening and at its closing.

By the product's one definition of each (`handoff.metrics`), over whole local days: from the day on
which the review begins to look back to that of the moment.
"""

from datetime import datetime
from typing import Any, Final

from handoff.metrics.acceptance import ENDED, Endings
from handoff.metrics.counting import total
from handoff.metrics.periods import Period
from handoff.metrics.scope import Scope
from handoff.models import Review, ReviewItem
from handoff.reviews.deciding import open_decisions, overdue_decisions

MOVED: Final = ("entered:mql", "entered:won", "entered:lost")


def scope_of(review: Review, *, until: datetime) -> Scope:
    """The days that the review looks at, up to that moment's."""
    zone = review.workspace.zone
    first, last = (moment.astimezone(zone).date() for moment in (review.since, until))
    return Scope(review.workspace, Period(first, last, zone))


def figures(review: Review, *, at: datetime) -> dict[str, Any]:
    """JSON-ready; a constant number of queries. `acceptance` is a share, null of nothing."""
    scope, workspace = scope_of(review, until=at), review.workspace
    counted = total(scope, [*ENDED, *MOVED])
    ended = Endings.of(counted)
    today = at.astimezone(workspace.zone).date()
    return {
        "at": at.isoformat(),
        "first_day": str(scope.period.first),
        "last_day": str(scope.period.last),
        "mqls": counted["entered:mql"],
        "accepted": ended.accepted,
        "rejected": ended.rejected,
        "expired": ended.expired,
        "withdrawn": ended.withdrawn,
        "not_mine": ended.not_mine,
        "acceptance": ended.rate,
        "interval": ended.interval,
        "verdict": ended.verdict,
        "won": counted["entered:won"],
        "lost": counted["entered:lost"],
        "open_decisions": open_decisions(workspace).count(),
        "overdue_decisions": overdue_decisions(workspace, today=today).count(),
        "to_decide": ReviewItem.objects.of(workspace).open().count(),
    }
