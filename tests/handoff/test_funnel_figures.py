"""The funnel's figures against a slow computation, and against the leads that they link to."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any, get_args
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.models import Workspace
from handoff import funnel_panels
from handoff.funnel_panels import Figure
from handoff.lead_criteria import criteria_of, leads_matching
from handoff.metrics.answers import answers, rejections, verdict
from handoff.metrics.breakdown import breakdown
from handoff.metrics.cohorts import cohorts
from handoff.metrics.durations import Duration, in_words
from handoff.metrics.moved import moved
from handoff.metrics.periods import Period, parts
from handoff.metrics.report import as_json, as_rows
from handoff.metrics.scope import By, Scope
from leadqual.models import StageMove
from tests.builders import make_lead
from tests.handoff.funnel_histories import CHOSEN, HISTORIES, chosen_scope, live
from tests.handoff.slow_funnel import SlowFunnel
from tests.handoff.undone import undone

pytestmark = pytest.mark.django_db
BERLIN = ZoneInfo("Europe/Berlin")
BYS: list[By | None] = [None, *get_args(By)]


def plain(took: Duration) -> tuple[int, float | None, float | None, int]:
    return took.n, took.median, took.p90, took.negative


def close(numbers: Any) -> Any:
    """Equal but for the last digits of the interpolation."""
    if isinstance(numbers, float):
        return pytest.approx(numbers)
    if isinstance(numbers, dict):
        return {key: close(value) for key, value in numbers.items()}
    return tuple(map(close, numbers)) if isinstance(numbers, tuple) else numbers


@settings(max_examples=60, deadline=None)
@given(HISTORIES, CHOSEN, st.sampled_from(BYS))
def test_figures_are_those_of_the_slow_computation(
    leads: list[Any], chosen: dict[str, Any], by: By | None
) -> None:
    with undone(timezone="Europe/Berlin") as workspace:
        scope = chosen_scope(workspace, live(workspace, leads), chosen)
        slow = SlowFunnel(scope, by)
        assert moved(scope, by) == slow.moved()
        assert {
            line: (
                cohort.mqls,
                {
                    str(stage): (reach.leads, reach.passed, plain(reach.since_mql))
                    for stage, reach in cohort.reached.items()
                },
            )
            for line, cohort in cohorts(scope, by).items()
        } == close(slow.cohorts())
        assert {
            line: (
                {status: (tally.offers, tally.leads) for status, tally in said.tallies.items()},
                plain(said.deciding),
                plain(said.first_touch),
                said.decided_leads,
                said.touched_leads,
                said.untouched.offers,
            )
            for line, said in answers(scope, by).items()
        } == close(slow.answers())


def figures(panel: Any) -> Iterator[Figure]:
    """Every figure that a panel shows, wherever it stands in its context."""
    if isinstance(panel, Figure):
        yield panel
    elif isinstance(panel, dict):
        for value in panel.values():
            yield from figures(value)
    elif isinstance(panel, list | tuple):
        for value in panel:
            yield from figures(value)
    elif hasattr(panel, "__dataclass_fields__"):
        yield from figures(vars(panel))


@settings(max_examples=60, deadline=None)
@given(HISTORIES, CHOSEN)
def test_every_number_leads_to_as_many_leads(leads: list[Any], chosen: dict[str, Any]) -> None:
    with undone(timezone="Europe/Berlin") as workspace:
        scope = chosen_scope(workspace, live(workspace, leads), chosen)
        panels = [
            funnel_panels.stages_panel(scope),
            funnel_panels.acceptance_panel(scope),
            funnel_panels.reasons_panel(scope),
            funnel_panels.times_panel(scope),
            *(funnel_panels.lines_panel(scope, by) for by in get_args(By)),
        ]
        for figure in figures(panels):
            if not figure.count:
                assert figure.url == ""
                continue
            address = urlsplit(figure.url)
            assert address.path == "/w/any/leads/"
            criteria = criteria_of(QueryDict(address.query))
            assert leads_matching(workspace, criteria).count() == figure.leads


@settings(max_examples=15, deadline=None)
@given(HISTORIES, CHOSEN)
def test_reasons_sum_up_to_the_rejections(leads: list[Any], chosen: dict[str, Any]) -> None:
    with undone() as workspace:
        scope = chosen_scope(workspace, live(workspace, leads), chosen)
        found = answers(scope).get("")
        rejected = found.rejected if found else 0
        assert sum(reason.offers for reason in rejections(scope)) == rejected


@settings(max_examples=15, deadline=None)
@given(HISTORIES)
def test_the_sources_of_a_period_sum_up_to_all(leads: list[Any]) -> None:
    with undone() as workspace:
        live(workspace, leads)
        scope = Scope(workspace)
        whole, lines = cohorts(scope), breakdown(scope, "source")
        assert sum(line.cohort.mqls for line in lines) == (whole[""].mqls if whole else 0)
        assert sum(line.cohort.deals for line in lines) == (whole[""].deals if whole else 0)
        assert len(as_rows(scope, "source")) == len(lines) + 1
        assert as_json(scope, "source")["mqls"] == sum(line.cohort.mqls for line in lines)


def move(lead: Any, to: str, at: datetime, **fields: Any) -> None:
    fields = {"rule": "test", "cycle": 1, **fields}
    StageMove.objects.create(
        workspace=lead.workspace, lead=lead, to_stage=to, at=at, source=lead.first_source, **fields
    )


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_a_day_begins_in_the_zone_of_the_workspace(workspace: Workspace) -> None:
    move(make_lead(workspace), "mql", at("2025-03-31T22:30+00:00"))  # 00:30 on 1 April in Berlin
    april = Period(date(2025, 4, 1), date(2025, 4, 30), BERLIN)
    march = Period(date(2025, 3, 1), date(2025, 3, 31), BERLIN)
    assert cohorts(Scope(workspace, april))[""].mqls == 1
    assert cohorts(Scope(workspace, march)) == {}
    lines = breakdown(Scope(workspace, Period(zone=BERLIN)), "month")
    assert [(line.name, line.cohort.mqls) for line in lines] == [("2025-04", 1)]


def test_weeks_without_anything_are_there_too(workspace: Workspace) -> None:
    move(make_lead(workspace), "mql", at("2025-01-08T12:00+00:00"))
    period = Period(date(2025, 1, 1), date(2025, 1, 28), BERLIN)
    lines = breakdown(Scope(workspace, period), "week")
    assert [(line.name, line.cohort.mqls) for line in lines] == [
        ("2024-12-30", 0),
        ("2025-01-06", 1),
        ("2025-01-13", 0),
        ("2025-01-20", 0),
        ("2025-01-27", 0),
    ]
    assert (lines[0].period.first, lines[0].period.last) == (date(2025, 1, 1), date(2025, 1, 5))
    assert (lines[4].period.first, lines[4].period.last) == (date(2025, 1, 27), date(2025, 1, 28))


def test_a_lead_accepted_in_an_earlier_cycle_is_not_accepted_in_this_one(
    workspace: Workspace,
) -> None:
    lead = make_lead(workspace)
    move(lead, "mql", at("2025-01-08T12:00+00:00"), cycle=1)
    move(lead, "sal", at("2025-01-09T12:00+00:00"), cycle=1)
    move(lead, "mql", at("2025-06-08T12:00+00:00"), cycle=2)
    january = Period(date(2025, 1, 1), date(2025, 1, 31), BERLIN)
    june = Period(date(2025, 6, 1), date(2025, 6, 30), BERLIN)
    assert cohorts(Scope(workspace, january))[""].rate("sal") == 1  # type: ignore[arg-type]
    assert cohorts(Scope(workspace, june))[""].rate("sal") == 0  # type: ignore[arg-type]


def test_a_second_promotion_in_one_cycle_does_not_count(workspace: Workspace) -> None:
    lead = make_lead(workspace)
    move(lead, "mql", at("2025-01-08T12:00+00:00"))
    move(lead, "mql", at("2025-06-08T12:00+00:00"), counted=False)
    june = Period(date(2025, 6, 1), date(2025, 6, 30), BERLIN)
    assert cohorts(Scope(workspace, june)) == {}
    assert moved(Scope(workspace, june)) == {}


def test_nothing_of_another_workspace_is_counted(workspace: Workspace, cleo: Any) -> None:
    theirs = make_lead(cleo.workspaces.get())
    move(theirs, "mql", at("2025-01-08T12:00+00:00"))
    scope = Scope(workspace)
    assert (moved(scope), cohorts(scope), answers(scope)) == ({}, {}, {})


@pytest.mark.parametrize(
    ("rate", "words"),
    [(None, ""), (0.499, "loose"), (0.5, "healthy"), (0.9, "healthy"), (0.901, "tight")],
)
def test_the_healthy_band_is_50_to_90_percent(rate: float | None, words: str) -> None:
    assert verdict(rate) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, "–"),
        (0, "0 s"),
        (40, "40 s"),
        (60, "1 min"),
        (90, "1 min 30 s"),
        (3_600, "1 h"),
        (12_000, "3 h 20 min"),
        (1_265_823, "14 d 15 h"),
        (-5_400, "−1 h 30 min"),
    ],
)
def test_spans_are_told_in_two_units(seconds: float | None, words: str) -> None:
    assert in_words(seconds) == words


def test_months_follow_each_other() -> None:
    assert parts("month", date(2024, 11, 30), date(2025, 2, 1)) == [
        date(2024, 11, 1),
        date(2024, 12, 1),
        date(2025, 1, 1),
        date(2025, 2, 1),
    ]


@pytest.mark.parametrize("by", get_args(By))
def test_a_breakdown_takes_as_many_queries_for_ten_leads_as_for_one(
    workspace: Workspace, by: By
) -> None:
    taken = []
    for n in (1, 10):
        for _ in range(n):
            move(make_lead(workspace), "mql", at("2025-01-08T12:00+00:00"))
        with CaptureQueriesContext(connection) as queries:
            breakdown(Scope(workspace, Period(zone=BERLIN)), by)
        taken.append(len(queries))
    assert taken[0] == taken[1] <= 5


def test_a_period_of_days_holds_that_many_days() -> None:
    period = Period.last_days(90, today=date(2025, 5, 1), zone=BERLIN)
    assert period.first is not None
    assert period.last is not None
    assert period.last - period.first == timedelta(days=89)
