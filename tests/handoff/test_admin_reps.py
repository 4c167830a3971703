"""Pools, reps and days away in the admin."""

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User, Workspace
from handoff.models import Pool, PoolMember, Rep
from handoff.routing_plans import open_draft
from sla.models import Absence
from tests.admin_pages import add_row, errors_of, fields_of, messages_of
from tests.builders import MONDAY_NOON, join_pool

ABSENCES = "/admin/sla/absence/"


@pytest.fixture
def rep(workspace: Workspace, ben: User) -> Rep:
    return join_pool(workspace, ben)


def test_a_pool_gets_members_with_weights(as_mara: Client, rep: Rep) -> None:
    pool = Pool.objects.create(workspace=rep.workspace, name="North")
    address = reverse("admin:handoff_pool_change", args=[pool.pk])
    fields = fields_of(as_mara.get(address), "pool_form")
    row = {"rep": str(rep.pk), "weight": "3", "is_active": "on"}
    as_mara.post(address, add_row(fields, "members", **row))
    member = PoolMember.objects.get(pool=pool)
    assert (member.rep, member.weight, member.is_active, member.credit) == (rep, 3, True, 0)
    page = as_mara.post(address, add_row(fields, "members", **row | {"weight": "0"}))
    assert errors_of(page)["members-0-weight"] == ["Write a whole number from 1 to 20."]


def test_the_pool_that_takes_all_and_one_that_a_rule_names_stay(as_mara: Client, rep: Rep) -> None:
    everybody = Pool.objects.get(takes_all=True)
    north = Pool.objects.create(workspace=rep.workspace, name="North")
    open_draft(workspace=rep.workspace, at=MONDAY_NOON).rules.create(name="N", pool=north)
    told = {
        everybody: f"“{everybody}” stays: leads go to it that no rule sends elsewhere. "
        "It can be paused.",
        north: "“North” stays: “N” of plan 1 (draft) leads to it.",
    }
    for pool, sentence in told.items():
        address = reverse("admin:handoff_pool_delete", args=[pool.pk])
        page = as_mara.post(address, {"post": "yes"}, follow=True)
        assert messages_of(page) == [sentence]
    assert Pool.objects.filter(pk__in=[everybody.pk, north.pk]).count() == 2


def test_a_rep_has_caps_and_a_week_holds_a_day(as_mara: Client, rep: Rep) -> None:
    address = reverse("admin:handoff_rep_change", args=[rep.pk])
    fields = fields_of(as_mara.get(address), "rep_form")
    page = as_mara.post(address, fields | {"most_a_day": "9", "most_a_week": "5"})
    assert errors_of(page) == {"most_a_week": ["A week takes fewer than a day (9): raise it."]}
    as_mara.post(address, fields | {"most_open": "4", "most_a_day": "2", "most_a_week": "5"})
    rep.refresh_from_db()
    assert (rep.most_open, rep.most_a_day, rep.most_a_week) == (4, 2, 5)


def test_overlapping_days_away_are_refused(as_mara: Client, rep: Rep) -> None:
    fields = fields_of(as_mara.get(f"{ABSENCES}add/"), "absence_form")
    fields |= {"person": str(rep.user_id), "first_day": "2026-03-09", "last_day": "2026-03-13"}
    assert as_mara.post(f"{ABSENCES}add/", fields).status_code == 302
    page = as_mara.post(
        f"{ABSENCES}add/", fields | {"first_day": "2026-03-13", "last_day": "2026-03-20"}
    )
    assert errors_of(page)["first_day"][0].startswith("Ben Okoye is away from 9 March 2026 to 13")
    [absence] = Absence.objects.all()
    assert (absence.first_day, absence.last_day) == (date(2026, 3, 9), date(2026, 3, 13))


def test_days_away_may_be_moved_within_themselves(as_mara: Client, rep: Rep) -> None:
    absence = Absence.objects.create(
        workspace=rep.workspace,
        person=rep.user,
        first_day=date(2026, 3, 9),
        last_day=date(2026, 3, 13),
    )
    address = reverse("admin:sla_absence_change", args=[absence.pk])
    fields = fields_of(as_mara.get(address), "absence_form")
    assert as_mara.post(address, fields | {"last_day": "2026-03-12"}).status_code == 302
    absence.refresh_from_db()
    assert absence.last_day == date(2026, 3, 12)
