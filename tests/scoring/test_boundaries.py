"""The edges, each by all four evaluators: windows, weeks, caps, halves, ties, times to come."""

from datetime import datetime, timedelta

import pytest

from accounts.models import Workspace
from leadqual.models import Event, Lead
from scoring.engine.rules import AttributePoints, Condition, IntentPoints, RuleSet, Shape
from scoring.models.rules import Operator
from scoring.models.versions import Axis
from tests.builders import MONDAY_NOON, make_lead, make_source
from tests.scoring.builders import DAY, WEEK, Numbers, by_all_four, rule

pytestmark = pytest.mark.django_db
AT = MONDAY_NOON
TICK = timedelta(microseconds=1)


def score(
    workspace: Workspace,
    *rules: IntentPoints,
    events: list[datetime],
    percent: int = 0,
    captured_at: datetime = AT,
    at: datetime = AT,
    said: int = 0,
) -> Numbers:
    """The numbers of a lead whose events all show the signal; `said` points for being a lead."""
    lead = make_lead(workspace, captured_at=captured_at)
    _store(lead, events)
    known = Condition("email", Operator.IS_KNOWN)
    attributes = (AttributePoints(Axis.INTENT, "is a lead", said, known),) if said else ()
    rules_ = RuleSet(0, workspace.pk, percent, attributes=attributes, intents=rules)
    return by_all_four(rules_, [lead.pk], at=at)[lead.pk]


def _store(lead: Lead, events: list[datetime]) -> None:
    Event.objects.bulk_create(
        Event(workspace=lead.workspace, lead=lead, kind="chat", occurred_at=moment, signals=1)
        for moment in events
    )


def test_an_event_exactly_as_old_as_the_window_is_out(workspace: Workspace) -> None:
    weekly = rule(window=WEEK)
    assert score(workspace, weekly, events=[AT - WEEK])[1] == 0
    assert score(workspace, weekly, events=[AT - WEEK + TICK])[1] == 10


def test_an_event_of_this_very_moment_counts_and_a_later_one_does_not(
    workspace: Workspace,
) -> None:
    assert score(workspace, rule(), events=[AT])[1] == 10
    later = score(workspace, rule(), events=[AT + TICK])
    assert later == (0, 0, False, None, AT + TICK)


def test_exactly_seven_days_are_one_idle_week(workspace: Workspace) -> None:
    for idle, intent in (
        (WEEK - TICK, 10),
        (WEEK, 9),
        (2 * WEEK - TICK, 9),
        (2 * WEEK, 8.1),
        (52 * WEEK - TICK, 0.05),  # 10 × 0.9⁵¹ = 0.046
        (53 * WEEK, 0.04),  # 10 × 0.9⁵³ = 0.0376
    ):
        found = score(workspace, rule(), events=[AT - idle], percent=10, captured_at=AT - 60 * WEEK)
        assert found[1] == intent


def test_weeks_are_counted_from_the_capture_where_that_is_later(workspace: Workspace) -> None:
    old = [AT - 8 * WEEK]
    found = score(workspace, rule(), events=old, percent=10, captured_at=AT - WEEK)
    assert found[1] == 9
    assert score(workspace, rule(), events=old, percent=10, captured_at=AT + DAY)[1] == 10


def test_a_lead_without_events_fades_from_its_capture(workspace: Workspace) -> None:
    found = score(workspace, events=[], said=25, percent=10, captured_at=AT - 3 * WEEK)
    assert found == (0, 18.23, False, None, AT + WEEK)


def test_nothing_left_a_week_of_no_decay_and_very_long_silence(workspace: Workspace) -> None:
    assert score(workspace, rule(), events=[AT - WEEK], percent=100, captured_at=AT - WEEK)[1] == 0
    assert score(workspace, rule(), events=[AT], percent=100)[1] == 10
    years = AT - 2000 * WEEK
    for percent, intent in ((0, 10), (1, 0), (10, 0), (99, 0)):
        found = score(workspace, rule(), events=[years], percent=percent, captured_at=years)
        assert found[1] == intent


def test_negative_rules_count_before_the_floor(workspace: Workspace) -> None:
    bad = rule(points=-30)
    assert score(workspace, bad, events=[AT], said=50)[1] == 20
    assert score(workspace, bad, events=[AT, AT], said=50)[1] == 0


def test_a_cap_holds_on_both_sides(workspace: Workspace) -> None:
    three = [AT, AT, AT]
    assert score(workspace, rule(cap=25), events=three)[1] == 25
    assert score(workspace, rule(points=-10, cap=25), events=three, said=50)[1] == 25
    assert score(workspace, rule(cap=0), events=three)[1] == 0
    assert score(workspace, rule(), events=three * 4)[1] == 100


def test_points_halve_with_every_half_life(workspace: Workspace) -> None:
    halved = rule(points=40, half_life=14 * DAY)
    found = score(workspace, halved, events=[AT - 14 * DAY, AT - 28 * DAY])
    assert found[1] == 30
    assert found[4] == AT + DAY
    assert score(workspace, halved, events=[AT - 7 * DAY])[1] == 28.28
    assert score(workspace, halved, events=[AT - 5000 * DAY])[1] == 0


def test_points_once_for_enough_events_in_the_window(workspace: Workspace) -> None:
    thrice = rule(shape=Shape.TIMES, at_least=3, window=WEEK)
    inside, edge = AT - 6 * DAY, AT - WEEK
    assert score(workspace, thrice, events=[AT, AT, inside])[1] == 10
    assert score(workspace, thrice, events=[AT, AT, edge])[1] == 0
    assert score(workspace, thrice, events=[AT] * 30)[1] == 10


def test_points_differ_by_source(workspace: Workspace) -> None:
    lead = make_lead(workspace)
    for code in ("ads", "webinar", "other"):
        Event.objects.create(
            workspace=workspace,
            lead=lead,
            kind="chat",
            source=make_source(workspace, code=code),
            occurred_at=AT,
            signals=1,
        )
    _store(lead, [AT])
    by_source = rule(source_points=(("ads", -5), ("webinar", 30)))
    rules = RuleSet(0, workspace.pk, 0, intents=(by_source,))
    assert by_all_four(rules, [lead.pk], at=AT)[lead.pk][1] == -5 + 30 + 10 + 10


def test_ties_are_rounded_up_whatever_the_last_bit_says(workspace: Workspace) -> None:
    """25 × 0.9³ is 18.225, which no float is; 86 × 0.95² = 77.615 comes out just below as one."""
    for said, percent, weeks, intent in (
        (25, 10, 3, 18.23),
        (5, 10, 3, 3.65),
        (50, 10, 4, 32.81),
        (15, 10, 3, 10.94),
        (86, 5, 2, 77.62),
        (50, 3, 2, 47.05),
        (2, 15, 2, 1.45),
    ):
        captured_at = AT - weeks * WEEK
        found = score(workspace, events=[], said=said, percent=percent, captured_at=captured_at)
        assert found[1] == intent


def test_the_next_change_is_the_earliest_of_all(workspace: Workspace) -> None:
    weekly, monthly = rule(window=WEEK), rule(window=30 * DAY)
    hits = [AT - 29 * DAY, AT - 2 * DAY]
    assert score(workspace, weekly, monthly, events=hits)[4] == AT + DAY
    assert score(workspace, weekly, events=hits)[4] == AT + 5 * DAY
    assert score(workspace, weekly, events=[*hits, AT + TICK])[4] == AT + TICK
    assert score(workspace, rule(), events=hits, percent=10)[4] == AT + WEEK  # captured just now
    assert score(workspace, rule(), events=hits)[4] is None


def test_numbers_do_not_change_before_the_next_change(workspace: Workspace) -> None:
    """Time alone: scored at the last moment before it and at the moment itself."""
    lead = make_lead(workspace, captured_at=AT - 3 * WEEK)
    _store(lead, [AT - 10 * DAY, AT - 3 * DAY, AT + 2 * DAY])
    rules = RuleSet(
        0, workspace.pk, 10, intents=(rule(window=WEEK), rule(points=7, window=30 * DAY))
    )
    at, seen = AT, []
    for _ in range(6):
        numbers = by_all_four(rules, [lead.pk], at=at)[lead.pk]
        expiry = numbers[4]
        assert expiry is not None
        assert by_all_four(rules, [lead.pk], at=expiry - TICK)[lead.pk][:2] == numbers[:2]
        seen.append((at, numbers[1]))
        at = expiry
    assert [intent for _, intent in seen] == [24.0, 41.0, 31.0, 18.9, 17.01, 11.34]
