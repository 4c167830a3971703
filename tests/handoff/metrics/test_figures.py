"""What the figures' definitions come to: days and weeks, cycles, lines that add up, verdicts."""

from datetime import date, datetime, timedelta
from math import sqrt
from typing import Any, get_args
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Workspace
from handoff.metrics.acceptance import ENDED, LEAST, Endings, endings, interval, verdict
from handoff.metrics.cohorts import cohorts
from handoff.metrics.counting import WHOLE, count, total
from handoff.metrics.dimensions import DIMENSIONS
from handoff.metrics.durations import in_words
from handoff.metrics.periods import Grain, Period, parts
from handoff.metrics.report import BY, ENTERED, as_json, as_rows, lines
from handoff.metrics.scope import Scope
from leadqual.models import StageMove
from leadqual.stages import Stage
from tests.builders import make_lead, make_source

pytestmark = pytest.mark.django_db
BERLIN = ZoneInfo("Europe/Berlin")


def move(lead: Any, to: str, at: datetime, **fields: Any) -> None:
    fields = {"rule": "test", "cycle": 1, **fields}
    StageMove.objects.create(
        workspace=lead.workspace, lead=lead, to_stage=to, at=at, source=lead.first_source, **fields
    )


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def of(workspace: Workspace, first: str, last: str) -> Scope:
    days = (date.fromisoformat(first), date.fromisoformat(last))
    return Scope(workspace, Period(*days, BERLIN))


def test_a_day_begins_in_the_zone_of_the_workspace(workspace: Workspace) -> None:
    move(make_lead(workspace), "mql", at("2025-03-31T22:30+00:00"))  # 00:30 on 1 April in Berlin
    assert cohorts(of(workspace, "2025-04-01", "2025-04-30"))[WHOLE].mqls == 1
    assert cohorts(of(workspace, "2025-03-01", "2025-03-31")) == {}
    found = lines(Scope(workspace, Period(zone=BERLIN)), "month")
    assert [(line.name, line.cohort.mqls) for line in found] == [("2025-04", 1)]


def test_a_week_of_two_years_is_one_week(workspace: Workspace) -> None:
    for day in ("2024-12-30", "2025-01-01", "2025-01-05"):
        move(make_lead(workspace), "mql", at(f"{day}T12:00+00:00"))
    weeks = count(Scope(workspace, Period(zone=BERLIN)), ["mql"], every="week")
    assert weeks == {("", date(2024, 12, 30)): {"mql": 3}}


def test_centuries_of_nothing_around_what_is_known_are_left_out() -> None:
    ever = Period(date(1990, 1, 1), date(2199, 12, 31), BERLIN)
    known = [date(2025, 1, 6), date(2025, 1, 20)]
    assert ever.starts("week", known) == [known[0], date(2025, 1, 13), known[1]]
    decade = Period(date(2020, 1, 1), date(2029, 12, 31), BERLIN)
    assert len(decade.starts("week", known)) == 523


def test_weeks_without_anything_are_there_too(workspace: Workspace) -> None:
    move(make_lead(workspace), "mql", at("2025-01-08T12:00+00:00"))
    found = lines(of(workspace, "2025-01-01", "2025-01-28"), "week")
    assert [(line.name, line.cohort.mqls) for line in found] == [
        ("2024-12-30", 0),
        ("2025-01-06", 1),
        ("2025-01-13", 0),
        ("2025-01-20", 0),
        ("2025-01-27", 0),
    ]
    period = Period(date(2025, 1, 1), date(2025, 1, 28), BERLIN)
    first, last = (period.part("week", date.fromisoformat(found[n].name)) for n in (0, 4))
    assert (first.first, first.last) == (date(2025, 1, 1), date(2025, 1, 5))
    assert (last.first, last.last) == (date(2025, 1, 27), date(2025, 1, 28))


def test_what_is_won_counts_for_the_mql_of_its_cycle(workspace: Workspace) -> None:
    """A recycled lead that comes back is a new MQL, on the day on which it came back."""
    lead = make_lead(workspace, stage=Stage.WON, cycle=2)
    move(lead, "mql", at("2025-01-08T12:00+00:00"), cycle=1)
    move(lead, "sal", at("2025-01-09T12:00+00:00"), cycle=1)
    move(lead, "nurture", at("2025-01-10T12:00+00:00"), cycle=1)
    move(lead, "mql", at("2025-06-08T12:00+00:00"), cycle=2)
    move(lead, "won", at("2025-06-09T12:00+00:00"), cycle=2)
    january = cohorts(of(workspace, "2025-01-01", "2025-01-31"))[WHOLE]
    june = cohorts(of(workspace, "2025-06-01", "2025-06-30"))[WHOLE]
    assert (january.mqls, january.rate(Stage.SAL), january.won, january.open) == (1, 1, 0, 0)
    assert january.standing(Stage.NURTURE) == 1
    assert (june.mqls, june.reached[Stage.SAL], june.won) == (1, 0, 1)
    assert june.passed(Stage.SAL) == 1  # it must have, though nobody noted when
    assert cohorts(Scope(workspace))[WHOLE].mqls == 2


def test_a_deal_won_before_its_first_contact_was_noted_is_a_deal(workspace: Workspace) -> None:
    lead = make_lead(workspace, stage=Stage.WON, cycle=1, imported=True)
    move(lead, "won", at("2025-01-08T12:00+00:00"), imported=True)
    move(lead, "mql", at("2025-01-09T12:00+00:00"), imported=True)
    assert cohorts(Scope(workspace))[WHOLE].won == 1


def test_a_second_promotion_in_one_cycle_does_not_count(workspace: Workspace) -> None:
    lead = make_lead(workspace)
    move(lead, "mql", at("2025-01-08T12:00+00:00"))
    move(lead, "mql", at("2025-06-08T12:00+00:00"), counted=False)
    june = of(workspace, "2025-06-01", "2025-06-30")
    assert (cohorts(june), total(june, ENTERED)) == ({}, {})


def test_demotions_and_reopenings_are_no_captures(workspace: Workspace) -> None:
    lead = make_lead(workspace)
    move(lead, "new", at("2025-01-08T12:00+00:00"), cycle=0)
    move(lead, "new", at("2025-01-09T12:00+00:00"), from_stage="mql")
    move(lead, "new", at("2025-01-10T12:00+00:00"), from_stage="disqualified")
    assert total(Scope(workspace), ENTERED) == {"entered:new": 1}


def test_nothing_of_another_workspace_is_counted(workspace: Workspace, cleo: Any) -> None:
    theirs = make_lead(cleo.workspaces.get())
    move(theirs, "mql", at("2025-01-08T12:00+00:00"))
    scope = Scope(workspace)
    assert (total(scope, ENTERED), cohorts(scope), endings(scope)) == ({}, {}, {})


def test_lines_add_up_to_the_whole(workspace: Workspace) -> None:
    for n, code in enumerate(("fair", "web")):
        source = make_source(workspace, code=code)
        for _ in range(n + 1):
            lead = make_lead(workspace, first_source=source, stage=Stage.SAL, cycle=1)
            move(lead, "mql", at("2025-01-08T12:00+00:00"))
            move(lead, "sal", at("2025-02-08T12:00+00:00"))
    move(make_lead(workspace), "mql", at("2025-03-08T12:00+00:00"))
    scope = Scope(workspace, Period(zone=BERLIN))
    for by in BY:
        assert sum(line.cohort.mqls for line in lines(scope, by)) == (4 if by != "rule" else 0)
        assert len(as_rows(scope, by)) == len(lines(scope, by)) + 1
    said = as_json(scope, "source")
    assert said["mql_by_source"] == {"web": 2, "fair": 1, "(blank)": 1}
    assert as_json(scope.of("source", ""), "month")["mqls"] == 1
    assert as_json(scope, "month")["mql_by_month"] == {"2025-01": 3, "2025-03": 1}


@pytest.mark.parametrize(
    ("rate", "words"),
    [(None, ""), (0.499, "loose"), (0.5, "healthy"), (0.9, "healthy"), (0.901, "tight")],
)
def test_the_healthy_band_is_50_to_90_percent(rate: float | None, words: str) -> None:
    assert verdict(rate) == words


def test_few_decisions_are_told_and_not_judged() -> None:
    few, enough = Endings(accepted=LEAST - 1), Endings(accepted=LEAST)
    assert (few.rate, few.verdict, enough.verdict) == (1, "", "tight")
    nothing = Endings(expired=3, withdrawn=2, not_mine=1)
    assert (nothing.decided, nothing.rate, nothing.interval, nothing.verdict) == (0, None, None, "")
    assert len(ENDED) == len(Endings.__dataclass_fields__)


@given(st.integers(1, 5_000).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))))
def test_the_interval_holds_the_rates_that_chance_explains(said: tuple[int, int]) -> None:
    """By its meaning: a true rate lies in it while the counted one is at most 1.96 of its own
    standard deviations away."""
    hits, n = said
    low, high = interval(hits, n) or (2.0, -1.0)
    assert 0 <= low <= hits / n <= high <= 1

    def away(true: float) -> float:
        return abs(hits / n - true) / sqrt(true * (1 - true) / n)

    if hits:
        assert away(low) == pytest.approx(1.959964)
    if hits < n:
        assert away(high) == pytest.approx(1.959964)


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"),
    [(0, 10, 0, 0.2775), (1, 10, 0.0179, 0.4042), (45, 50, 0.7864, 0.9565), (10, 10, 0.7225, 1)],
)
def test_intervals_are_those_of_the_textbook(hits: int, of: int, low: float, high: float) -> None:
    assert interval(hits, of) == pytest.approx((low, high), abs=0.0001)
    assert interval(0, 0) is None


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


@pytest.mark.parametrize("by", ["source", "rep", "rule", "week", "month"])
def test_lines_take_as_many_queries_for_ten_leads_as_for_one(workspace: Workspace, by: str) -> None:
    scope, taken = Scope(workspace, Period(zone=BERLIN)), []
    for n in (1, 10):
        for _ in range(n):
            move(make_lead(workspace), "mql", at("2025-01-08T12:00+00:00"))
        lines(scope, by)  # counts what is due
        with CaptureQueriesContext(connection) as queries:
            lines(scope, by)
        taken.append(len(queries))
    assert taken[0] == taken[1] <= 10


def test_a_period_of_days_holds_that_many_days() -> None:
    period = Period.last_days(90, today=date(2025, 5, 1), zone=BERLIN)
    assert period.first is not None
    assert period.last is not None
    assert period.last - period.first == timedelta(days=89)


def test_the_period_before_is_as_long_and_a_year_before_has_the_same_weekdays() -> None:
    march = Period(date(2025, 3, 1), date(2025, 3, 31), BERLIN)
    assert march.before() == Period(date(2025, 1, 29), date(2025, 2, 28), BERLIN)
    assert march.year_before() == Period(date(2024, 3, 2), date(2024, 4, 1), BERLIN)
    assert (Period(march.first).before(), Period(None, march.last).year_before()) == (None, None)


def test_every_dimension_and_grain_can_be_laid_out_by(workspace: Workspace) -> None:
    assert set(BY) == {*DIMENSIONS, *get_args(Grain)}
