"""The shapes of intent rules at their edges, each by all four evaluators."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from accounts.models import Workspace
from leadqual.models import Company, Event, Lead
from scoring.engine.compiled import Scope, compiled
from scoring.engine.rules import AttributePoints, Condition, Group, IntentPoints, RuleSet, Shape
from scoring.models.rules import Operator
from scoring.models.versions import Axis
from tests.builders import MONDAY_NOON, make_company, make_lead
from tests.scoring.builders import DAY, WEEK, Numbers, by_all_four, rule

pytestmark = pytest.mark.django_db
AT = MONDAY_NOON
TICK = timedelta(microseconds=1)
A, B, C = 1, 2, 4


def happened(lead: Lead, *events: tuple[datetime, int] | datetime, url: str = "") -> Lead:
    """Each with its signals (that of bit 0 where none are named)."""
    pairs = [event if isinstance(event, tuple) else (event, A) for event in events]
    Event.objects.bulk_create(
        Event(
            workspace=lead.workspace, lead=lead, kind="chat", occurred_at=at, signals=bits, url=url
        )
        for at, bits in pairs
    )
    return lead


def numbers(lead: Lead, *rules: IntentPoints, at: datetime = AT, **parts: Any) -> Numbers:
    rule_set = RuleSet(0, lead.workspace_id, 0, intents=rules, **parts)
    return by_all_four(rule_set, [lead.pk], at=at)[lead.pk]


def test_days_are_those_of_the_workspace(workspace: Workspace) -> None:
    """23:30 and 00:30 in Berlin are two days, and one in UTC."""
    lead = happened(
        make_lead(workspace),
        datetime(2026, 3, 1, 22, 30, tzinfo=UTC),
        datetime(2026, 3, 1, 23, 30, tzinfo=UTC),
    )
    twice = rule(shape=Shape.DAYS, at_least=2)
    assert numbers(lead, twice, zone="UTC")[1] == 0
    assert numbers(lead, twice, zone="Europe/Berlin")[1] == 10


def test_days_hold_when_the_clocks_change(workspace: Workspace) -> None:
    """29 March 2026 has 23 hours in Berlin, 25 October 25; summer midnight is 22:00 UTC."""
    spring = happened(
        make_lead(workspace),
        datetime(2026, 3, 28, 23, 0, tzinfo=UTC),  # 00:00 on the 29th
        datetime(2026, 3, 29, 21, 59, tzinfo=UTC),  # 23:59 on the 29th
    )
    autumn = happened(
        make_lead(workspace),
        datetime(2026, 10, 24, 22, 0, tzinfo=UTC),  # 00:00 on the 25th
        datetime(2026, 10, 25, 22, 59, tzinfo=UTC),  # 23:59 on the 25th
    )
    twice = rule(shape=Shape.DAYS, at_least=2)
    late = datetime(2026, 11, 1, tzinfo=UTC)
    for lead in (spring, autumn):
        assert numbers(lead, twice, zone="Europe/Berlin", at=late)[1] == 0
        assert numbers(lead, twice, zone="UTC", at=late)[1] == 10
    happened(spring, datetime(2026, 3, 29, 22, 0, tzinfo=UTC))
    happened(autumn, datetime(2026, 10, 25, 23, 0, tzinfo=UTC))
    for lead in (spring, autumn):
        assert numbers(lead, twice, zone="Europe/Berlin", at=late)[1] == 10


def test_a_session_in_another_zone_counts_the_same_days(workspace: Workspace) -> None:
    lead = happened(
        make_lead(workspace),
        datetime(2026, 3, 1, 9, 30, tzinfo=UTC),
        datetime(2026, 3, 1, 11, 30, tzinfo=UTC),  # the next day on Samoa
    )
    rules = RuleSet(0, workspace.pk, 0, intents=(rule(shape=Shape.DAYS, at_least=2),))
    query = compiled(rules, (), Scope.EACH)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL TIME ZONE 'Pacific/Apia'")
        cursor.execute(
            f"SELECT intent FROM ({query.text}) q",  # noqa: S608 - our own compiler's text
            query.values(AT, ids=[lead.pk]),
        )
        assert cursor.fetchall() == [(0,)]


def test_pages_differ_by_their_path_alone(workspace: Workspace) -> None:
    lead = make_lead(workspace)
    for url in ("/pricing", "https://a.example/Pricing?x=1", "//b.example/pricing#y", "", ""):
        happened(lead, AT, url=url)
    twice = rule(shape=Shape.PAGES, at_least=2)
    assert numbers(lead, twice) == (0, 0, False, AT, None)
    happened(lead, AT - DAY, url="https://a.example")
    assert numbers(lead, twice)[1] == 10


def test_visits_without_an_address_are_no_page(workspace: Workspace) -> None:
    lead = happened(make_lead(workspace), AT - 2 * DAY, AT - DAY)
    assert numbers(lead, rule(shape=Shape.PAGES, at_least=2, window=WEEK)) == (
        *(0, 0, False),
        *(AT - DAY, None),
    )
    assert numbers(lead, rule(shape=Shape.TIMES, at_least=2, window=WEEK))[4] == AT + 5 * DAY


SEQUENCE = rule(shape=Shape.SEQUENCE, later=((0, 1), (0, 2)), window=30 * DAY)


@pytest.mark.parametrize(
    ("story", "points"),
    [
        ([A, B, C], 10),
        ([A, A, B, A, C], 10),
        ([B, A, C, B], 0),
        ([B, A, C, B, C], 10),
        ([A, B], 0),
        ([A, C, B], 0),
        ([A | B | C], 0),  # one event is one step
        ([A | B, A | B, C], 10),
        ([A | B, B | C, A | C], 10),
        ([], 0),
        ([8, 16], 0),
    ],
)
def test_steps_follow_one_another(workspace: Workspace, story: list[int], points: int) -> None:
    events = [(AT - (len(story) - n) * DAY, bits) for n, bits in enumerate(story)]
    assert numbers(happened(make_lead(workspace), *events), SEQUENCE)[1] == points


def test_steps_of_the_same_moment_count_in_their_order(workspace: Workspace) -> None:
    together = [(AT, C), (AT, B), (AT, A)]
    assert numbers(happened(make_lead(workspace), *together), SEQUENCE)[1] == 10
    later = [(AT, C), (AT, B), (AT + TICK, A)]
    assert numbers(happened(make_lead(workspace), *later), SEQUENCE)[1] == 0


def test_a_step_may_come_twice(workspace: Workspace) -> None:
    again = rule(shape=Shape.SEQUENCE, later=((0, 1), (0, 0)))
    lead = happened(make_lead(workspace), (AT - DAY, A), (AT - DAY, B))
    assert numbers(lead, again)[1] == 0
    assert numbers(happened(lead, (AT, A)), again)[1] == 10


def test_a_sequence_ends_when_its_oldest_step_leaves_the_window(workspace: Workspace) -> None:
    events = [(AT - 29 * DAY, A), (AT - DAY, B), (AT, C)]
    lead = happened(make_lead(workspace), *events)
    assert numbers(lead, SEQUENCE)[1:5:3] == (10, AT + DAY)
    assert numbers(lead, SEQUENCE, at=AT + DAY - TICK)[1] == 10
    assert numbers(lead, SEQUENCE, at=AT + DAY)[1] == 0


def test_a_step_that_no_longer_exists_is_never_done(workspace: Workspace) -> None:
    gone = rule(shape=Shape.SEQUENCE, later=((0, 1), (0, -1)))
    lead = happened(make_lead(workspace), *[(AT - n * DAY, 7) for n in range(9)])
    assert numbers(lead, gone)[1] == 0


@pytest.fixture
def company(workspace: Workspace) -> Company:
    return make_company(workspace)


TWO_PEOPLE = rule(shape=Shape.PEOPLE, at_least=2, window=WEEK)


def test_people_count_once_and_only_those_present(workspace: Workspace, company: Company) -> None:
    lead, other, merged, erased, elsewhere = (
        make_lead(workspace, company=company if n < 4 else make_company(workspace))
        for n in range(5)
    )
    for each in (other, merged, erased, elsewhere):
        happened(each, AT, AT, AT)
    Lead.objects.filter(pk=merged.pk).update(merged_into=elsewhere)
    Lead.objects.filter(pk=erased.pk).update(erased_at=AT)
    assert numbers(lead, TWO_PEOPLE)[1] == 0
    happened(lead, AT)
    assert numbers(lead, TWO_PEOPLE)[1] == 10


def test_two_others_are_enough(workspace: Workspace, company: Company) -> None:
    lead, *others = (make_lead(workspace, company=company) for _ in range(3))
    for other in others:
        happened(other, AT)
    assert numbers(lead, TWO_PEOPLE) == (0, 10, False, None, AT + WEEK)


def test_without_a_company_nobody_is_together(workspace: Workspace) -> None:
    lead, _ = (happened(make_lead(workspace), AT) for _ in range(2))
    assert numbers(lead, TWO_PEOPLE) == (0, 0, False, AT, None)


def test_the_next_change_is_that_of_the_first_to_leave_or_to_come(
    workspace: Workspace, company: Company
) -> None:
    """Somebody to come changes it while there are too few; with enough, only who leaves."""
    lead, other = (make_lead(workspace, company=company) for _ in range(2))
    happened(lead, AT - DAY)
    assert numbers(lead, TWO_PEOPLE)[4] is None
    happened(other, AT - 6 * DAY, AT - 5 * DAY)
    assert numbers(lead, TWO_PEOPLE)[4] == AT + 2 * DAY
    assert numbers(lead, TWO_PEOPLE, at=AT + 2 * DAY - TICK)[1] == 10
    assert numbers(lead, TWO_PEOPLE, at=AT + 2 * DAY)[1] == 0
    happened(other, AT + 3 * DAY)
    assert numbers(lead, TWO_PEOPLE)[4] == AT + 2 * DAY
    assert numbers(lead, TWO_PEOPLE, at=AT + 2 * DAY)[4] == AT + 3 * DAY
    assert numbers(lead, TWO_PEOPLE, at=AT + 3 * DAY)[1] == 10


def test_people_of_the_same_name_elsewhere_are_strangers(workspace: Workspace) -> None:
    leads = [make_lead(workspace, company=make_company(workspace, name="Acme")) for _ in range(2)]
    for lead in leads:
        happened(lead, AT)
    assert numbers(leads[0], TWO_PEOPLE)[1] == 0


STEPS = rule(points=40, decay_steps=((7 * DAY, 50), (30 * DAY, 0)))


@pytest.mark.parametrize(
    ("age", "points", "changes_at"),
    [
        (timedelta(0), 40, 7 * DAY),
        (7 * DAY - TICK, 40, 7 * DAY),
        (7 * DAY, 20, 30 * DAY),
        (30 * DAY - TICK, 20, 30 * DAY),
        (30 * DAY, 0, None),
        (4000 * DAY, 0, None),
    ],
)
def test_points_step_down_at_their_ages(
    workspace: Workspace, age: timedelta, points: float, changes_at: timedelta | None
) -> None:
    lead = happened(make_lead(workspace), AT - age)
    expiry = None if changes_at is None else AT - age + changes_at
    assert numbers(lead, STEPS) == (0, points, False, AT - age, expiry)


def test_steps_count_before_the_cap_and_for_each_source(workspace: Workspace) -> None:
    lead = happened(make_lead(workspace), AT, AT - 8 * DAY, AT - 40 * DAY)
    assert numbers(lead, STEPS)[1] == 60
    assert numbers(lead, rule(points=40, cap=50, decay_steps=STEPS.decay_steps))[1] == 50


def test_a_group_holds_its_rules_on_both_sides_after_their_own_caps(workspace: Workspace) -> None:
    lead = happened(make_lead(workspace), AT, AT, AT)
    web = Group(Axis.INTENT, "web", 25)
    capped, more = rule(cap=20, group="web"), rule(points=1, group="web")
    assert numbers(lead, capped, more)[1] == 23  # no such group: no common cap
    assert numbers(lead, capped, more, groups=(web,))[1] == 23
    assert numbers(lead, rule(group="web"), more, groups=(web,))[1] == 25
    assert numbers(lead, rule(group="web"), rule(points=30), groups=(web,))[1] == 100
    bad = rule(points=-30, group="web")
    assert numbers(lead, bad, rule(points=20), groups=(web,))[1] == 35


def test_a_group_of_one_axis_does_not_hold_rules_of_the_other(workspace: Workspace) -> None:
    lead = happened(make_lead(workspace), AT, AT, AT)
    known = Condition("email", Operator.IS_KNOWN)
    said = tuple(AttributePoints(axis, "r", 40, known, group="web") for axis in Axis)
    for axis, expected in ((Axis.FIT, (15, 70)), (Axis.INTENT, (40, 15))):
        found = numbers(lead, rule(group="web"), attributes=said, groups=(Group(axis, "web", 15),))
        assert found[:2] == expected


def test_ten_thousand_events_of_one_lead(workspace: Workspace, company: Company) -> None:
    lead = make_lead(workspace, company=company)
    for n, url in enumerate(("/a", "/b", "/c", "")):
        moments = [AT - timedelta(minutes=n + 4 * m) for m in range(2500)]
        happened(lead, *[(moment, 1 << m % 3) for m, moment in enumerate(moments)], url=url)
    shapes = [
        rule(points=1, cap=90),
        rule(points=2, shape=Shape.TIMES, at_least=3000),
        rule(points=2, shape=Shape.TIMES, at_least=4000),
        rule(points=4, shape=Shape.DAYS, at_least=7),
        rule(points=3, shape=Shape.PAGES, at_least=3),
        rule(points=-20, shape=Shape.SEQUENCE, later=((0, 1), (0, 2))),
        rule(points=50, shape=Shape.PEOPLE, at_least=2),
        rule(points=1, half_life=DAY, cap=5),
    ]
    assert numbers(lead, *shapes)[1] == 90 + 2 + 4 + 3 - 20 + 5


def test_no_event_at_all(workspace: Workspace, company: Company) -> None:
    lead = make_lead(workspace, company=company)
    shapes = [
        rule(shape=shape, at_least=2, window=WEEK)
        for shape in (Shape.TIMES, Shape.DAYS, Shape.PAGES, Shape.PEOPLE)
    ]
    assert numbers(lead, *shapes, SEQUENCE, STEPS) == (0, 0, False, None, None)
    happened(lead, AT + TICK)
    assert numbers(lead, *shapes, SEQUENCE, STEPS) == (0, 0, False, None, AT + TICK)


@pytest.mark.parametrize("scope", [Scope.EACH, Scope.ALL])
def test_every_shape_reads_events_from_the_index_alone(workspace: Workspace, scope: Scope) -> None:
    """At a million leads the table of events is not to be read; its index has what is needed."""
    shapes = [
        rule(cap=5, window=WEEK, half_life=DAY, source_points=(("ads", 3),)),
        STEPS,
        SEQUENCE,
        TWO_PEOPLE,
        *(rule(shape=each, at_least=2) for each in (Shape.TIMES, Shape.DAYS, Shape.PAGES)),
    ]
    rules = RuleSet(0, workspace.pk, 10, intents=tuple(shapes), zone="Europe/Berlin")
    query = compiled(rules, (), scope)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_bitmapscan = off")
        # On a table without rows, which index is cheaper is chance; this one has the lead alone.
        cursor.execute("DROP INDEX leadqual_event_lead_id_715c5db1")
        cursor.execute(
            f"EXPLAIN {query.text}",
            query.values(AT, ids=[1], after=0, until=5),
        )
        plan = [row[0].strip() for row in cursor.fetchall()]
    visits = [line.replace("Backward ", "") for line in plan if " on leadqual_event " in line]
    assert len(visits) == 4  # the lead's; its company's who count, who may come, and do not count
    assert [line for line in visits if "Index Only Scan using event_of_lead" not in line] == []
