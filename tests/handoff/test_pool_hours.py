"""A pool has working hours: those of the members who have none of their own."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User, Workspace
from handoff.models import FallbackEntry, Pool, Rep
from handoff.offering import offer_next
from handoff.rosters import roster_of
from sla.calendars import calendar_of
from sla.models import BusinessCalendar
from tests.admin_pages import fields_of
from tests.builders import MONDAY_NOON, join_pool, receive_hot_lead
from tests.sla.weeks import make_calendar


@pytest.fixture
def mornings(workspace: Workspace) -> BusinessCalendar:
    """Nine to twelve in UTC, every day."""
    return make_calendar(workspace, "Mornings", days=range(7), hours="09:00-12:00", zone="UTC")


@pytest.fixture
def rep(workspace: Workspace, ben: User) -> Rep:
    return join_pool(workspace, ben)


def test_the_hours_of_a_pool_are_chosen_in_the_admin(
    as_mara: Client, rep: Rep, mornings: BusinessCalendar
) -> None:
    pool = Pool.objects.get(takes_all=True)
    address = reverse("admin:handoff_pool_change", args=[pool.pk])
    fields = fields_of(as_mara.get(address), "pool_form")
    assert as_mara.post(address, {**fields, "calendar": mornings.pk}).status_code == 302
    roster = roster_of(rep.workspace, at=MONDAY_NOON)
    assert roster.pools[pool.pk].hours.calendar == calendar_of(mornings)


def test_outside_the_hours_of_the_pool_a_lead_waits_and_then_is_offered(
    workspace: Workspace, rep: Rep, mornings: BusinessCalendar
) -> None:
    Pool.objects.update(calendar=mornings)
    lead = receive_hot_lead(workspace)  # on Monday at noon, when the pool has just closed
    assert not lead.handoffs.exists()
    assert FallbackEntry.objects.get(lead=lead).why == FallbackEntry.Why.NOBODY
    tuesday = MONDAY_NOON + timedelta(hours=21)
    assert offer_next(lead, at=tuesday) is not None
    assert lead.handoffs.open().get().rep == rep.user


def test_a_rep_with_own_hours_keeps_them_whatever_the_pool_has(
    workspace: Workspace, rep: Rep, mornings: BusinessCalendar
) -> None:
    rep.calendar = make_calendar(
        workspace, "Always", days=range(7), hours="00:00-24:00", zone="UTC"
    )
    rep.save()
    Pool.objects.update(calendar=mornings)
    assert receive_hot_lead(workspace).handoffs.open().get().rep == rep.user


def test_hours_of_a_pool_that_cannot_be_computed_with_let_leads_wait(
    workspace: Workspace, rep: Rep, mornings: BusinessCalendar
) -> None:
    mornings.ranges.all().delete()
    Pool.objects.update(calendar=mornings)
    lead = receive_hot_lead(workspace)
    assert not lead.handoffs.exists()
    (trace,) = FallbackEntry.objects.get(lead=lead).trace["people"]
    assert trace["skipped"] == "has working hours that cannot be computed with"


def test_a_rep_sees_the_hours_of_the_pool(
    as_ben: Client, workspace: Workspace, rep: Rep, mornings: BusinessCalendar
) -> None:
    Pool.objects.update(calendar=mornings)
    page = as_ben.get(reverse("availability", args=[workspace.slug])).content.decode()
    assert "Everybody (weight 1, in Mornings)" in page
