"""The dry run: past leads routed by the plan in force and by the draft, in memory."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User, Workspace
from handoff.dry_run import DryRun, dry_run
from handoff.models import Handoff, NurtureTrack, PoolMember, RoutingPlan
from handoff.routing_plans import open_draft
from leadqual.stages import Stage
from sla.models import Absence
from tests.builders import MONDAY_NOON, join_pool, make_company, make_lead
from tests.handoff.test_routing_pages import make_offer

NOW = MONDAY_NOON + timedelta(days=1)


@pytest.fixture
def draft(workspace: Workspace, ben: User, mara: User) -> RoutingPlan:
    """Two reps of the same weight; the draft sends Germany to mara."""
    join_pool(workspace, ben)
    join_pool(workspace, mara)
    draft = open_draft(workspace=workspace, at=MONDAY_NOON)
    draft.rules.create(name="Germany", countries=["DE"], person=mara)
    return draft


def offered(workspace: Workspace, rep: User, *, country: str, at: Any = MONDAY_NOON) -> Handoff:
    return make_offer(make_lead(workspace, country=country), rep, offered_at=at)


def run(draft: RoutingPlan, *, timed: bool = False) -> DryRun:
    return dry_run(draft, days=30, timed=timed, now=NOW)


def lines(found: DryRun) -> dict[str, tuple[int, int, int]]:
    return {line.place.name: (line.now, line.draft, line.difference) for line in found.lines}


def test_the_difference_is_shown_per_person(
    workspace: Workspace, draft: RoutingPlan, ben: User
) -> None:
    for _ in range(4):
        offered(workspace, ben, country="DE")
    found = run(draft)
    assert lines(found) == {"Ben Okoye": (2, 0, -2), "Mara Lindt": (2, 4, 2)}
    assert (found.leads, found.all_leads, found.changed, found.left_over) == (4, 4, 2, 0)
    assert found.rules == [("Germany", 4), ("No rule", 0)]
    assert {(c.now.rule, c.draft.rule) for c in found.changes} == {("No rule", "Germany")}


def test_nothing_is_written(workspace: Workspace, draft: RoutingPlan, ben: User) -> None:
    offered(workspace, ben, country="DE")
    before = list(PoolMember.objects.order_by("pk").values())
    run(draft)
    assert list(PoolMember.objects.order_by("pk").values()) == before
    assert Handoff.objects.count() == 1


def test_only_first_offers_of_the_period_count(
    workspace: Workspace, draft: RoutingPlan, ben: User, mara: User
) -> None:
    first = offered(workspace, ben, country="DE", at=MONDAY_NOON - timedelta(hours=1))
    Handoff.objects.filter(pk=first.pk).update(status="expired", expired_at=MONDAY_NOON)
    make_offer(first.lead, mara)
    offered(workspace, ben, country="DE", at=NOW - timedelta(days=31))
    assert run(draft).leads == 1


def test_a_track_and_nobody_are_places_too(
    workspace: Workspace, draft: RoutingPlan, ben: User, mara: User
) -> None:
    track = NurtureTrack.objects.create(workspace=workspace, name="Slow")
    draft.rules.update(person=None, track=track)
    offered(workspace, ben, country="DE")
    PoolMember.objects.all().delete()
    offered(workspace, ben, country="FR")
    found = run(draft)
    assert lines(found) == {"Nurture track Slow": (0, 1, 1), "Nobody": (2, 1, -1)}
    assert found.left_over == 1


def test_hours_and_absences_count_when_they_are_asked_for(
    workspace: Workspace, draft: RoutingPlan, ben: User, mara: User
) -> None:
    day = MONDAY_NOON.date()
    Absence.objects.create(workspace=workspace, person=mara, first_day=day, last_day=day)
    offered(workspace, ben, country="DE")
    assert run(draft).changes[0].draft.to.name == "Mara Lindt"
    assert lines(run(draft, timed=True)) == {"Ben Okoye": (1, 1, 0)}


def test_caps_a_day_begin_anew_the_next_day(
    workspace: Workspace, draft: RoutingPlan, ben: User, mara: User
) -> None:
    join_pool(workspace, mara, most_a_day=1)
    for days in (1, 1, 0):
        offered(workspace, ben, country="DE", at=MONDAY_NOON - timedelta(days=days))
    assert lines(run(draft, timed=True))["Mara Lindt"][1] == 2
    assert lines(run(draft))["Mara Lindt"][1] == 3


def test_the_company_s_owner_comes_first_in_both_plans(
    workspace: Workspace, draft: RoutingPlan, ben: User
) -> None:
    company = make_company(workspace)
    colleague = make_lead(workspace, company=company, stage=Stage.SAL, owner=ben)
    accepted = {"decided_at": MONDAY_NOON - timedelta(days=40), "decided_by": ben}
    made = MONDAY_NOON - timedelta(days=40)
    make_offer(colleague, ben, status="accepted", offered_at=made, **accepted)
    make_offer(make_lead(workspace, company=company, country="DE"), ben)
    found = run(draft)
    assert lines(found) == {"Ben Okoye": (1, 1, 0)}
    assert found.rules[0] == ("The company’s owner", 1)


def test_it_asks_as_often_for_five_leads_as_for_one(
    workspace: Workspace, draft: RoutingPlan, ben: User, django_assert_num_queries: Any
) -> None:
    make_offer(make_lead(workspace, company=make_company(workspace)), ben)
    with django_assert_num_queries(14) as first:
        run(draft)
    for _ in range(4):
        make_offer(make_lead(workspace, company=make_company(workspace)), ben)
    with django_assert_num_queries(len(first)):
        run(draft)


def test_the_page_says_what_is_tried_and_links_to_the_leads(
    as_ana: Client, workspace: Workspace, draft: RoutingPlan, ben: User
) -> None:
    offers = [offered(workspace, ben, country="DE", at=timezone.now()) for _ in range(2)]
    address = reverse("admin:handoff_routingplan_dry_run", args=[draft.pk])
    page = " ".join(as_ana.get(address).content.decode().split())
    assert '<strong class="text-important">1 of 2</strong> would have gone elsewhere' in page
    assert any(reverse("lead", args=["northwind", each.lead_id]) in page for each in offers)
    assert "Working hours, absences and caps are left out" in page
    kept = as_ana.get(f"{address}?days=7&hours=kept").content.decode()
    assert "absences and the caps a day and a week count at the moment of each lead" in kept


def test_the_page_says_so_where_there_is_nothing_to_try(as_ana: Client, draft: RoutingPlan) -> None:
    address = reverse("admin:handoff_routingplan_dry_run", args=[draft.pk])
    assert "there is nothing to try" in as_ana.get(f"{address}?days=x").content.decode()
