"""The funnel page: what each of its parts says, and that nothing is lost on the way."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Workspace
from handoff.dashboards.funnel import FUNNEL_PAGE
from handoff.dashboards.funnel_flow import ENDS, WON, flows
from handoff.dashboards.funnel_split import LISTED, SPLITS
from handoff.dashboards.panel import Asked, Cell, Panel
from handoff.metrics.cohorts import FURTHEST, STATES, Cohort
from handoff.metrics.counting import leads_behind
from handoff.metrics.links import asked_fact
from handoff.metrics.periods import Period
from handoff.metrics.scope import Scope
from leadqual.models import Lead, StageMove
from leadqual.stages import Stage
from tests.builders import make_lead, make_source

MQL, SAL, SQL, OPPORTUNITY, WIN = FURTHEST
ROADS = {
    "won": (MQL, SAL, SQL, OPPORTUNITY, WIN),
    "open": (MQL, SAL),
    "recycled": (MQL, Stage.NURTURE),
    "lost": (MQL, SAL, SQL, OPPORTUNITY, Stage.LOST),
}


def travel(workspace: Workspace, road: tuple[Stage, ...], at: datetime, **facts: Any) -> Lead:
    """Captured at the moment, and a day later at each further stage."""
    lead = make_lead(workspace, stage=road[-1], captured_at=at, cycle=1, **facts)
    earlier = ""
    for n, stage in enumerate((Stage.NEW, *road)):
        StageMove.objects.create(
            workspace=workspace, lead=lead, from_stage=earlier, to_stage=stage, rule="test",
            cycle=min(n, 1), at=at + timedelta(days=n),
        )  # fmt: skip
        earlier = stage
    return lead


@pytest.fixture
def asked(workspace: Workspace) -> Asked:
    """Four MQLs of the last thirty days, one for each road, of two sources."""
    now = timezone.now()
    for name, road in ROADS.items():
        source = make_source(workspace, code=name)
        travel(workspace, road, now - timedelta(days=10), first_source=source)
    today = timezone.localdate(now, workspace.zone)
    scope = Scope(workspace, Period.last_days(30, today=today, zone=workspace.zone))
    return Asked(scope, now)


def made(part: str, asked: Asked) -> Panel:
    return FUNNEL_PAGE.parts[part].make(asked)


def table_of(panel: Panel, place: int = 0) -> dict[str, list[Cell]]:
    return {str(row[0].value): list(row[1:]) for row in panel.tables[place].rows}


def leads_listed(asked: Asked, url: str) -> int:
    fact = asked_fact(asked.workspace, dict(parse_qsl(url.partition("?")[2])))
    assert fact
    return leads_behind(*fact).count()


def test_stages_show_moves_conversion_and_time(asked: Asked) -> None:
    rows = table_of(made("stages", asked))
    assert [cells[0].value for cells in rows.values()] == [4, 4, 3, 2, 2, 1]
    assert (rows["MQL"][2].hits, rows["MQL"][2].of) == (4, 4)
    assert (rows["SAL"][1].hits, rows["SAL"][1].of) == (3, 4)
    assert (rows["SQL"][2].hits, rows["SQL"][2].of) == (2, 3)
    assert rows["SQL"][3].value == 86_400
    assert rows["Won"][4].value == 4 * 86_400


def test_headlines_stand_beside_those_of_the_period_before(asked: Asked) -> None:
    before = asked.scope.period.before()
    assert before
    travel(asked.workspace, ROADS["won"], asked.now - timedelta(days=45))
    earlier = asked.scope.during(before)
    panel = made("stages", Asked(asked.scope, asked.now, before=earlier))
    said = [(one.label, one.cell.value, one.before and one.before.value) for one in panel.headlines]
    assert said[1] == ("Became MQL", 4, 1)
    assert said[-1] == ("Won", 1, 1)


def test_each_number_with_an_address_opens_as_many_leads(asked: Asked) -> None:
    linked = 0
    for part in FUNNEL_PAGE.parts.values():
        for table in part.make(asked).tables:
            for cell in (cell for row in table.rows for cell in row if cell.url):
                assert leads_listed(asked, cell.url) == (cell.hits or cell.value)
                linked += 1
    assert linked == 40


def test_the_flow_leads_every_mql_to_one_end(asked: Asked) -> None:
    panel = made("flow", asked)
    rows = table_of(panel)
    assert [cell.value for cell in rows["All"][1:]] == [1, 1, 0, 0, 1, 1]
    nodes = {node["key"]: node["value"] for node in panel.charts[0].data["nodes"]}
    assert nodes["mql"] == 4
    assert (nodes["open"], nodes["nurture"], nodes["lost"], nodes["won"]) == (1, 1, 1, 1)


PATHS = st.dictionaries(
    st.tuples(st.sampled_from(FURTHEST), st.sampled_from(STATES)), st.integers(1, 50), max_size=20
)


@given(PATHS)
def test_the_flow_loses_and_makes_nobody(paths: dict[tuple[Stage, Stage], int]) -> None:
    cohort = Cohort(sum(paths.values()), {}, paths)
    inward, outward = Counter[str](), Counter[str]()
    for (source, to), n in flows(cohort).items():
        outward[source] += n
        inward[to] += n
    for stage in (SAL, SQL, OPPORTUNITY):
        assert inward[stage] == outward[stage] == cohort.passed(stage)
    assert outward[MQL] == cohort.mqls
    ended = sum(inward[end.key] for end in ENDS) + inward[WON.key] - outward[WON.key]
    assert ended == cohort.mqls


def test_the_trend_has_a_row_for_each_week_and_its_comparison(asked: Asked) -> None:
    before = asked.scope.period.before()
    assert before
    travel(asked.workspace, ROADS["won"], asked.now - timedelta(days=45))
    panel = made("trend", Asked(asked.scope, asked.now, before=asked.scope.during(before)))
    earlier = [row[7] for row in panel.tables[0].rows if row[7].value]
    assert [(cell.value, leads_listed(asked, cell.url)) for cell in earlier] == [(1, 1)]
    assert sum(int(str(row[2].value)) for row in panel.tables[0].rows) == 4
    assert [one["name"] for one in panel.charts[0].data["series"]] == ["MQL", "Before"]
    assert len(panel.charts[0].data["labels"]) == len(panel.tables[0].rows)


def test_cohorts_add_up(asked: Asked) -> None:
    rows = table_of(made("cohorts", Asked(asked.scope, asked.now, every="month"))).values()
    assert sum(int(str(cells[0].value)) for cells in rows) == 4
    for cells in rows:
        won, still_open, left = cells[4], cells[5], cells[6]
        assert (won.hits or 0) + (still_open.hits or 0) + (left.hits or 0) == cells[0].value


def test_side_by_side_lists_every_line_with_its_times(asked: Asked) -> None:
    rows = table_of(made("split", Asked(asked.scope, asked.now, by="source")))
    assert sorted(rows) == ["lost", "open", "recycled", "won"]
    assert rows["won"][0].value == 1
    assert [rows["won"][5].value, rows["won"][6].value] == [86_400, 4 * 86_400]
    assert rows["recycled"][5].value is None


@pytest.mark.parametrize("part", FUNNEL_PAGE.parts)
def test_an_empty_period_says_what_to_do(workspace: Workspace, part: str) -> None:
    asked = Asked(Scope(workspace, Period(zone=workspace.zone)), timezone.now())
    assert made(part, asked).empty


def test_every_way_to_split_adds_up_to_all_mqls(asked: Asked) -> None:
    for by in SPLITS:
        rows = table_of(made("split", Asked(asked.scope, asked.now, by=by))).values()
        assert (by, sum(int(str(cells[0].value)) for cells in rows)) == (by, 4)


def test_lines_beyond_the_fiftieth_are_counted_together(workspace: Workspace) -> None:
    now = timezone.now()
    for n in range(LISTED + 2):
        source = make_source(workspace, code=f"s{n}", name=f"Source {n:03}")
        travel(workspace, ROADS["open"], now - timedelta(days=9), first_source=source)
    panel = made("split", Asked(Scope(workspace, Period(zone=workspace.zone)), now))
    assert len(panel.tables[0].rows) == LISTED + 1
    others = panel.tables[0].rows[-1]
    assert [others[0].value, others[1].value, others[2].hits] == ["2 others together", 2, 2]
    assert "(the 8 largest of 52)" in panel.charts[0].title
