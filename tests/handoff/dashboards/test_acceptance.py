"""The acceptance page: the rate with what it is of, judged only where enough was decided."""

from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User, Workspace
from handoff.dashboards.acceptance import ACCEPTANCE_PAGE, overall, trend
from handoff.dashboards.acceptance_lines import by_dimension, by_rule, ordered, telling
from handoff.dashboards.panel import Asked, Cell, Panel, Table
from handoff.metrics.acceptance import ENDED, LEAST, Endings
from handoff.metrics.dimensions import DIMENSIONS
from handoff.metrics.periods import Period
from handoff.metrics.scope import Scope
from handoff.models import Handoff
from tests.builders import make_lead, make_source
from tests.handoff.dashboards.decided import DAY, NOW, decide, panel
from tests.handoff.metrics.slow import SlowFigures, _is_asked
from tests.handoff.metrics.test_counting import QUESTIONS, a_few, scope_of
from tests.handoff.metrics.worlds import STORIES, World
from tests.handoff.undone import undone

pytestmark = pytest.mark.django_db
ROOT = "/w/northwind/dashboards/acceptance/panels/"
BY = [code for code in DIMENSIONS if code != "rule"]


def rates(table: Table) -> dict[Any, tuple[int | None, int | None]]:
    return {row[0].value: (row[1].hits, row[1].of) for row in table.rows}


@a_few
@given(STORIES, st.lists(QUESTIONS, min_size=6, max_size=6))
def test_every_line_is_what_slow_python_counts(
    story: list[Any], questions: list[dict[str, Any]]
) -> None:
    with undone() as workspace:
        world = World(workspace)
        for deed in story:
            world.do(deed)
        slow = SlowFigures(workspace)
        for asked in questions:
            scope = scope_of(world, asked, slow)
            by = BY[asked["pick"] % len(BY)]
            lines = slow.count(scope, ENDED, by)
            found = by_dimension(Asked(scope, NOW), by=by)
            assert line_counts(found) == sorted(
                (n["ended:accepted"], n["ended:accepted"] + n["ended:rejected"])
                for n in lines.values()
                if decided_in(lines)
            )
            assert rule_counts(by_rule(Asked(scope, NOW))) == slow_rules(slow, scope)


def decided_in(lines: dict[Any, Any]) -> bool:
    return any(n["ended:accepted"] + n["ended:rejected"] for n in lines.values())


def line_counts(found: Panel) -> list[tuple[Any, Any]]:
    return sorted((row[1].hits, row[1].of) for table in found.tables for row in table.rows)


def rule_counts(found: Panel) -> dict[Any, tuple[Any, ...]]:
    return {
        row[0].value: (row[1].hits, row[1].of, row[4].hits, row[4].of)
        for table in found.tables
        for row in table.rows
    }


def slow_rules(slow: SlowFigures, scope: Any) -> dict[Any, tuple[Any, ...]]:
    """With the rule, and without it, offer by offer."""
    behind = {"ended:accepted": 1, "ended:rejected": 0}
    offers = [
        (set(fact.lines["rule"]), taken)
        for fact in slow.facts()
        for kind, taken in behind.items()
        if kind in fact.kinds and _is_asked(fact.at, fact.lines, scope)
    ]
    rules = {rule for hit, _ in offers for rule in hit if rule}
    if "rule" in scope.filters:
        rules &= {scope.filters["rule"]}
    return {
        rule: (
            sum(taken for hit, taken in offers if rule in hit),
            sum(rule in hit for hit, _ in offers),
            sum(taken for hit, taken in offers if rule not in hit),
            sum(rule not in hit for hit, _ in offers),
        )
        for rule in rules
    }


def test_the_rate_has_its_interval_and_a_verdict_and_the_others_stand_beside(
    workspace: Workspace, ben: User
) -> None:
    decide(workspace, ben, accepted=30, rejected=10)
    Handoff.objects.create(
        workspace=workspace, lead=make_lead(workspace), rep=ben, cycle=1, status="expired",
        offered_at=NOW - DAY, expired_at=NOW, fit=50, intent=50, grade="B", model_version=1,
        why_now="", packet={},
    )  # fmt: skip
    rate, *beside = panel(workspace, ACCEPTANCE_PAGE, "overall").headlines
    assert (rate.cell.hits, rate.cell.of) == (30, 40)
    assert "Healthy" in rate.says
    assert "between 60 % and 86 %" in rate.says
    assert [(one.label, one.cell.value) for one in beside] == [
        ("Rejected", 10),
        ("Expired", 1),
        ("Withdrawn", 0),
        ("Not mine", 0),
    ]


def test_under_the_least_number_a_rate_is_told_and_not_judged(
    workspace: Workspace, ben: User
) -> None:
    decide(workspace, ben, accepted=1, rejected=LEAST - 2)
    said = panel(workspace, ACCEPTANCE_PAGE, "overall").headlines[0].says
    assert said.startswith("Fewer than 20 decided")
    [table] = panel(workspace, ACCEPTANCE_PAGE, "grade").tables
    assert (table.rows[0][3].value, table.rows[0][3].tone) == ("Too few to judge", "quiet")
    decide(workspace, ben, rejected=1)
    [table] = panel(workspace, ACCEPTANCE_PAGE, "grade").tables
    assert (table.rows[0][3].value, table.rows[0][3].tone) == ("Too loose", "bad")


def test_over_time_small_weeks_are_small_and_empty_ones_are_gaps(
    workspace: Workspace, ben: User
) -> None:
    decide(workspace, ben, accepted=18, rejected=2, at=NOW - 14 * DAY)
    decide(workspace, ben, accepted=2, rejected=1)
    period = Period(date(2026, 11, 2), date(2026, 11, 22), workspace.zone)
    found = panel(workspace, ACCEPTANCE_PAGE, "trend", period=period)
    [chart] = found.charts
    assert chart.data["labels"] == ["2 Nov", "9 Nov", "16 Nov"]
    assert chart.data["series"][0]["values"] == [
        {"value": 90.0, "n": 18, "of": 20},
        None,
        {"value": 66.7, "n": 2, "of": 3, "small": True},
    ]
    assert chart.data["band"] == {"low": 50, "high": 90, "name": "Healthy: 50 % to 90 %"}
    verdicts = [row[3].value for row in found.tables[0].rows]
    assert verdicts == ["Healthy", "", "Too few to judge"]


def test_the_period_before_stands_beside_place_by_place(workspace: Workspace, ben: User) -> None:
    decide(workspace, ben, accepted=1, rejected=1, at=NOW - 14 * DAY)
    decide(workspace, ben, accepted=2, rejected=1)
    period = Period(date(2026, 11, 9), date(2026, 11, 22), workspace.zone)
    found = panel(workspace, ACCEPTANCE_PAGE, "trend", period=period, compare=True)
    now, before = found.charts[0].data["series"]
    assert [one and one["of"] for one in now["values"]] == [None, 3]
    assert [one and one["of"] for one in before["values"]] == [None, 2]
    assert before["previous"] is True
    headline = panel(workspace, ACCEPTANCE_PAGE, "overall", period=period, compare=True)
    earlier = headline.headlines[0].before
    assert earlier is not None
    assert (earlier.hits, earlier.of) == (1, 2)
    months = panel(workspace, ACCEPTANCE_PAGE, "trend", period=period, every="month")
    assert months.charts[0].data["labels"] == ["Nov 2026"]


def test_the_most_telling_line_comes_first_and_those_with_few_decided_last(
    workspace: Workspace, ben: User
) -> None:
    usual, bad, few = (make_source(workspace, name=name) for name in ("Usual", "Bad", "Few"))
    decide(workspace, ben, accepted=60, rejected=20, lead={"first_source": usual})
    decide(workspace, ben, accepted=5, rejected=20, lead={"first_source": bad})
    decide(workspace, ben, rejected=5, lead={"first_source": few})
    [table] = panel(workspace, ACCEPTANCE_PAGE, "source").tables
    names = [row[0].value for row in table.rows]
    assert names[-1] == "Few"
    assert set(names[:2]) == {"Usual", "Bad"}
    verdicts = {row[0].value: row[3].value for row in table.rows}
    assert verdicts == {"Usual": "Healthy", "Bad": "Too loose", "Few": "Too few to judge"}


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), min_size=1, max_size=6))
def test_lines_are_in_the_order_of_how_surely_they_differ(counts: list[tuple[int, int]]) -> None:
    lines = {str(n): Endings(*of) for n, of in enumerate(counts)}
    whole = Endings(sum(a for a, _ in counts), sum(r for _, r in counts))
    found = ordered(lines, whole)
    assert sorted(found) == sorted(lines.items())
    for (_, one), (_, other) in pairwise(found):
        judged = one.decided >= LEAST, other.decided >= LEAST
        assert judged != (False, True)
        if judged == (True, True):
            assert telling(one, whole) >= telling(other, whole)


def test_a_rule_stands_beside_the_offers_that_it_did_not_speak_for(
    workspace: Workspace, ben: User
) -> None:
    decide(workspace, ben, accepted=18, rejected=2, rules=["Pricing page", "Head of IT"])
    decide(workspace, ben, accepted=5, rejected=15, rules=["Pricing page"])
    [table] = panel(workspace, ACCEPTANCE_PAGE, "rule").tables
    rows = {row[0].value: row for row in table.rows}
    assert {
        name: (row[1].hits, row[1].of, row[4].hits, row[4].of) for name, row in rows.items()
    } == {
        "Pricing page": (23, 40, 0, 0),
        "Head of IT": (18, 20, 5, 20),
    }
    assert [rows[name][5].value for name in ("Head of IT", "Pricing page")] == ["+65 points", "–"]


def test_what_is_chosen_is_asked_of_the_address(
    workspace: Workspace, ben: User, as_ana: Client
) -> None:
    decide(workspace, ben, accepted=2, at=NOW)
    told = as_ana.get(f"{ROOT}chosen/?first=&last=&by=cycle").content.decode()
    assert "Acceptance by cycle" in told
    assert "Cycle 1" in told


def test_nothing_decided_is_said_with_what_to_do(workspace: Workspace) -> None:
    for key in ACCEPTANCE_PAGE.parts:
        if key != "band":
            empty = panel(workspace, ACCEPTANCE_PAGE, key).empty
            assert empty is not None
            assert "Choose a longer period" in empty[1] or "choose a longer period" in empty[1]


def test_a_count_leads_to_its_leads(workspace: Workspace, ben: User, as_ana: Client) -> None:
    offers = decide(workspace, ben, accepted=2, rejected=1)
    [table] = panel(workspace, ACCEPTANCE_PAGE, "grade").tables
    rejected: Cell = table.rows[0][4]
    page = as_ana.get(rejected.url)
    assert [row.lead.pk for row in page.context["list"].rows] == [offers[2].lead_id]


@pytest.mark.parametrize("key", list(ACCEPTANCE_PAGE.parts))
def test_a_panel_asks_as_much_of_many_lines_as_of_one(
    workspace: Workspace, ben: User, mara: User, as_ana: Client, key: str
) -> None:
    def queries() -> int:
        as_ana.get(f"{ROOT}{key}/?first=&last=&compare=before")  # counts the days that are due
        with CaptureQueriesContext(connection) as asked:
            assert as_ana.get(f"{ROOT}{key}/?first=&last=&compare=before").status_code == 200
        return len(asked)

    lead = {"first_source": make_source(workspace)}
    decide(workspace, ben, accepted=1, rejected=1, rules=["One"], lead=lead)
    one = queries()
    for n, rep in enumerate((ben, mara)):
        lead = {"first_source": make_source(workspace)}
        at = NOW - (n + 1) * timedelta(days=9)
        decide(workspace, rep, accepted=2, rejected=2, rules=["Two"], lead=lead, at=at, grade="A")
    assert queries() == one


@pytest.mark.parametrize("key", list(ACCEPTANCE_PAGE.parts))
def test_another_workspace_sees_no_panel(as_cleo: Client, ana: User, key: str) -> None:
    assert as_cleo.get(f"{ROOT}{key}/").status_code == 404


def test_headline_and_trend_add_up_to_the_same(workspace: Workspace, ben: User) -> None:
    for weeks in range(4):
        decide(workspace, ben, accepted=weeks, rejected=1, at=NOW - 7 * weeks * DAY)
    asked = Asked(Scope(workspace, Period(zone=workspace.zone)), NOW)
    of = overall(asked).headlines[0].cell.of
    [table] = trend(asked).tables
    assert sum(row[1].of or 0 for row in table.rows) == of == 10
