"""What is promised of an offer: by the agreement in force, the lead's tier and the rep's hours."""

from datetime import timedelta

import pytest

from accounts.models import User, Workspace
from handoff.models import Handoff, Pool, Rep
from handoff.offering import offer_next
from handoff.open_offers import withdraw
from sla.models import BusinessCalendar, Clock, Commitment
from tests.builders import MONDAY_NOON, join_pool, make_member, receive_hot_lead
from tests.sla.agreements import make_agreement

MINUTE = timedelta(minutes=1)
DECIDE = Commitment.Code.DECIDE_OFFER


@pytest.fixture
def around_the_clock(workspace: Workspace) -> BusinessCalendar:
    calendar, _ = BusinessCalendar.objects.get_or_create(
        workspace=workspace, name="Around the clock", defaults={"timezone": "UTC"}
    )
    calendar.ranges.all().delete()
    for weekday in range(7):
        calendar.ranges.create(weekday=weekday, start="00:00", end="00:00")
    return calendar


def offered(workspace: Workspace) -> Handoff:
    return receive_hot_lead(workspace).handoffs.open().get()


def clock_of(offer: Handoff) -> Clock:
    return Clock.objects.get(code=DECIDE, subject_key=f"handoff:{offer.pk}")


def test_an_offer_is_due_by_the_agreement_from_the_moment_it_is_active(
    workspace: Workspace, ben_takes_turns: User
) -> None:
    before = offered(workspace)
    assert before.due_at == MONDAY_NOON + timedelta(hours=4)  # the default
    agreement = make_agreement(workspace, promises=[{"code": DECIDE, "minutes": 30}])
    after = offered(workspace)
    assert after.due_at == MONDAY_NOON + 30 * MINUTE
    assert clock_of(after).commitment.agreement == agreement
    before.refresh_from_db()
    assert before.due_at == clock_of(before).due_at == MONDAY_NOON + timedelta(hours=4)


def test_the_promise_of_the_leads_tier_comes_before_the_one_for_any(
    workspace: Workspace, ben_takes_turns: User
) -> None:
    tier = offered(workspace).tier
    assert tier is not None
    any_tier = {"code": DECIDE, "minutes": 60}
    own, other = (
        {"code": DECIDE, "minutes": 5, "tier_code": tier.code},
        {"code": DECIDE, "minutes": 15, "tier_code": "some-other-tier"},
    )
    make_agreement(workspace, promises=[any_tier, own, other])
    offer = offered(workspace)
    assert offer.due_at == MONDAY_NOON + 5 * MINUTE
    assert clock_of(offer).tier_code == tier.code
    make_agreement(workspace, promises=[any_tier, other])
    assert offered(workspace).due_at == MONDAY_NOON + 60 * MINUTE


def test_nothing_is_promised_where_only_other_tiers_have_a_promise(
    workspace: Workspace, ben_takes_turns: User
) -> None:
    make_agreement(
        workspace, promises=[{"code": DECIDE, "minutes": 15, "tier_code": "some-other-tier"}]
    )
    offer = offered(workspace)
    assert offer.due_at is None
    assert not Clock.objects.filter(subject_key=f"handoff:{offer.pk}").exists()


def narrow(workspace: Workspace, name: str, start: str) -> BusinessCalendar:
    """Open for two hours of each day or less, by UTC."""
    calendar = BusinessCalendar.objects.create(workspace=workspace, name=name, timezone="UTC")
    for weekday in range(7):
        calendar.ranges.create(weekday=weekday, start=start, end=f"{int(start[:2]) + 2}:00")
    return calendar


@pytest.mark.parametrize(
    ("counts_by", "reps", "pools", "hours"),
    [
        (Commitment.CountsBy.CALENDAR, True, True, 1.5),  # 24/7, as the promise names it
        (Commitment.CountsBy.PERSON, True, True, 23.5),  # 11–13 of the rep, then the next day
        (Commitment.CountsBy.PERSON, False, True, 24),  # 11:30–13 of the pool, then the next day
        (Commitment.CountsBy.PERSON, False, False, 1.5),
    ],
)
def test_a_promise_counts_by_the_reps_hours_else_the_pools_else_its_own(
    workspace: Workspace,
    ben: User,
    around_the_clock: BusinessCalendar,
    counts_by: str,
    reps: bool,
    pools: bool,
    hours: float,
) -> None:
    join_pool(workspace, ben)
    promise = {"code": DECIDE, "minutes": 90, "calendar": around_the_clock, "counts_by": counts_by}
    make_agreement(workspace, promises=[promise])
    if reps:
        Rep.objects.filter(user=ben).update(calendar=narrow(workspace, "Ben's", "11:00"))
    if pools:
        Pool.objects.filter(workspace=workspace).update(
            calendar=narrow(workspace, "The pool's", "11:30")
        )
    offer = offered(workspace)
    assert offer.due_at == MONDAY_NOON + timedelta(hours=hours)


def test_each_offer_of_a_lead_counts_by_the_hours_of_whom_it_goes_to(
    workspace: Workspace, ben: User, around_the_clock: BusinessCalendar
) -> None:
    dana = make_member(workspace, name="Dana Reed")
    promise = {
        "code": DECIDE,
        "minutes": 60,
        "calendar": around_the_clock,
        "counts_by": Commitment.CountsBy.PERSON,
    }
    make_agreement(workspace, promises=[promise])
    join_pool(workspace, ben, calendar=narrow(workspace, "Ben's", "12:00"))
    first = offered(workspace)
    assert (first.rep, first.due_at) == (ben, MONDAY_NOON + 60 * MINUTE)
    late = MONDAY_NOON + 90 * MINUTE
    join_pool(workspace, dana)
    withdraw(first, at=late)
    Rep.objects.filter(user=ben).update(is_active=False)
    second = offer_next(first.lead, at=late)
    assert second is not None
    assert (second.rep, second.due_at) == (dana, late + 60 * MINUTE)
