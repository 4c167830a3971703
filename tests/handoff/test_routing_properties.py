"""Whatever the pools, absences, caps and arrivals: nobody gets too much, and no lead is lost."""

from datetime import date, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Workspace
from handoff import handoffs
from handoff.fallback_tries import find_lost, try_again
from handoff.models import FallbackEntry, Handoff, Pool, PoolMember, Rep, RoutingPlan, RoutingRule
from handoff.promotion import settle_due
from handoff.workspaces import create_workspace
from leadqual.models import Lead
from leadqual.stages import Stage
from scoring.standing import standings
from sla.models import Absence
from tests.builders import MONDAY_NOON, join_pool, make_member, make_user, receive_hot_lead

pytestmark = pytest.mark.django_db

MONDAY = MONDAY_NOON.date()
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NAMES = ("most_open", "most_a_day", "most_a_week")
_number = count(1)

reps = st.fixed_dictionaries(
    {
        "weight": st.integers(1, 3),
        "caps": st.fixed_dictionaries({name: st.sampled_from([None, 1, 2]) for name in NAMES}),
        "away": st.none() | st.tuples(st.integers(0, 2), st.integers(0, 2)),
        "in_north": st.booleans(),
    }
)
deeds = st.lists(
    st.sampled_from(["arrives", "arrives", "accepted", "not_mine", "an hour", "a day"]),
    min_size=3,
    max_size=9,
)


@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(reps, min_size=1, max_size=4), deeds, st.booleans())
def test_nobody_gets_too_much_and_no_lead_is_lost(
    db: None, crew: list[dict[str, Any]], doings: list[str], to_north: bool
) -> None:
    workspace = with_crew(crew, to_north=to_north)
    now = MONDAY_NOON
    for doing in doings:
        now += timedelta(minutes=1)
        do(workspace, doing, now=now)
        now += {"an hour": HOUR, "a day": DAY}.get(doing, timedelta())
        try_again(now=now)
        settle_due(now=now)
        no_lead_is_lost(workspace, now=now)
    for handoff in Handoff.objects.filter(workspace=workspace).select_related("rep"):
        nobody_had_too_much(handoff)


def with_crew(crew: list[dict[str, Any]], *, to_north: bool) -> Workspace:
    """A new client with these reps; some of them in a pool of their own, by rule or not."""
    slug = f"crowd-{next(_number)}"
    workspace = create_workspace(
        name=slug, slug=slug, by=make_user(name="Olga Root"), timezone="UTC", at=MONDAY_NOON
    )
    north = Pool.objects.create(workspace=workspace, name="North")
    for each in crew:
        user = make_member(workspace)
        rep = join_pool(workspace, user, weight=each["weight"], **each["caps"])
        if each["in_north"]:
            PoolMember.objects.create(pool=north, rep=rep, weight=each["weight"])
        if each["away"]:
            first = MONDAY + timedelta(days=each["away"][0])
            last = first + timedelta(days=each["away"][1])
            Absence.objects.create(workspace=workspace, person=user, first_day=first, last_day=last)
    if to_north:
        plan = RoutingPlan.objects.create(
            workspace=workspace, number=1, status="in_force", created_at=MONDAY_NOON
        )
        RoutingRule.objects.create(plan=plan, name="North", countries=["DE"], pool=north)
    return workspace


def do(workspace: Workspace, doing: str, *, now: datetime) -> None:
    if doing == "arrives":
        receive_hot_lead(workspace, at=now)
        return
    offer = Handoff.objects.open().filter(workspace=workspace).order_by("pk").first()
    if offer and doing == "accepted":
        handoffs.accept(offer, by=offer.rep, at=now)
    elif offer and doing == "not_mine":
        handoffs.not_mine(offer, by=offer.rep, at=now)


def no_lead_is_lost(workspace: Workspace, *, now: datetime) -> None:
    leads = list(Lead.objects.filter(workspace=workspace, stage=Stage.MQL))
    known = standings(leads, now=now)
    ready = {lead.pk for lead in leads if known[lead.pk].is_ready}
    offered = list(
        Handoff.objects.open().filter(workspace=workspace).values_list("lead", flat=True)
    )
    waiting = FallbackEntry.objects.waiting().filter(workspace=workspace)
    assert sorted([*offered, *waiting.values_list("lead", flat=True)]) == sorted(ready)
    assert find_lost(now=now) == 0


def nobody_had_too_much(handoff: Handoff) -> None:
    """As of the moment of this offer, itself among them."""
    rep = Rep.objects.get(workspace=handoff.workspace, user=handoff.rep)
    day = handoff.offered_at.date()
    had = [
        each
        for each in Handoff.objects.filter(workspace=handoff.workspace, rep=handoff.rep)
        if each.pk <= handoff.pk
    ]
    is_open = [each for each in had if not (end := ended(each)) or end > handoff.offered_at]
    of_day = [each for each in had if each.offered_at.date() == day]
    of_week = [each for each in had if week(each.offered_at.date()) == week(day)]
    for cap, found in zip(NAMES, (is_open, of_day, of_week), strict=True):
        most = getattr(rep, cap)
        assert most is None or len(found) <= most
    away = Absence.objects.filter(
        workspace=handoff.workspace, person=handoff.rep, first_day__lte=day, last_day__gte=day
    )
    assert not away.exists()
    gave_back = Handoff.objects.filter(
        lead=handoff.lead,
        cycle=handoff.cycle,
        rep=handoff.rep,
        status__in=["rejected", "not_mine", "expired"],
        pk__lt=handoff.pk,
    )
    assert not gave_back.exists()


def ended(handoff: Handoff) -> datetime | None:
    return handoff.decided_at or handoff.expired_at or handoff.withdrawn_at


def week(day: date) -> tuple[int, int]:
    year, number, _ = day.isocalendar()
    return year, number
