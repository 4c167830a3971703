"""What is due of the daily summaries is counted every few seconds, workspace by workspace."""

import logging
import time
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Min

from accounts.models import Workspace
from handoff.metrics.summary import count_due, has_large_days
from handoff.models import CountDue
from leadqual.health import FIGURES, sign

REST: Final = timedelta(seconds=15)
"""Days that are large are counted this seldom: many changes of them at once."""
AT_ONCE: Final = 14
"""Days counted in one transaction: what is held in memory meanwhile, and lost where it fails."""
SECONDS_EACH: Final = 5.0
"""After which the next workspace has its turn: one that imports a lot keeps nobody waiting."""
SECONDS: Final = 20.0
"""After which the run ends, and the next goes on; checked between transactions."""

logger = logging.getLogger(__name__)


def count_workspaces(*, now: datetime) -> int:
    """Count what is due of all workspaces, who waits longest first; returns how many days were.

    One that fails is logged and keeps its marks: the others are counted, and the health page says
    since when figures wait. Safe side by side and to repeat.
    """
    ends = time.monotonic() + SECONDS
    days = 0
    for workspace in _waiting(now):
        if time.monotonic() >= ends:
            break
        try:
            days += _count_for_a_while(workspace, ends)
        except Exception:
            logger.exception("The figures of %s could not be counted", workspace)
    sign(FIGURES, at=CountDue.objects.aggregate(at=Min("marked_at"))["at"] or now)
    return days


def _waiting(now: datetime) -> list[Workspace]:
    marks = CountDue.objects.order_by().values("workspace").annotate(since=Min("marked_at"))
    since = {row["workspace"]: row["since"] for row in sorted(marks, key=lambda row: row["since"])}
    found = Workspace.objects.in_bulk(since)
    return [
        found[pk]
        for pk, at in since.items()
        if pk in found and (now - at >= REST or not has_large_days(found[pk]))
    ]


def _count_for_a_while(workspace: Workspace, ends: float) -> int:
    days, until = 0, min(ends, time.monotonic() + SECONDS_EACH)
    while time.monotonic() < until and (counted := count_due(workspace, most=AT_ONCE)):
        days += counted
    return days
