"""The routing plan in the admin: drafted as a copy, checked where it is typed, put in force."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Membership, User, Workspace
from handoff.models import NurtureTrack, Pool, RoutingPlan, RoutingRule, Tier
from handoff.routing_plans import draft_of, open_draft, plan_in_force, put_in_force, rules_of
from tests.admin_pages import Fields, Page, add_row, errors_of, fields_of, messages_of
from tests.builders import MONDAY_NOON, join_pool, make_source

LIST = "/admin/handoff/routingplan/"
FORM = "routingplan_form"


@pytest.fixture
def draft(workspace: Workspace) -> RoutingPlan:
    return open_draft(workspace=workspace, at=MONDAY_NOON)


@pytest.fixture
def dach(workspace: Workspace, ben: User) -> Pool:
    pool = Pool.objects.create(workspace=workspace, name="DACH")
    pool.members.create(rep=join_pool(workspace, ben))
    return pool


def address(plan: RoutingPlan, action: str = "change") -> str:
    return reverse(f"admin:handoff_routingplan_{action}", args=[plan.pk])


def rule(**values: Any) -> Fields:
    return {"name": "Rule", "employees_from": "", "employees_to": "", **values}


def save(client: Client, draft: RoutingPlan, *rules: Fields) -> Page:
    """The draft's page with these rules added below its others, sent."""
    fields = fields_of(client.get(address(draft)), FORM)
    for each in rules:
        fields = add_row(fields, "rules", **each)
    return client.post(address(draft), fields, follow=True)


def make_rule(plan: RoutingPlan, name: str, **fields: Any) -> RoutingRule:
    return RoutingRule.objects.create(plan=plan, name=name, position=plan.rules.count(), **fields)


def in_force(workspace: Workspace, by: User, **result: Any) -> RoutingPlan:
    draft = open_draft(workspace=workspace, at=MONDAY_NOON)
    make_rule(draft, "All", **result)
    return put_in_force(draft, by=by, at=MONDAY_NOON)


def test_a_rule_is_typed_as_people_write_it_and_read_back_in_words(
    as_ana: Client, draft: RoutingPlan, dach: Pool
) -> None:
    typed = rule(
        name="DACH",
        countries="Germany, at",
        employees_from="200",
        employees_to="1000",
        result=f"pool:{dach.pk}",
    )
    page = save(as_ana, draft, typed)
    [kept] = rules_of(draft)
    assert (kept.countries, kept.employees_from, kept.employees_to) == (["DE", "AT"], 200, 1000)
    assert (kept.pool, kept.person, kept.track) == (dach, None, None)
    shown = "Company in Germany or Austria with 200–1,000 employees → pool DACH"
    assert page.status_code == 200
    assert shown in as_ana.get(address(draft)).content.decode()


def test_a_rule_may_lead_to_a_person_and_to_a_track(
    as_ana: Client, draft: RoutingPlan, workspace: Workspace, ben: User
) -> None:
    track = NurtureTrack.objects.create(workspace=workspace, name="Slow")
    make_source(workspace, code="fair", name="The fair")
    tier = Tier.objects.create(workspace=workspace, name="Small fish")
    save(
        as_ana,
        draft,
        rule(name="Fair", sources=["fair"], grades=["A"], result=f"person:{ben.pk}"),
        rule(name="Rest", tiers=[str(tier.pk)], result=f"track:{track.pk}"),
    )
    fair, rest = rules_of(draft)
    assert (fair.person, fair.sources, fair.grades) == (ben, ["fair"], ["A"])
    assert (rest.track, list(rest.tiers.all())) == (track, [tier])
    page = as_ana.get(address(draft)).content.decode()
    assert "Lead from The fair, of grade A → Ben Okoye" in page
    assert "Lead of tier Small fish → nurture track Slow" in page


@pytest.mark.parametrize(
    ("typed", "field", "told"),
    [
        (
            {"countries": "Germany, Atlantis"},
            "countries",
            "“Atlantis” is no country that we know: write its name or its code, as Germany or DE.",
        ),
        ({"employees_from": "500", "employees_to": "50"}, "employees_to", "Write 500 or more"),
        ({"grades": ["X"]}, "grades", "Select a valid choice. X is not one of the available"),
        ({"sources": ["nowhere"]}, "sources", "Select a valid choice. nowhere is not one"),
        ({"tiers": ["999999"]}, "tiers", "Select a valid choice. 999999 is not one"),
        ({"result": ""}, "result", "Choose where the leads go: a person, a pool or a track."),
        ({"result": "person:1 pool:2"}, "result", "Select a valid choice. person:1 pool:2 is"),
        ({"name": ""}, "name", "This field is required."),
    ],
)
def test_what_makes_no_sense_is_refused_at_its_field(
    as_ana: Client, draft: RoutingPlan, dach: Pool, typed: Fields, field: str, told: str
) -> None:
    page = save(as_ana, draft, rule(result=f"pool:{dach.pk}") | typed)
    found = errors_of(page)
    assert list(found) == [f"rules-0-{field}"]
    assert found[f"rules-0-{field}"][0].startswith(told)
    assert rules_of(draft) == []


def test_what_a_stored_rule_names_and_is_gone_is_refused_by_its_name(
    as_ana: Client, draft: RoutingPlan, workspace: Workspace, dach: Pool, ben: User
) -> None:
    track = NurtureTrack.objects.create(workspace=workspace, name="Slow", is_active=False)
    make_rule(draft, "Left", person=ben)
    make_rule(draft, "Slow", track=track)
    make_rule(draft, "Source", pool=dach, sources=["gone"])
    Membership.objects.filter(user=ben).update(ended_at=MONDAY_NOON)
    page = as_ana.post(address(draft), fields_of(as_ana.get(address(draft)), FORM))
    assert errors_of(page) == {
        "rules-0-result": [
            "Ben Okoye is not, or no longer, a member who decides offers: choose somebody else, "
            "or a pool."
        ],
        "rules-1-result": ["The track “Slow” is out of use: choose another, or use it again."],
        "rules-2-sources": ["There is no source “gone” here."],
    }


def test_a_person_who_decides_no_offers_cannot_be_chosen(
    as_ana: Client, ana: User, draft: RoutingPlan
) -> None:
    page = save(as_ana, draft, rule(result=f"person:{ana.pk}"))
    assert list(errors_of(page)) == ["rules-0-result"]


def test_two_rules_do_not_share_a_name(as_ana: Client, draft: RoutingPlan, dach: Pool) -> None:
    page = save(
        as_ana, draft, rule(result=f"pool:{dach.pk}"), rule(name="RULE", result=f"pool:{dach.pk}")
    )
    assert errors_of(page) == {
        "rules-1-name": ["There is already another rule with this name."],
    }


def test_a_rule_below_one_that_takes_all_is_doubted(
    as_ana: Client, draft: RoutingPlan, dach: Pool
) -> None:
    page = save(
        as_ana,
        draft,
        rule(name="All", result=f"pool:{dach.pk}"),
        rule(name="German", countries="DE", result=f"pool:{dach.pk}"),
    )
    told = "“German” never matches: every lead it means is taken by “All” above it."
    assert told in messages_of(page)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"is_paused": True}, "“DACH” leads to the pool DACH, which is paused."),
        ({}, "“DACH” leads to the pool DACH, in which nobody takes turns."),
    ],
)
def test_a_pool_that_takes_nothing_is_doubted(
    as_ana: Client, draft: RoutingPlan, dach: Pool, change: dict[str, bool], told: str
) -> None:
    dach.members.all().delete()
    Pool.objects.filter(pk=dach.pk).update(**{"is_paused": False, **change})
    page = save(as_ana, draft, rule(name="DACH", result=f"pool:{dach.pk}"))
    assert told in messages_of(page)


def test_rules_keep_the_order_in_which_they_are_moved(
    as_ana: Client, draft: RoutingPlan, dach: Pool
) -> None:
    make_rule(draft, "First", pool=dach, countries=["DE"])
    make_rule(draft, "Second", pool=dach, countries=["AT"])
    fields = fields_of(as_ana.get(address(draft)), FORM)
    fields |= {"rules-0-position": "1", "rules-1-position": "0"}
    as_ana.post(address(draft), fields)
    assert [one.name for one in rules_of(draft)] == ["Second", "First"]


def test_of_two_who_save_the_draft_the_later_one_is_told(
    as_ana: Client, draft: RoutingPlan, dach: Pool
) -> None:
    fields = fields_of(as_ana.get(address(draft)), FORM)
    make_rule(draft, "Theirs", pool=dach)
    page = as_ana.post(address(draft), add_row(fields, "rules", **rule(result=f"pool:{dach.pk}")))
    assert errors_of(page)["__all__"][0].startswith("Nothing of yours was saved: somebody saved")
    assert [one.name for one in rules_of(draft)] == ["Theirs"]


def test_a_plan_in_force_is_edited_as_a_copy(
    as_ana: Client, ana: User, workspace: Workspace, dach: Pool
) -> None:
    plan = in_force(workspace, ana, pool=dach, countries=["DE"])
    page = as_ana.post(f"{LIST}open/", {"workspace": workspace.slug}, follow=True)
    draft = draft_of(workspace)
    assert draft is not None
    assert page.redirect_chain == [(address(draft), 302)]
    assert [(one.name, one.pool, one.countries) for one in rules_of(draft)] == [
        ("All", dach, ["DE"])
    ]
    assert plan_in_force(workspace) == plan


def test_a_plan_in_force_is_not_edited_in_place(
    as_ana: Client, ana: User, workspace: Workspace, dach: Pool
) -> None:
    plan = in_force(workspace, ana, pool=dach)
    page = as_ana.get(address(plan))
    assert "Every lead → pool DACH" in page.content.decode()
    assert 'name="rules-0-name"' not in page.content.decode()
    page = as_ana.post(address(plan), {"rules-TOTAL_FORMS": "0"}, follow=True)
    assert messages_of(page)[0].startswith("Nothing was saved. Ana Marques put plan 1 in force on")
    assert [one.name for one in rules_of(plan)] == ["All"]


def test_putting_in_force_retires_the_old_plan(
    as_ana: Client, ana: User, workspace: Workspace, dach: Pool, ben: User
) -> None:
    old = in_force(workspace, ana, pool=dach)
    draft = open_draft(workspace=workspace, at=MONDAY_NOON)
    draft.rules.update(pool=None, person=ben)
    page = as_ana.get(address(draft, "in_force")).content.decode()
    assert "Every lead → Ben Okoye" in page
    assert "Every lead → pool DACH" in page
    as_ana.post(address(draft, "in_force"))
    statuses = dict(RoutingPlan.objects.values_list("number", "status"))
    assert statuses == {old.number: "retired", draft.number: "in_force"}
    draft.refresh_from_db()
    assert draft.put_in_force_by == ana


def test_a_plan_that_names_who_left_is_not_put_in_force(
    as_ana: Client, draft: RoutingPlan, ben: User
) -> None:
    make_rule(draft, "Ben’s", person=ben)
    Membership.objects.filter(user=ben).update(ended_at=MONDAY_NOON)
    page = as_ana.post(address(draft, "in_force"))
    told = "Ben’s: Ben Okoye is not, or no longer, a member who decides offers"
    assert messages_of(page)[0].startswith(told)
    draft.refresh_from_db()
    assert draft.status == "draft"


def test_who_comes_second_to_put_it_in_force_is_told_who_was_first(
    as_ana: Client, ana: User, draft: RoutingPlan
) -> None:
    put_in_force(draft, by=ana, at=MONDAY_NOON)
    page = as_ana.post(address(draft, "in_force"), follow=True)
    assert messages_of(page)[0].startswith("Ana Marques put plan 1 in force on 2 March 2026")


def test_a_copy_asks_for_the_same_tiers(
    workspace: Workspace, draft: RoutingPlan, ana: User, ben: User
) -> None:
    tier = Tier.objects.create(workspace=workspace, name="Small fish")
    make_rule(draft, "Small", person=ben).tiers.add(tier)
    plan = put_in_force(draft, by=ana, at=MONDAY_NOON)
    copy = open_draft(workspace=workspace, at=MONDAY_NOON)
    for each in (plan, copy):
        [small] = rules_of(RoutingPlan.objects.get(pk=each.pk))
        assert list(small.tiers.all()) == [tier]


def test_a_draft_is_discarded_after_it_was_shown(
    as_ana: Client, draft: RoutingPlan, dach: Pool
) -> None:
    make_rule(draft, "DACH", pool=dach)
    assert "Every lead → pool DACH" in as_ana.get(address(draft, "discard")).content.decode()
    as_ana.post(address(draft, "discard"))
    assert not RoutingPlan.objects.exists()


def test_a_plan_of_the_past_is_brought_back_as_a_draft(
    as_ana: Client, ana: User, workspace: Workspace, dach: Pool, ben: User
) -> None:
    old = in_force(workspace, ana, pool=dach)
    draft = open_draft(workspace=workspace, at=MONDAY_NOON)
    draft.rules.update(pool=None, person=ben)
    put_in_force(draft, by=ana, at=MONDAY_NOON)
    as_ana.post(f"{LIST}open/", {"workspace": workspace.slug, "plan": str(old.pk)})
    back = draft_of(workspace)
    assert [one.pool for one in rules_of(back)] == [dach]


def test_the_plan_in_force_tells_of_a_person_who_left_since(
    as_ana: Client, ana: User, workspace: Workspace, ben: User
) -> None:
    plan = in_force(workspace, ana, person=ben)
    Membership.objects.filter(user=ben).update(ended_at=MONDAY_NOON)
    page = as_ana.get(address(plan)).content.decode()
    assert "“All”: Ben Okoye is not, or no longer, a member who decides offers" in page


def test_the_page_asks_as_often_for_three_rules_as_for_one(
    as_ana: Client, draft: RoutingPlan, dach: Pool
) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            as_ana.get(address(draft))
        return len(queries)

    make_rule(draft, "One", pool=dach, countries=["DE"])
    asked()
    first = asked()
    make_rule(draft, "Two", pool=dach, countries=["AT"])
    make_rule(draft, "Three", pool=dach, countries=["CH"])
    assert asked() == first


@pytest.mark.parametrize("action", ["in_force", "discard", "dry_run"])
def test_a_stranger_finds_no_plan(as_cleo: Client, draft: RoutingPlan, action: str) -> None:
    assert as_cleo.get(address(draft, action)).status_code == 404
    assert as_cleo.post(f"{LIST}open/", {"workspace": "northwind"}).status_code == 404


def test_a_sales_manager_may_and_a_rep_may_not(
    as_mara: Client, as_ben: Client, workspace: Workspace
) -> None:
    assert as_mara.get(LIST).status_code == 200
    assert as_ben.post(f"{LIST}open/", {"workspace": workspace.slug}).status_code == 404
