"""Whether a cohort has had its time: until then what it has won so far says little.

A cohort is young until 90 % of the deals won in the last year took less time, from MQL to won, than
its youngest MQL has had; where fewer than 20 were won, until that one is 90 days old.
"""

from datetime import datetime, timedelta
from typing import Final

from django.core.cache import cache

from accounts.models import Workspace
from handoff.metrics.lines import rows_of
from handoff.metrics.periods import Period

SHARE: Final = 0.9
LEAST: Final = 20
"""Deals without which their own pace is not known."""
USUALLY: Final = timedelta(days=90)
_YEAR: Final = timedelta(days=365)
_KEPT_FOR: Final = 600  # seconds: a pace of a year does not change within minutes

_TOOK: Final = """
    SELECT count(*), percentile_cont(%(share)s) WITHIN GROUP (ORDER BY w.at - m.at)
    FROM leadqual_stagemove w CROSS JOIN LATERAL (
        SELECT min(s.at) AS at FROM leadqual_stagemove s
        WHERE s.lead_id = w.lead_id AND s.cycle = w.cycle AND s.counted AND s.to_stage = 'mql'
    ) m
    WHERE w.workspace_id = %(workspace)s AND w.to_stage = 'won' AND w.counted
        AND w.at > %(since)s AND w.at <= %(now)s AND m.at IS NOT NULL"""


def time_to_win(workspace: Workspace, *, now: datetime) -> timedelta:
    """What 90 % of the deals won in the year before `now` took at most, from MQL to won; kept for
    ten minutes. Never negative: imported deals may be won before their MQL was noted."""
    key = f"time-to-win:{workspace.pk}:{int(now.timestamp()) // _KEPT_FOR}"
    took: timedelta | None = cache.get(key)
    if took is None:
        took = _time_to_win(workspace, now)
        cache.set(key, took, _KEPT_FOR)
    return took


def _time_to_win(workspace: Workspace, now: datetime) -> timedelta:
    asked = {"workspace": workspace.pk, "since": now - _YEAR, "now": now, "share": SHARE}
    [(won, took)] = rows_of(_TOOK, asked)
    return max(took, timedelta()) if won >= LEAST else USUALLY


def is_young(cohort: Period, took: timedelta, *, now: datetime) -> bool:
    """Whether the cohort of the MQLs of that period is, where winning takes so long."""
    youngest = min(cohort.ends_at or now, now)
    return now - youngest < took
