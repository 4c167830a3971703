"""Whatever has happened, and in whatever order it was written down: three ways to count agree.

What a reader gets, a slow computation in plain Python, and a rebuild from recorded history.
"""

from collections import Counter
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from accounts.models import Workspace
from handoff.metrics import summary
from handoff.metrics.counting import count, leads_behind, total
from handoff.metrics.dimensions import DIMENSIONS, NONE
from handoff.metrics.durations import BETWEEN, DECIDED, SEEN, SINCE_MQL, TOUCHED, durations
from handoff.metrics.links import as_query, asked_fact
from handoff.metrics.periods import Period
from handoff.metrics.scope import Scope
from handoff.models import CountDue, DayCount
from tests.handoff.metrics.slow import SlowFigures, percentile
from tests.handoff.metrics.worlds import CHANGING, CLUSTERS, STORIES, ZONES, World
from tests.handoff.undone import undone

pytestmark = pytest.mark.django_db
DAYS = st.sampled_from([date(2024, 12, 27), date(2025, 3, 29)]).flatmap(
    lambda start: st.integers(0, 5).map(lambda days: start + timedelta(days=days))
)
QUESTIONS = st.fixed_dictionaries(
    {
        "first": st.none() | DAYS,
        "last": st.none() | DAYS,
        "zone": st.sampled_from([None, None, *ZONES]),
        "filters": st.lists(st.sampled_from(sorted(DIMENSIONS)), max_size=3, unique=True),
        "pick": st.integers(0, 50),
        "by": st.sampled_from(["", *DIMENSIONS]),
        "every": st.sampled_from(["", "", "day", "week", "month"]),
    }
)
a_few = settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate],
)
Rows = Counter[tuple[date, str, str, str]]


def summed(world: World) -> Rows:
    """What the daily summary holds once nothing is due."""
    summary.count_due(world.workspace, most=10_000)
    assert not CountDue.objects.of(world.workspace).exists()
    return held(world.workspace)


def held(workspace: Workspace) -> Rows:
    rows = DayCount.objects.of(workspace).values_list("day", "kind", "dimension", "value", "n")
    return Counter({(day, kind, code, value): n for day, kind, code, value, n in rows})


@a_few
@given(STORIES, st.sampled_from(ZONES))
def test_after_every_change_the_summary_is_what_a_recount_makes_it(
    story: list[Any], zone: str
) -> None:
    with undone(timezone=zone) as workspace:
        world = World(workspace)
        for deed in story:
            if deed[0] in CHANGING:  # all was counted before, so that its own marks must do
                summed(world)
            world.do(deed)
            if deed[0] in CHANGING or deed is story[-1]:
                found = summed(world)
                assert found == SlowFigures(workspace).by_day(workspace), deed
        summary.recount(workspace)
        assert held(workspace) == found


@pytest.mark.parametrize(
    ("end", "change", "kind"),
    [
        (0, "touches_handed_over", "followed:up"),
        (0, "touch_gone", "followed:up"),
        (0, "packet_emptied", "ended:accepted"),
        (1, "packet_emptied", "ended:rejected"),
        (1, "reason_renamed", "rejected:two"),
    ],
)
def test_what_rarely_changes_marks_its_day_too(end: int, change: str, kind: str) -> None:
    offered, ended, touched = (CLUSTERS[0] + timedelta(hours=hours) for hours in (1, 2, 3))
    with undone(timezone="Europe/Berlin") as workspace:
        world = World(workspace)
        for deed in (
            ("offered", 0, 5, offered),
            ("ended", 0, end, ended),
            ("touched", 0, 1, touched),
        ):
            world.do(deed)
        before = summed(world)
        world.do((change, 0, 1, touched))
        after = summed(world)
        assert after == SlowFigures(workspace).by_day(workspace)
        assert kind in {of for _, of, _, _ in before.keys() | after.keys() if before != after}


def scope_of(world: World, asked: dict[str, Any], slow: SlowFigures) -> Scope:
    """A question that somebody might ask: the values it filters by are some that facts have."""
    first, last = asked["first"], asked["last"]
    if first and last and first > last:
        first, last = last, first
    facts = list(slow.facts())
    lines = facts[asked["pick"] % len(facts)].lines
    filters = {code: (lines[code] or ("",))[0] or NONE for code in asked["filters"]}
    zone = ZoneInfo(asked["zone"] or world.workspace.timezone)
    return Scope(world.workspace, Period(first, last, zone), filters)


@a_few
@given(STORIES, st.sampled_from(ZONES), st.lists(QUESTIONS, min_size=8, max_size=8))
def test_every_question_is_answered_as_slow_python_answers_it(
    story: list[Any], zone: str, questions: list[dict[str, Any]]
) -> None:
    with undone(timezone=zone) as workspace:
        world = World(workspace)
        for deed in story:
            world.do(deed)
        slow = SlowFigures(workspace)
        every_kind = sorted({kind for fact in slow.facts() for kind in fact.kinds})
        for asked in questions:
            scope, by, every = scope_of(world, asked, slow), asked["by"], asked["every"]
            kinds = every_kind[asked["pick"] % 4 :: 1 + asked["pick"] % 3]
            assert count(scope, kinds, by=by, every=every or None) == slow.count(
                scope, kinds, by, every
            )
            if by != "rule" and "rule" not in scope.filters:
                assert took(scope, by, every) == close(slow.durations(scope, by, every))
        for kind, n in total(scope, every_kind).items():
            leads = set(leads_behind(scope, kind).values_list("pk", flat=True))
            assert leads == slow.leads_behind(scope, kind)
            assert 0 < len(leads) <= n
            if str(scope.period.zone) == workspace.timezone:
                assert asked_fact(workspace, as_query(scope, kind)) == (scope, kind)


Numbers = dict[Any, dict[str, Any]]
STEPS = sorted({*SINCE_MQL, *BETWEEN, SEEN, DECIDED, TOUCHED})


def took(scope: Scope, by: str, every: Any) -> Numbers:
    return {
        place: {
            step: (one.n, one.median, one.p90, one.negative) for step, one in steps.items() if one.n
        }
        for place, steps in durations(scope, STEPS, by=by, every=every or None).items()
    }


def close(found: dict[Any, dict[str, list[float]]]) -> Numbers:
    """As the database tells it, equal but for the last digits of the interpolation."""
    return {
        place: {
            step: (
                len(seconds),
                pytest.approx(percentile(seconds, 0.5)),
                pytest.approx(percentile(seconds, 0.9)),
                sum(one < 0 for one in seconds),
            )
            for step, seconds in steps.items()
        }
        for place, steps in found.items()
    }
