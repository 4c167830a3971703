"""The funnel: how many came to each stage, how far the period's MQLs have come, and how fast."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from handoff.dashboards.funnel_cells import counted, reached, took
from handoff.dashboards.funnel_cohorts import over_time
from handoff.dashboards.funnel_flow import flow
from handoff.dashboards.funnel_split import SPLITS, split
from handoff.dashboards.funnel_trend import trend
from handoff.dashboards.panel import (
    NOT_KNOWN,
    Asked,
    Cell,
    Chart,
    Column,
    Headline,
    Page,
    Panel,
    Part,
    Table,
    share,
)
from handoff.metrics.cohorts import Cohort, cohorts
from handoff.metrics.counting import WHOLE, total
from handoff.metrics.durations import BETWEEN, SINCE_MQL, Duration, durations
from handoff.metrics.links import leads_url
from handoff.metrics.report import ENTERED
from handoff.metrics.scope import Scope
from leadqual.stages import FUNNEL, Stage

_COUNTS: Final = (
    "Moved: counted moves into the stage in the period, by their date. Of the MQLs: what has "
    "become up to now of those who became MQL in the period."
)
_MADE: Final = "became:mql"
_KINDS: Final = (*ENTERED, _MADE)
_LEFT: Final[tuple[Stage, ...]] = (Stage.NURTURE, Stage.DISQUALIFIED, Stage.LOST)
_STEPS: Final = tuple(dict.fromkeys((*BETWEEN, *SINCE_MQL)))
_EMPTY: Final = (
    "No lead moved in this period",
    "Choose a longer period, or take a filter away. Imported history counts at its own dates.",
)


@dataclass(frozen=True)
class _Found:
    """What the stages of a period say."""

    scope: Scope
    moved: Counter[str]
    cohort: Cohort
    took: Mapping[str, Duration]

    def cell(self, kind: str) -> Cell:
        return counted(self.scope, kind, self.moved[kind])


def stages(asked: Asked) -> Panel:
    found = _Found(
        asked.scope,
        total(asked.scope, _KINDS),
        cohorts(asked.scope).get(WHOLE, Cohort()),
        durations(asked.scope, _STEPS).get(WHOLE, {}),
    )
    if not found.moved:
        return Panel(_COUNTS, empty=_EMPTY)
    before = (
        _Found(asked.before, total(asked.before, _KINDS), Cohort(), {}) if asked.before else None
    )
    return Panel(
        _COUNTS,
        headlines=tuple(
            Headline(
                _LABELS[stage],
                found.cell(f"entered:{stage}"),
                before=before.cell(f"entered:{stage}") if before else None,
            )
            for stage in FUNNEL
        ),
        charts=(_chart(found.cohort),) if found.cohort.mqls else (),
        tables=(_road(found, before), _left(found, before)),
        size=sum(found.moved.values()) + found.cohort.mqls,
    )


_LABELS: Final = {
    Stage.NEW: "Captured",
    Stage.MQL: "Became MQL",
    Stage.SAL: "Accepted by sales",
    Stage.SQL: "Confirmed as SQL",
    Stage.OPPORTUNITY: "Opportunities",
    Stage.WON: "Won",
}


def _chart(cohort: Cohort) -> Chart:
    reached = [(stage, cohort.passed(stage)) for stage in FUNNEL[1:]]
    return Chart(
        "funnel",
        f"How far the {cohort.mqls:,} MQLs of the period have come",
        {"labels": [s.label for s, _ in reached], "values": [n for _, n in reached]},
    )


def _road(found: _Found, before: _Found | None) -> Table:
    columns = (
        Column("Stage"),
        Column("Moved there", "count", "Counted moves into the stage in the period"),
        *((Column("Moved there before", "count"),) if before else ()),
        Column("Of the MQLs, so far", "percent", "Of those who became MQL in the period"),
        Column(
            "Of the stage before", "percent", "Of those who came to the stage before or past it"
        ),
        Column("Median from the stage before", "seconds", "Of those with both moments known"),
        Column("Median since MQL", "seconds", "Of those with both moments known"),
    )
    previous = [None, *FUNNEL]
    rows = tuple(
        (
            Cell(stage.label),
            found.cell(f"entered:{stage}"),
            *((before.cell(f"entered:{stage}"),) if before else ()),
            *_conversion(found, stage, earlier),
        )
        for earlier, stage in zip(previous, FUNNEL, strict=False)
    )
    note = (
        "From New to MQL: of those captured in the period, who became MQL since. An MQL that came "
        "to a later stage counts as past those before it, also where nobody noted them."
    )
    return Table("Stage by stage", columns, rows, note)


def _conversion(found: _Found, stage: Stage, earlier: Stage | None) -> tuple[Cell, ...]:
    if earlier is None:
        return (NOT_KNOWN,) * 4
    if stage == Stage.MQL:
        made = found.moved[_MADE]
        url = leads_url(found.scope, _MADE) if made else ""
        of_new = share(made, found.moved[f"entered:{earlier}"], url=url)
        return NOT_KNOWN, of_new, NOT_KNOWN, NOT_KNOWN
    cohort = found.cohort
    return (
        reached(found.scope, cohort, stage),
        share(cohort.passed(stage), cohort.passed(earlier)),
        took(found.took, f"{earlier}>{stage}"),
        took(found.took, f"{Stage.MQL}>{stage}"),
    )


def _left(found: _Found, before: _Found | None) -> Table:
    columns = (
        Column("Left the road"),
        Column("Moved there", "count"),
        *((Column("Moved there before", "count"),) if before else ()),
    )
    rows = tuple(
        (
            Cell(stage.label),
            found.cell(f"entered:{stage}"),
            *((before.cell(f"entered:{stage}"),) if before else ()),
        )
        for stage in _LEFT
    )
    return Table("Left the road in the period", columns, rows)


FUNNEL_PAGE: Final = Page(
    "funnel",
    "Funnel",
    "filter",
    "How many came to each stage, how far the MQLs have come, and how long it took.",
    {
        "stages": Part("Stage by stage", stages),
        "flow": Part("Where the MQLs of the period went", flow),
        "trend": Part("Over time", trend),
        "cohorts": Part("What became of the MQLs, by when they became one", over_time),
        "split": Part("Side by side", split, asks_by=SPLITS),
    },
)
