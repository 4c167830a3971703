"""What winners had shown before the hand-off, against an obvious computation, and its page."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.models import Workspace
from handoff.dashboards.panel import Asked, Panel
from handoff.dashboards.revenue import REVENUE_PAGE
from handoff.metrics.periods import Period
from handoff.metrics.revenue_signals import Handed, Shown, signals_before_handoff
from handoff.metrics.scope import Scope
from handoff.models import Handoff
from leadqual.models import Lead, StageMove
from scoring.models import Signal
from tests.builders import make_event, make_lead, make_user, make_workspace
from tests.handoff.undone import undone

pytestmark = pytest.mark.django_db
MONDAY = datetime(2026, 3, 23, 8, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)
NAMES = {0: "Pricing page", 1: "Demo asked", 62: "Webinar"}

EVENT = st.tuples(st.integers(0, 6), st.sampled_from([0, 1, 1 << 62, 3, 4]))
CYCLE = st.tuples(
    st.lists(st.integers(0, 6), max_size=2), st.sampled_from(["won", "lost", "nurture"])
)
LEADS = st.lists(
    st.tuples(st.lists(EVENT, max_size=4), st.lists(CYCLE, max_size=2)), max_size=6
)  # fmt: skip


def make_signals(workspace: Workspace) -> None:
    for bit, name in NAMES.items():
        Signal.objects.create(workspace=workspace, code=f"s{bit}", name=name, bit=bit)


def hand_over(lead: Lead, *, cycle: int, at: datetime) -> None:
    Handoff.objects.create(
        workspace=lead.workspace, lead=lead, rep=make_user(), cycle=cycle, status="expired",
        offered_at=at, expired_at=at + HOUR, fit=50, intent=50, grade="B", model_version=1,
        why_now="", packet={},
    )  # fmt: skip


def close(lead: Lead, stage: str, *, cycle: int = 1) -> None:
    StageMove.objects.create(
        workspace=lead.workspace, lead=lead, cycle=cycle, to_stage=stage,
        at=MONDAY + 9 * HOUR, rule="test",
    )  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(LEADS)
def test_signals_are_counted_as_anybody_would(drawn: list[tuple[Any, Any]]) -> None:
    with undone(timezone="Europe/Berlin") as workspace:
        make_signals(workspace)
        seen: dict[str, list[int]] = {"won": [], "lost": []}
        without = 0
        for events, cycles in drawn:
            lead = make_lead(workspace)
            for hours, bits in events:
                make_event(lead, occurred_at=MONDAY + hours * HOUR, signals=bits)
            for cycle, (offers, end) in enumerate(cycles, start=1):
                for hours in offers:
                    hand_over(lead, cycle=cycle, at=MONDAY + hours * HOUR)
                close(lead, end, cycle=cycle)
                if end == "nurture":
                    continue
                without += not offers
                if offers:
                    bits = 0
                    for hours, its in events:
                        bits |= its if hours < min(offers) else 0
                    seen[end].append(bits)
        found = signals_before_handoff(Scope(workspace, Period(zone=workspace.zone)))
        assert (found.won, found.lost) == (len(seen["won"]), len(seen["lost"]))
        assert found.without == without
        expected = {
            name: tuple(sum(bits >> bit & 1 for bits in seen[end]) for end in ("won", "lost"))
            for bit, name in NAMES.items()
        }
        assert {one.signal: (one.won, one.lost) for one in found.signals} == {
            name: n for name, n in expected.items() if any(n)
        }


def test_lift_has_an_interval_and_none_of_few() -> None:
    one = Shown("Demo asked", won=30, lost=15, all_won=50, all_lost=100)
    assert one.lift == pytest.approx(4)
    assert one.interval == pytest.approx((2.3815, 6.7184), abs=0.001)
    assert Shown("Few won", won=10, lost=15, all_won=19, all_lost=100).lift is None
    assert Shown("Few lost with it", won=30, lost=4, all_won=50, all_lost=100).interval is None


def panel(workspace: Workspace, **filters: str) -> Panel:
    scope = Scope(workspace, Period(zone=workspace.zone), filters)
    return REVENUE_PAGE.parts["signals"].make(Asked(scope, MONDAY + 20 * HOUR))


def handed(workspace: Workspace, stage: str, n: int, *, signals: int = 0, **facts: Any) -> None:
    for _ in range(n):
        lead = make_lead(workspace, **facts)
        make_event(lead, occurred_at=MONDAY, signals=signals)
        hand_over(lead, cycle=1, at=MONDAY + HOUR)
        close(lead, stage)


def test_the_page_says_what_goes_with_winning_and_what_it_cannot_tell() -> None:
    workspace = make_workspace()
    make_signals(workspace)
    handed(workspace, "won", 18, signals=3)
    handed(workspace, "won", 2)
    handed(workspace, "lost", 6, signals=2)
    handed(workspace, "lost", 14, signals=1)
    close(make_lead(workspace), "won")
    found = panel(workspace)
    [table] = found.tables
    demo, pricing = table.rows
    assert [cell.value for cell in demo] == [
        "Demo asked", 0.9, 0.3, pytest.approx(3), "1.5 to 6.0", "More often among the won",
    ]  # fmt: skip
    assert (demo[1].hits, demo[1].of, demo[2].hits, demo[2].of) == (18, 20, 6, 20)
    assert pricing[5].value == "No difference shown"
    assert len(found.charts) == 1
    assert found.notes[-1] == (
        "1 closed deal without an offer, as in imported history, is not in it."
    )


def test_without_a_deal_that_was_handed_over_there_is_nothing_to_say(workspace: Workspace) -> None:
    assert panel(workspace).empty is not None
    assert signals_before_handoff(Scope(workspace)) == Handed()


def test_filters_narrow_it_and_deals_take_no_queries() -> None:
    workspace = make_workspace()
    make_signals(workspace)
    handed(workspace, "won", 2, signals=1)
    with CaptureQueriesContext(connection) as few:
        panel(workspace, cycle="1")
    handed(workspace, "lost", 3, signals=1)
    with CaptureQueriesContext(connection) as many:
        panel(workspace, cycle="1")
    assert len(few) == len(many) == 2
    assert panel(workspace, cycle="2").empty is not None
    assert panel(workspace, rep="999999").empty is not None
