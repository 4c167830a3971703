"""Leads that are let go while others become ready, over real connections: each stands once."""

from datetime import timedelta

import pytest

from handoff.agreement.held_leads import let_go
from handoff.models import FallbackEntry, Handoff, HandoffPolicy, Release
from handoff.promotion import settle
from handoff.workspaces import create_workspace
from leadqual.models import Lead
from tests.at_once import at_once
from tests.builders import MONDAY_NOON, join_pool, make_member, make_user, receive_hot_lead
from tests.sla.agreements import make_agreement

pytestmark = pytest.mark.django_db(transaction=True)

LATER = MONDAY_NOON + timedelta(hours=1)


def test_signing_while_leads_become_ready_loses_none_and_offers_none_twice(db: None) -> None:
    workspace = create_workspace(name="Northwind", slug="northwind", by=make_user(), at=MONDAY_NOON)
    HandoffPolicy.objects.filter(workspace=workspace).update(hold_until_signed=True)
    join_pool(workspace, make_member(workspace, name="Ben Okoye"), offers_per_day=3)
    leads = [receive_hot_lead(workspace) for _ in range(8)]
    FallbackEntry.objects.filter(lead__in=leads[:4]).delete()  # these become ready only now

    def deed(n: int) -> None:
        if n == 0:
            make_agreement(workspace)
        elif n == 1:
            let_go(now=LATER)
        else:
            settle(leads[n - 2], now=LATER)

    at_once(6, deed)
    let_go(now=LATER)  # as beat does at its next tick
    offered = list(Handoff.objects.values_list("lead", flat=True))
    in_line = list(Release.objects.filter(released_at=None).values_list("lead", flat=True))
    assert not FallbackEntry.objects.waiting().exists()
    assert sorted(offered + in_line) == sorted(Lead.objects.values_list("pk", flat=True))


def test_many_workers_let_each_lead_go_once(db: None) -> None:
    workspace = create_workspace(name="Northwind", slug="northwind", by=make_user(), at=MONDAY_NOON)
    HandoffPolicy.objects.filter(workspace=workspace).update(hold_until_signed=True)
    for _ in range(6):
        receive_hot_lead(workspace)
    make_agreement(workspace)
    assert sum(at_once(4, lambda _: let_go(now=LATER))) + let_go(now=LATER) == 6
    assert Release.objects.waiting().count() == 6
    assert let_go(now=LATER) == 0
