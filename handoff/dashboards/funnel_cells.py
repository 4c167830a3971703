"""Cells that the parts of the funnel page share."""

from collections.abc import Mapping

from handoff.dashboards.panel import Cell, share
from handoff.metrics.cohorts import Cohort
from handoff.metrics.durations import Duration
from handoff.metrics.links import leads_url
from handoff.metrics.scope import Scope
from leadqual.stages import Stage


def counted(scope: Scope, kind: str, n: int) -> Cell:
    return Cell(n, url=leads_url(scope, kind) if n else "")


def reached(scope: Scope, cohort: Cohort, stage: Stage) -> Cell:
    """The share of the MQLs with a counted move into the stage in their cycle."""
    n = cohort.reached.get(stage, 0)
    past = cohort.passed(stage) - n
    note = f"{past:,} more went past" if past > 0 else ""
    return share(n, cohort.mqls, url=leads_url(scope, f"reached:{stage}") if n else "", note=note)


def took(known: Mapping[str, Duration], step: str) -> Cell:
    """The median, with how many it is of."""
    span = known.get(step, Duration())
    return Cell(span.median, note=f"of {span.n:,}" if span.n else "")
