"""What a decision changed: acceptance 60 days before and after it counted."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User, Workspace
from handoff.models import Decision
from handoff.reviews.deciding import decide, done
from handoff.reviews.measured import DAYS, Measured, difference_interval, measure
from handoff.reviews.opening import open_review
from tests.handoff.reviews.offers import make_decided

pytestmark = pytest.mark.django_db
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
EFFECT = datetime(2026, 6, 1, 10, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def decision(workspace: Workspace, ana: User) -> Decision:
    review = open_review(workspace, kind="metrics", by=ana, at=EFFECT - 5 * DAY)
    due = EFFECT.date()
    return decide(review, text="Ask first", owner=ana, due=due, by=ana, at=EFFECT - 5 * DAY)


def after(decision: Decision, days: int) -> Measured:
    found = measure(decision, now=EFFECT + days * DAY)
    assert found is not None
    return found


def test_before_it_counts_there_is_nothing_to_measure(decision: Decision) -> None:
    assert measure(decision, now=EFFECT) is None


def test_the_days_on_either_side_are_counted_and_that_of_the_effect_is_in_neither(
    workspace: Workspace, decision: Decision, ana: User, ben: User
) -> None:
    decision = done(decision, by=ana, at=EFFECT)
    for days, accepted in (
        (-61, True), (-60, True), (-1, False), (0, True), (1, True), (60, True), (61, False)
    ):  # fmt: skip
        make_decided(workspace, ben, at=EFFECT + days * DAY, accepted=accepted)
    found = after(decision, 90)
    assert (found.before.accepted, found.before.decided) == (1, 2)
    assert (found.after.accepted, found.after.decided) == (2, 2)
    assert (found.so_far, found.is_young, found.difference) == (DAYS, False, 0.5)
    assert found.words == ("Acceptance 50 % (1 of 2) before, 100 % (2 of 2) in the 60 days after.")


def test_while_it_is_young_what_there_is_so_far_is_told(
    workspace: Workspace, decision: Decision, ana: User, ben: User
) -> None:
    decision = done(decision, by=ana, at=EFFECT)
    make_decided(workspace, ben, at=EFFECT + 2 * DAY)
    found = after(decision, 12)
    assert (found.so_far, found.is_young, found.difference, found.interval) == (
        12,
        True,
        None,
        None,
    )
    assert found.words == (
        "Acceptance of nothing before, 100 % (1 of 1) in the first 12 of 60 days after."
    )
    assert after(decision, 0).after.decided == 0


def test_a_difference_is_clear_only_where_chance_does_not_make_it(
    workspace: Workspace, decision: Decision, ana: User, ben: User
) -> None:
    decision = done(decision, by=ana, at=EFFECT)
    for n in range(20):
        make_decided(workspace, ben, at=EFFECT - 3 * DAY, accepted=n < 4)
        make_decided(workspace, ben, at=EFFECT + 3 * DAY, accepted=n < 16)
    found = after(decision, 60)
    assert found.is_clear
    assert not replace(found, after=found.before).is_clear


def test_newcombes_interval_is_his() -> None:
    """His own example (1998, method 10): 56 of 70 less 48 of 80."""
    found = difference_interval((48, 80), (56, 70))
    assert found is not None
    assert [round(edge, 4) for edge in found] == [0.0524, 0.3339]


SHARES = st.integers(1, 300).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of)))


@unhurried
@given(SHARES, SHARES)
def test_the_interval_holds_the_difference_and_turns_with_it(
    one: tuple[int, int], other: tuple[int, int]
) -> None:
    there, back = difference_interval(one, other), difference_interval(other, one)
    assert there is not None
    assert back is not None
    difference = other[0] / other[1] - one[0] / one[1]
    assert -1 <= there[0] <= difference + 1e-9
    assert difference - 1e-9 <= there[1] <= 1
    assert there == pytest.approx((-back[1], -back[0]))
