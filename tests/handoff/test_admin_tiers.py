"""Tiers in the admin: refused where they are typed, warned about, kept while they are in use."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User, Workspace
from handoff.models import Handoff, NurtureTrack, Pool, RoutingPlan, RoutingRule, Tier
from leadqual.models import Lead
from tests.admin_pages import errors_of, fields_of, messages_of
from tests.builders import MONDAY_NOON, make_custom_field

TIERS = "/admin/handoff/tier/"
FORM = "tier_form"


def tier_named(workspace: Workspace, name: str) -> Tier:
    return Tier.objects.of(workspace).get(name=name)


def page_of(tier: Tier, action: str = "change") -> str:
    return reverse(f"admin:handoff_tier_{action}", args=[tier.pk])


def test_a_new_tier_comes_last_with_the_starter_text_to_begin_with(
    as_ana: Client, workspace: Workspace
) -> None:
    fields = fields_of(as_ana.get(f"{TIERS}add/"), FORM)
    assert "$form" in fields["mail_body"]
    fields |= {"name": "Small", "grades": ["B"], "employees_to": "20", "playbook": "content_only"}
    assert as_ana.post(f"{TIERS}add/", fields).status_code == 302
    tier = tier_named(workspace, "Small")
    assert (tier.position, tier.grades, tier.employees_to) == (4, ["B"], 20)


@pytest.mark.parametrize(
    ("values", "field", "told"),
    [
        ({"name": "High value"}, "name", "There is already another tier with this name."),
        (
            {"employees_from": "200", "employees_to": "100"},
            "employees_to",
            "No size lies from 200 to 100.",
        ),
        (
            {"playbook": "email_form", "form_asks": []},
            "form_asks",
            "Choose what the form asks for.",
        ),
        (
            {
                "playbook": "email_form",
                "form_asks": ["timeline", "challenge", "phone", "country"],
            },
            "form_asks",
            "4 questions are too many for a mail; 3 fit.",
        ),
        (
            {"playbook": "email_form", "form_asks": ["timeline"], "mail_body": "Hello"},
            "mail_body",
            "Without $form nobody would find the form.",
        ),
        (
            {"playbook": "email_form", "form_asks": ["timeline"], "mail_subject": "Hi $frist_name"},
            "mail_subject",
            "“$frist_name” is not a variable. The variables are $first_name, $lead, $company, "
            "$job_title, $challenge, $rep, $workspace, $form.",
        ),
        (
            {"grades": ["E"]},
            "grades",
            "Select a valid choice. E is not one of the available choices.",
        ),
    ],
)
def test_a_tier_is_refused_where_it_was_typed(
    as_ana: Client, workspace: Workspace, values: dict[str, Any], field: str, told: str
) -> None:
    fields = fields_of(as_ana.get(f"{TIERS}add/"), FORM)
    fields |= {"name": "New", "playbook": "full_call", **values}
    assert errors_of(as_ana.post(f"{TIERS}add/", fields)) == {field: [told]}


def test_a_grade_that_the_published_model_has_lost_is_refused_by_name(
    as_ana: Client, workspace: Workspace
) -> None:
    tier = tier_named(workspace, "High value")
    Tier.objects.filter(pk=tier.pk).update(grades=["A+"])
    fields = fields_of(as_ana.get(page_of(tier)), FORM)
    assert fields["grades"] == "A+"
    assert errors_of(as_ana.post(page_of(tier), fields)) == {
        "grades": ["The published model gives no grade A+."]
    }


def test_the_form_may_ask_for_a_typed_fact_of_ones_own(
    as_ana: Client, workspace: Workspace
) -> None:
    make_custom_field(workspace, key="budget", label="Budget", kind="number")
    tier = tier_named(workspace, "Mid value")
    fields = fields_of(as_ana.get(page_of(tier)), FORM)
    fields |= {"form_asks": ["timeline", "attributes.budget"]}
    assert as_ana.post(page_of(tier), fields).status_code == 302
    tier.refresh_from_db()
    assert tier.form_asks == ["timeline", "attributes.budget"]


def test_nobody_is_asked_who_they_are(as_ana: Client, workspace: Workspace) -> None:
    fields = fields_of(as_ana.get(f"{TIERS}add/"), FORM)
    fields |= {"name": "New", "playbook": "email_form", "form_asks": ["email"]}
    assert errors_of(as_ana.post(f"{TIERS}add/", fields)) == {
        "form_asks": ["Select a valid choice. email is not one of the available choices."]
    }


def test_a_tier_that_can_never_be_reached_is_warned_about(
    as_ana: Client, workspace: Workspace
) -> None:
    told = (
        "Enterprise: No lead can be of it: “High value” comes first and takes every lead that "
        "would fit."
    )
    tier = tier_named(workspace, "High value")
    fields = fields_of(as_ana.get(page_of(tier)), FORM)
    del fields["grades"]
    page = as_ana.post(page_of(tier), fields, follow=True)
    assert told in messages_of(page)
    assert told.removeprefix("Enterprise: ") in page.content.decode()


def test_tiers_are_put_into_another_order(as_ana: Client, workspace: Workspace) -> None:
    fields = fields_of(as_ana.get(TIERS), "changelist-form")
    fields |= {"form-0-position": "1", "form-1-position": "0", "_save": "Save"}
    assert as_ana.post(TIERS, fields).status_code == 302
    assert [tier.name for tier in Tier.objects.of(workspace)][:2] == ["Enterprise", "High value"]


def test_a_tier_of_offers_stays_and_says_so(
    as_ana: Client, workspace: Workspace, offered: Lead
) -> None:
    tier = tier_named(workspace, "High value")
    Handoff.objects.filter(lead=offered).update(tier=tier)
    page = as_ana.post(page_of(tier, "delete"), {"post": "yes"}, follow=True)
    assert messages_of(page) == [
        "“High value” stays: it is the tier of one offer. To use it no longer, give its grades to "
        "an earlier tier."
    ]
    assert Tier.objects.filter(pk=tier.pk).exists()


def test_a_tier_that_a_track_asks_for_stays(as_ana: Client, workspace: Workspace) -> None:
    tier = tier_named(workspace, "Low value")
    track = NurtureTrack.objects.create(workspace=workspace, name="Slow drip")
    track.tiers.add(tier)
    page = as_ana.post(page_of(tier, "delete"), {"post": "yes"}, follow=True)
    assert messages_of(page) == [
        "“Low value” stays: the nurture track “Slow drip” asks for it. Change that one first."
    ]


@pytest.mark.parametrize("status", ["draft", "in_force"])
def test_a_tier_that_a_routing_rule_asks_for_stays(
    as_ana: Client, workspace: Workspace, status: str
) -> None:
    tier = tier_named(workspace, "Low value")
    plan = RoutingPlan.objects.create(
        workspace=workspace, number=1, status=status, created_at=MONDAY_NOON
    )
    pool = Pool.objects.of(workspace).get()
    rule = RoutingRule.objects.create(plan=plan, position=0, name="Small ones", pool=pool)
    rule.tiers.add(tier)
    page = as_ana.post(page_of(tier, "delete"), {"post": "yes"}, follow=True)
    assert messages_of(page) == [
        "“Low value” stays: the routing rule “Small ones” asks for it. Change that one first."
    ]
    assert list(rule.tiers.all()) == [tier]


def test_a_tier_that_nothing_names_goes(as_ana: Client, workspace: Workspace) -> None:
    tier = tier_named(workspace, "Low value")
    as_ana.post(page_of(tier, "delete"), {"post": "yes"})
    assert not Tier.objects.filter(pk=tier.pk).exists()


def test_the_page_says_how_many_leads_each_tier_has(
    as_ana: Client, workspace: Workspace, offered: Lead
) -> None:
    Handoff.objects.filter(lead=offered).update(tier=tier_named(workspace, "High value"))
    [figures] = as_ana.get(TIERS).context["figures"]
    assert (figures.leads, figures.offers) == (1, 1)
    assert [(row.tier.name, row.now, row.offered, row.doubt) for row in figures.rows] == [
        ("High value", 1, 1, ""),
        ("Enterprise", 0, 0, ""),
        ("Mid value", 0, 0, ""),
        ("Low value", 0, 0, ""),
    ]


def test_a_workspace_without_tiers_may_start_with_the_usual_ones_once(
    as_ana: Client, workspace: Workspace
) -> None:
    Tier.objects.all().delete()
    assert "has no tiers" in as_ana.get(TIERS).content.decode()
    for _ in range(2):
        assert as_ana.post(f"{TIERS}starter/northwind/").status_code == 302
    assert Tier.objects.of(workspace).count() == 4


def test_nobody_starts_tiers_of_another_workspace(
    as_ana: Client, workspace: Workspace, cleo: User
) -> None:
    assert as_ana.post(f"{TIERS}starter/elsewhere/").status_code == 404
    assert Tier.objects.of(cleo.workspaces.get()).count() == 0
