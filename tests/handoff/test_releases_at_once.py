"""Two workers release at the same moment, over real connections: no day gets more than it takes."""

from datetime import timedelta

import pytest

from handoff import handoffs
from handoff.models import Handoff, Release, Rep
from handoff.releases import release_due
from handoff.workspaces import create_workspace
from leadqual.models import Lead
from leadqual.stages import Stage
from tests.at_once import at_once
from tests.builders import HOT, MONDAY_NOON, join_pool, make_member, make_user, receive_hot_lead

pytestmark = pytest.mark.django_db(transaction=True)

AFTER_LUNCH = MONDAY_NOON + timedelta(hours=1)


def test_however_many_workers_release_the_day_is_never_overfull_and_nothing_is_lost(
    db: None,
) -> None:
    workspace = create_workspace(name="Northwind", slug="northwind", by=make_user(), at=MONDAY_NOON)
    leads = [receive_hot_lead(workspace, facts=HOT) for _ in range(9)]
    assert {lead.stage for lead in leads} == {Stage.MQL}  # ready, and nobody is there
    Release.objects.bulk_create(
        Release(workspace=workspace, lead=lead, version=1, queued_at=MONDAY_NOON) for lead in leads
    )
    for name in ("Ben Okoye", "Nora Falk"):
        rep = make_member(workspace, name=name)
        join_pool(workspace, rep, offers_per_day=2)
    outcomes = at_once(4, lambda _: release_due(now=AFTER_LUNCH))
    assert sum(outcomes) == Handoff.objects.count() == 4
    by_rep = Handoff.objects.order_by("rep").values_list("rep", flat=True)
    assert [list(by_rep).count(rep) for rep in sorted(set(by_rep))] == [2, 2]
    waiting = set(Release.objects.waiting().values_list("lead", flat=True))
    offered = set(Handoff.objects.values_list("lead", flat=True))
    assert waiting | offered == set(Lead.objects.values_list("pk", flat=True))
    assert waiting & offered == set()


def test_offers_given_back_at_the_same_moment_land_on_nobody_whose_day_is_full(db: None) -> None:
    workspace = create_workspace(name="Northwind", slug="northwind", by=make_user(), at=MONDAY_NOON)
    leads = [receive_hot_lead(workspace, facts=HOT) for _ in range(4)]
    Release.objects.bulk_create(
        Release(workspace=workspace, lead=lead, version=1, queued_at=MONDAY_NOON) for lead in leads
    )
    reps = [make_member(workspace, name=name) for name in ("Ben Okoye", "Nia Berg")]
    ben, nia = (
        join_pool(workspace, rep, offers_per_day=n) for rep, n in zip(reps, (4, 1), strict=True)
    )
    Rep.objects.filter(pk=nia.pk).update(is_active=False)
    assert release_due(now=AFTER_LUNCH) == 4
    Rep.objects.filter(pk=nia.pk).update(is_active=True)
    offers = list(Handoff.objects.open().filter(rep=ben.user).select_related("rep"))
    assert len(offers) == 4
    later = AFTER_LUNCH + timedelta(hours=1)
    passed = at_once(4, lambda n: handoffs.not_mine(offers[n], by=ben.user, at=later))
    assert [each.rep for each in passed if each] == [nia.user]
    assert Release.objects.waiting().count() == 3
