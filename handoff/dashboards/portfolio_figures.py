"""How each of several workspaces stands: the figures of its own pages, for all of them at once.

The number of queries does not grow with the number of workspaces, unless days of one are still to
be counted.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from django.db.models import Count

from accounts.models import Workspace
from handoff.compliance import months
from handoff.compliance.marketing import Delivered, Volume, volume_of
from handoff.compliance.working_days import WorkingDays, working_days_of
from handoff.metrics.acceptance import ENDED, Endings
from handoff.metrics.drift import BEFORE, WEEKS, acceptance_drift, usual_volume, volume_drift
from handoff.metrics.durations import DECIDED, Duration
from handoff.metrics.periods import Period
from handoff.metrics.scope import Scope
from handoff.metrics.several import Daily, added, daily, durations_of
from handoff.models import Decision
from handoff.reviews.cadences import Due, overdue_of
from sla.compliance import Level, levels
from sla.models import Agreement

DAYS: Final = 90
"""As dashboards show without being asked; drift looks at the last WEEKS of them."""
_MQL, _WON = "entered:mql", "entered:won"
_WEEK: Final = timedelta(days=7)


@dataclass(frozen=True)
class Standing:
    """`scope` is the last DAYS days; `volume` is of the running month, of which `month` are the
    days up to now, and None where no MQLs are owed. `weeks` are MQLs of WEEKS weeks of seven days,
    the oldest first, the last one up to yesterday; `starts` their first days."""

    scope: Scope
    month: Period
    month_mqls: int
    volume: Volume | None
    endings: Endings
    won: int
    level: Level
    decided: Duration
    starts: tuple[date, ...]
    weeks: tuple[int, ...]
    drift: tuple[str, ...]
    overdue: tuple[Due, ...]
    decisions: int

    @property
    def usual(self) -> tuple[int, int] | None:
        return usual_volume(self.weeks[:BEFORE])


def standings(workspaces: Sequence[Workspace], *, now: datetime) -> list[Standing]:
    """In the order of the workspaces."""
    scopes = [_scope(each, now) for each in workspaces]
    counted = daily(scopes, [_MQL, _WON, *ENDED])
    ranges = {
        scope.workspace.pk: (scope.period.starts_at, scope.period.ends_at) for scope in scopes
    }
    kept = levels({pk: (a, b) for pk, (a, b) in ranges.items() if a and b}, now=now)
    decided = durations_of(scopes, DECIDED)
    overdue = overdue_of(workspaces, now=now)
    open_now = _open_decisions(workspaces)
    calendars, agreements = working_days_of(workspaces), _agreements(workspaces)
    found = []
    for scope in scopes:
        pk, days = scope.workspace.pk, counted[scope.workspace.pk]
        today = _last(scope)
        month, volume = _of_month(scope, days, agreements[pk], calendars[pk], now)
        whole = added(days, today - timedelta(days=DAYS - 1), today)
        starts = tuple(today - _WEEK * n for n in range(WEEKS, 0, -1))
        weeks = tuple(added(days, first, first + timedelta(days=6))[_MQL] for first in starts)
        found.append(
            Standing(
                scope,
                month,
                added(days, today.replace(day=1), today)[_MQL],
                volume,
                Endings.of(whole),
                whole[_WON],
                kept.get(pk, Level()),
                decided.get(pk, Duration()),
                starts,
                weeks,
                _drift(days, starts, weeks),
                tuple(overdue[pk]),
                open_now.get(pk, 0),
            )
        )
    return found


def _scope(workspace: Workspace, now: datetime) -> Scope:
    today = now.astimezone(workspace.zone).date()
    return Scope(workspace, Period.last_days(DAYS, today=today, zone=workspace.zone))


def _last(scope: Scope) -> date:
    if scope.period.last is None:
        raise ValueError("A portfolio is of a period with an end.")
    return scope.period.last


def _of_month(
    scope: Scope,
    days: Daily,
    agreements: Sequence[Agreement],
    calendar: WorkingDays,
    now: datetime,
) -> tuple[Period, Volume | None]:
    today, zone = _last(scope), scope.workspace.zone
    month = months.Month(today.replace(day=1), zone)
    asked = months.Scope.with_agreements(
        scope.workspace, month=month, now=now, agreements=agreements
    )
    parts = [(span, Delivered(added(days, span.first, span.last)[_MQL])) for span in asked.spans]
    return Period(month.first, today, zone), volume_of(asked, parts, calendar)


def _drift(days: Daily, starts: Sequence[date], weeks: Sequence[int]) -> tuple[str, ...]:
    turn, yesterday = starts[BEFORE], starts[-1] + timedelta(days=6)
    before, recent = (
        Endings.of(added(days, first, last))
        for first, last in ((starts[0], turn - timedelta(days=1)), (turn, yesterday))
    )
    return tuple(filter(None, (volume_drift(weeks), acceptance_drift(before, recent))))


def _agreements(workspaces: Sequence[Workspace]) -> dict[int, list[Agreement]]:
    """All that were ever in force, the latest first."""
    found: dict[int, list[Agreement]] = {each.pk: [] for each in workspaces}
    ever = Agreement.objects.filter(workspace__in=workspaces, active_since__isnull=False)
    for agreement in ever.order_by("-number"):
        found[agreement.workspace_id].append(agreement)
    return found


def _open_decisions(workspaces: Sequence[Workspace]) -> Counter[int]:
    rows = Decision.objects.filter(workspace__in=workspaces).open().order_by()
    return Counter(dict(rows.values_list("workspace").annotate(n=Count("pk"))))
