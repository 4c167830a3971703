"""What an offer costs the database: as much for forty reps and rules as for four."""

from collections.abc import Callable
from datetime import time, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User, Workspace
from handoff.models import (
    Handoff,
    MessageTemplate,
    Pool,
    PoolMember,
    Rep,
    RoutingPlan,
    RoutingRule,
    Tier,
)
from handoff.offering import offer_next
from handoff.open_offers import withdraw
from handoff.workspaces import create_workspace
from leadqual.models import Lead, OutboxMessage
from sla.models import Absence, BusinessCalendar, Commitment
from tests.builders import MONDAY_NOON, join_pool, make_member, make_user, receive_hot_lead
from tests.sla.agreements import make_agreement

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)
LATER = MONDAY_NOON + 5 * MINUTE


@pytest.fixture
def crowd() -> Workspace:
    """With tiers, promises and calendar, as it is created; its leads are offered to nobody yet."""
    olga = make_user(name="Olga Root")
    return create_workspace(name="Crowd", slug="crowd", by=olga, at=MONDAY_NOON)


def reps(workspace: Workspace, count: int) -> list[User]:
    users = [make_member(workspace, name=f"Rep {n}") for n in range(count)]
    for n, user in enumerate(users):
        join_pool(workspace, user, weight=1 + n % 3, most_a_day=9, most_open=9, most_a_week=9)
    return users


def rules(workspace: Workspace, count: int) -> RoutingPlan:
    pool = Pool.objects.get(workspace=workspace, takes_all=True)
    plan = RoutingPlan.objects.create(
        workspace=workspace, number=1, status="in_force", created_at=MONDAY_NOON
    )
    for n in range(count):
        rule = RoutingRule.objects.create(
            plan=plan, position=n, name=f"Rule {n}", countries=["FR"], pool=pool
        )
        rule.tiers.set(Tier.objects.filter(workspace=workspace))
    return plan


def statements(offered: Callable[[], Handoff | None]) -> list[str]:
    with CaptureQueriesContext(connection) as said:
        assert offered() is not None
    return [each["sql"] for each in said.captured_queries]


def of_the_second_offer(workspace: Workspace) -> list[str]:
    """The first one lays out in memory what the workspace has set up."""
    first, second = receive_hot_lead(workspace), receive_hot_lead(workspace)
    for lead in (first, second):
        if offer := lead.handoffs.open().first():
            withdraw(offer, at=MONDAY_NOON)
    offer_next(first, at=LATER)
    return statements(lambda: offer_next(second, at=LATER))


def test_forty_reps_cost_as_many_queries_as_four(crowd: Workspace) -> None:
    reps(crowd, 4)
    of_four = of_the_second_offer(crowd)
    reps(crowd, 36)
    assert Pool.objects.get(workspace=crowd, takes_all=True).members.count() == 40
    assert len(of_the_second_offer(crowd)) == len(of_four)


def test_rules_add_no_queries(crowd: Workspace) -> None:
    reps(crowd, 4)
    without = of_the_second_offer(crowd)
    rules(crowd, 20)
    after = of_the_second_offer(crowd)
    assert len(Handoff.objects.latest("pk").trace["rules"]) == 20
    assert len(after) == len(without)


def test_few_statements_stand_between_the_pools_lock_and_the_commit(crowd: Workspace) -> None:
    """Everybody else in the workspace waits for them: what is counted, then a row each; the clock
    of the lead, which was offered before, goes on with the next rep."""
    reps(crowd, 4)
    said = of_the_second_offer(crowd)
    [lock] = [n for n, sql in enumerate(said) if sql.startswith('SELECT "handoff_handoffpolicy"')]
    held = [sql.split(None, 1)[0] for sql in said[lock + 1 :] if "SAVEPOINT" not in sql]
    assert held == ["SELECT", "SELECT", "UPDATE", "INSERT", "UPDATE", *["INSERT"] * 3]


def test_every_offer_counts_with_what_is_set_up_at_that_moment(crowd: Workspace) -> None:
    """What is kept in the process is never older than the last edit, of whatever row it is."""
    ben, nia = reps(crowd, 2)
    pool = Pool.objects.get(workspace=crowd, takes_all=True)

    def offered() -> Handoff:
        lead = Lead.objects.get(pk=receive_hot_lead(crowd, at=LATER).pk)
        return lead.handoffs.open().get()

    def to() -> User:
        return offered().rep

    assert {to(), to()} == {ben, nia}
    Rep.objects.filter(user=ben).update(is_active=False)
    assert [to(), to()] == [nia, nia]
    Rep.objects.filter(user=ben).update(is_active=True)
    away = Absence.objects.create(
        workspace=crowd, person=nia, first_day=LATER.date(), last_day=LATER.date()
    )
    assert [to(), to()] == [ben, ben]
    away.delete()
    plan = rules(crowd, 1)
    plan.rules.update(countries=["DE"], person=nia, pool=None)
    assert [to(), to()] == [nia, nia]
    plan.rules.update(person=ben)
    assert [to(), to()] == [ben, ben]
    plan.rules.update(countries=["FR"])
    PoolMember.objects.filter(pool=pool, rep__user=nia).update(is_active=False)
    assert [to(), to()] == [ben, ben]
    calendar = BusinessCalendar.objects.get(workspace=crowd, name="Working hours")
    calendar.ranges.all().delete()
    noon, one = time(12), time(13)
    hours = calendar.ranges.create(weekday=LATER.weekday(), start=noon, end=one)
    caps = dict.fromkeys(("most_open", "most_a_day", "most_a_week"))
    Rep.objects.filter(user=ben).update(calendar=calendar, **caps)
    assert offered().rep == ben
    hours.start = time(12, 30)
    hours.save()
    assert not receive_hot_lead(crowd, at=LATER).handoffs.exists()
    hours.start = noon
    hours.save()
    calendar.exceptions.create(date=LATER.date())
    assert not receive_hot_lead(crowd, at=LATER).handoffs.exists()  # a day off
    calendar.exceptions.all().delete()
    Commitment.objects.filter(workspace=crowd, code="decide_offer").update(minutes=7)
    assert offered().due_at == LATER + 7 * MINUTE
    make_agreement(crowd, promises=[{"code": "decide_offer", "minutes": 3, "calendar": calendar}])
    assert offered().due_at == LATER + 3 * MINUTE
    before = offered().tier
    assert before is not None
    Tier.objects.filter(pk=before.pk).update(grades=["none"])
    assert offered().tier != before
    MessageTemplate.objects.create(
        workspace=crowd, code="offered", subject="A lead for $rep", body="$link"
    )
    subject = _last_subject()
    offered()
    assert subject != _last_subject() == f"A lead for {ben.get_short_name()}"
    ben.name = "Benedict Okoye"
    ben.save()
    assert offered().trace["people"][-1]["person"] == "Benedict Okoye"


def _last_subject() -> str:
    return OutboxMessage.objects.latest("pk").subject
