"""The panels of the funnel page: each figure with its denominator and the link to its leads."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from handoff.lead_criteria import DECIDED, Criteria, leads_url
from handoff.metrics.answers import HEALTHY, Answers, ReasonTally, answers, rejections, verdict
from handoff.metrics.breakdown import Line, breakdown
from handoff.metrics.cohorts import AFTER_MQL, Cohort, Reach, cohorts
from handoff.metrics.durations import Duration
from handoff.metrics.moved import moved
from handoff.metrics.scope import NONE, NONE_IN_WORDS, By, Scope
from handoff.models import Handoff
from leadqual.stages import FUNNEL, Stage

Status = Handoff.Status


@dataclass(frozen=True)
class Figure:
    """A count with the address of the leads behind it.

    `leads` is how many those are; smaller than `count` where a lead was offered more than once.
    """

    count: int
    leads: int
    url: str

    @property
    def is_of_fewer_leads(self) -> bool:
        return self.leads < self.count


class Linked:
    """Makes figures that link to their leads, within one scope."""

    def __init__(self, scope: Scope) -> None:
        self.workspace = scope.workspace
        first, last = scope.period.first, scope.period.last
        self._base = Criteria(
            moved_from_date=first.isoformat() if first else "",
            moved_to_date=last.isoformat() if last else "",
            source=scope.source,
            rep=scope.rep,
        )

    def of(self, count: int, *, leads: int | None = None, **criteria: str) -> Figure:
        url = leads_url(self.workspace, replace(self._base, **criteria)) if count else ""
        return Figure(count, count if leads is None else leads, url)


@dataclass(frozen=True)
class StageRow:
    """One stage: what moved into it in the period, and how far the period's MQLs have come.

    `rate` is of all MQLs, `step` of those that reached the stage before. `unknown` passed the
    stage without its moment being known.
    """

    stage: Stage
    moved: Figure
    reached: Figure | None
    rate: float | None
    step: float | None
    unknown: int
    since_mql: Duration


def stages_panel(scope: Scope) -> dict[str, Any]:
    into, cohort = moved(scope).get("", {}), cohorts(scope).get("", Cohort())
    linked = Linked(scope)
    rows = [_stage_row(stage, linked, into.get(stage, 0), cohort) for stage in FUNNEL]
    known = [row for row in rows if row.reached is not None]
    return {
        "rows": rows,
        "mqls": cohort.mqls,
        "is_empty": not into,
        "left": [
            (stage, linked.of(into[stage], moved_to=stage))
            for stage in (Stage.LOST, Stage.NURTURE, Stage.DISQUALIFIED)
            if into.get(stage)
        ],
        "chart": {
            "kind": "funnel",
            "labels": [str(row.stage.label) for row in known],
            "values": [row.reached.count for row in known if row.reached],
        },
    }


def _stage_row(stage: Stage, linked: Linked, into: int, cohort: Cohort) -> StageRow:
    figure = linked.of(into, moved_to=stage)
    if stage == Stage.NEW:
        return StageRow(stage, figure, None, None, None, 0, Duration())
    if stage == Stage.MQL:
        reached = linked.of(cohort.mqls, moved_to=stage)
        rate = 1.0 if cohort.mqls else None
        return StageRow(stage, figure, reached, rate, None, 0, Duration())
    reach = cohort.reach(stage)
    reached = linked.of(reach.leads, moved_to=Stage.MQL, reached=stage)
    return StageRow(
        stage,
        figure,
        reached,
        cohort.rate(stage),
        _step(stage, reach, cohort),
        reach.passed - reach.leads,
        reach.since_mql,
    )


def _step(stage: Stage, reach: Reach, cohort: Cohort) -> float | None:
    """Of those in the stage before; None where moments between are unknown: it would mislead."""
    place = AFTER_MQL.index(stage)
    before = cohort.reach(AFTER_MQL[place - 1]) if place else Reach(cohort.mqls, cohort.mqls)
    if not before.leads or before.passed > before.leads or reach.passed > reach.leads:
        return None
    return reach.leads / before.leads


VERDICTS = {
    "loose": "Too low: sales sends back more than half. The MQL definition is too loose.",
    "healthy": "Healthy: sales takes most of what marketing promises, and still says no.",
    "tight": "Very high: the MQL definition may be too tight, and good leads are held back.",
}


def acceptance_panel(scope: Scope) -> dict[str, Any]:
    said, linked = answers(scope).get("", Answers()), Linked(scope)

    def ended(status: str) -> Figure:
        tally = said.tally(status)
        return linked.of(tally.offers, leads=tally.leads, decision=status)

    return {
        "rate": said.acceptance,
        "decided": linked.of(said.decided, leads=said.decided_leads, decision=DECIDED),
        "accepted": ended(Status.ACCEPTED),
        "rejected": ended(Status.REJECTED),
        "beside": [
            ("Expired", ended(Status.EXPIRED)),
            ("Withdrawn", ended(Status.WITHDRAWN)),
            ("“Not mine”", ended(Status.NOT_MINE)),
        ],
        "low": HEALTHY[0],
        "high": HEALTHY[1],
        "verdict": VERDICTS.get(verdict(said.acceptance), ""),
        "is_healthy": verdict(said.acceptance) == "healthy",
        "is_empty": not said.tallies,
    }


@dataclass(frozen=True)
class ReasonRow:
    name: str
    figure: Figure
    share: float


def reasons_panel(scope: Scope) -> dict[str, Any]:
    found, linked = rejections(scope), Linked(scope)
    total = sum(one.offers for one in found)
    return {"rows": [_reason_row(one, total, linked) for one in found], "total": total}


def _reason_row(one: ReasonTally, total: int, linked: Linked) -> ReasonRow:
    figure = linked.of(one.offers, leads=one.leads, decision=Status.REJECTED, reason=one.code)
    return ReasonRow(one.name, figure, one.offers / total)


def times_panel(scope: Scope) -> dict[str, Any]:
    said, linked = answers(scope).get("", Answers()), Linked(scope)
    accepted, touch = {"decision": Status.ACCEPTED}, said.first_touch
    return {
        "deciding": said.deciding,
        "decided": linked.of(said.decided, leads=said.decided_leads, decision=DECIDED),
        "first_touch": touch,
        "touched": linked.of(touch.n, leads=said.touched_leads, **accepted, first_touch="known"),
        "untouched": linked.of(
            said.untouched.offers, leads=said.untouched.leads, **accepted, first_touch="missing"
        ),
        "is_empty": not said.decided,
    }


@dataclass(frozen=True)
class LineRow:
    title: str
    line: Line
    mqls: Figure
    reached: list[tuple[Stage, Figure]]
    accepted: Figure
    decided: Figure


def lines_panel(scope: Scope, by: By) -> dict[str, Any]:
    lines = breakdown(scope, by)
    rows = [_line_row(scope, by, line) for line in lines]
    return {"rows": rows, "by": by, "stages": AFTER_MQL, "charts": _lines_charts(lines, by)}


def _line_row(scope: Scope, by: By, line: Line) -> LineRow:
    narrowed = replace(scope, period=line.period)
    if by == "source":
        narrowed = replace(narrowed, source=line.key)
    elif by == "rep":
        narrowed = replace(narrowed, rep=line.key)
    linked, cohort, said = Linked(narrowed), line.cohort, line.answers
    accepted = said.tally(Status.ACCEPTED)
    return LineRow(
        _title(line, by),
        line,
        linked.of(cohort.mqls, moved_to=Stage.MQL),
        [
            (stage, linked.of(cohort.reach(stage).leads, moved_to=Stage.MQL, reached=stage))
            for stage in AFTER_MQL
        ],
        linked.of(accepted.offers, leads=accepted.leads, decision=Status.ACCEPTED),
        linked.of(said.decided, leads=said.decided_leads, decision=DECIDED),
    )


def _title(line: Line, by: By) -> str:
    """As people say it: the week by its Monday, the month by its name."""
    if by == "week":
        return f"{date.fromisoformat(line.key):%-d %b %Y}"
    if by == "month":
        return f"{date.fromisoformat(line.key):%b %Y}"
    return NONE_IN_WORDS[by] if line.key == NONE else line.name


def _lines_charts(lines: list[Line], by: By) -> list[dict[str, Any]]:
    """By week or month: MQLs, and below them the acceptance rate in its band, each on an axis of
    its own; by source or rep: both rates, which share theirs."""
    labels = [_title(line, by) for line in lines]
    mqls = {"labels": labels, "mqls": [line.cohort.mqls for line in lines]}
    acceptance = [_percent(line.answers.acceptance) for line in lines]
    if by in ("week", "month"):
        band = [100 * bound for bound in HEALTHY]
        rate = {"labels": labels, "acceptance": acceptance, "band": band}
        return [
            {"kind": "mqls", "title": f"MQLs by {by}", **mqls},
            {"kind": "acceptance", "title": f"Acceptance by {by}; the band is healthy", **rate},
        ]
    conversion = [_percent(line.cohort.conversion) for line in lines]
    title = f"MQL to won, and acceptance, by {by}"
    both = {"conversion": conversion, "acceptance": acceptance}
    return [{"kind": "rates", "title": title, **mqls, **both}]


def _percent(rate: float | None) -> float | None:
    return None if rate is None else round(100 * rate, 1)
