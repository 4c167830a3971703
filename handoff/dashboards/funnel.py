"""The funnel: how many came to each stage, how far the period's MQLs have come, and how fast."""

from handoff.dashboards.panel import Asked, Cell, Chart, Column, Page, Panel, Part, Table, share
from handoff.metrics.cohorts import Cohort, cohorts
from handoff.metrics.counting import WHOLE, total
from handoff.metrics.durations import SINCE_MQL, Duration, durations
from handoff.metrics.links import leads_url
from handoff.metrics.report import ENTERED
from leadqual.stages import FUNNEL, Stage


def stages(asked: Asked) -> Panel:
    moved = total(asked.scope, ENTERED)
    cohort = cohorts(asked.scope).get(WHOLE, Cohort())
    took = durations(asked.scope, SINCE_MQL).get(WHOLE, {})
    if not moved:
        return Panel(
            _COUNTS,
            empty=(
                "No lead moved in this period",
                "Choose a longer period, or take a filter away. Imported history counts at its own "
                "dates.",
            ),
        )
    rows = tuple(_row(asked, stage, moved[f"entered:{stage}"], cohort, took) for stage in FUNNEL)
    reached = [(stage, cohort.passed(stage)) for stage in FUNNEL[1:]]
    chart = Chart(
        "funnel",
        "How far the MQLs of the period have come",
        {"labels": [s.label for s, _ in reached], "values": [n for _, n in reached]},
    )
    columns = (
        Column("Stage"),
        Column("Moved there in the period", "count"),
        Column(f"Of the {cohort.mqls:,} MQLs of the period, so far", "percent"),
        Column("Median since MQL", "seconds"),
    )
    return Panel(
        _COUNTS,
        charts=(chart,) if cohort.mqls else (),
        tables=(Table("Leads stage by stage", columns, rows),),
        size=sum(moved.values()) + cohort.mqls,
    )


_COUNTS = (
    "Moved: counted moves into the stage in the period. Of the MQLs: what has become of those who "
    "became MQL in the period, up to now."
)


def _row(
    asked: Asked, stage: Stage, moved: int, cohort: Cohort, took: dict[str, Duration]
) -> tuple[Cell, ...]:
    url = leads_url(asked.scope, f"entered:{stage}") if moved else ""
    if stage in (Stage.NEW, Stage.MQL):
        return Cell(stage.label), Cell(moved, url=url), Cell(None), Cell(None)
    span = took.get(f"{Stage.MQL}>{stage}", Duration())
    far = cohort.reached.get(stage, 0)
    return (
        Cell(stage.label),
        Cell(moved, url=url),
        share(far, cohort.mqls, url=leads_url(asked.scope, f"reached:{stage}") if far else ""),
        Cell(span.median, note=f"of {span.n:,}" if span.n else ""),
    )


FUNNEL_PAGE = Page(
    "funnel",
    "Funnel",
    "filter",
    "How many came to each stage, how far the MQLs have come, and how long it took.",
    {"stages": Part("Stage by stage", stages)},
)
