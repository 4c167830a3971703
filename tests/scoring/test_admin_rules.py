"""Editing the rules of a draft: what is refused stands at its field, in the words of the user."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User, Workspace
from leadqual.models import Source
from scoring.models import ModelVersion
from scoring.publishing import open_draft
from scoring.starter import install_starter_model
from tests.admin_pages import Fields, add_row, errors_of, fields_of, row_number
from tests.builders import MONDAY_NOON, make_lead


@pytest.fixture
def draft(workspace: Workspace, ana: User) -> ModelVersion:
    install_starter_model(workspace, by=ana, now=MONDAY_NOON)
    return open_draft(workspace=workspace, by=ana)


@pytest.fixture
def path(draft: ModelVersion) -> str:
    return reverse("admin:scoring_modelversion_change", args=[draft.pk])


@pytest.fixture
def fields(as_ana: Client, path: str) -> Fields:
    return fields_of(as_ana.get(path), "modelversion_form")


def with_rule(fields: Fields, **values: Any) -> Fields:
    rule = {
        "name": "New rule",
        "field": "job_title",
        "operator": "contains",
        "value_text": "head",
        "points": "5",
        "axis": "fit",
    }
    return add_row(fields, "attributerules", **{**rule, **values})


def with_intent_rule(fields: Fields, **values: Any) -> Fields:
    signal = fields["intentrules-0-signal"]
    rule = {"name": "New rule", "signal": signal, "points": "5", "shape": "each"}
    return add_row(fields, "intentrules", **{**rule, **values})


def test_a_source_that_is_not_here_is_refused_and_one_that_is_may_be_typed_in_any_case(
    as_ana: Client, path: str, fields: Fields, workspace: Workspace
) -> None:
    Source.objects.of(workspace).exclude(code="linkedin").delete()
    Source.objects.get_or_create(workspace=workspace, code="linkedin", name="LinkedIn")
    asked = {"field": "first_source", "operator": "in"}
    number = fields["attributerules-TOTAL_FORMS"]
    page = as_ana.post(path, with_rule(fields, **asked, value_text="linkedin, linkdin"))
    assert errors_of(page)[f"attributerules-{number}-value_text"] == [
        "“linkdin” is not the code of a source here. There are: linkedin."
    ]
    assert as_ana.post(path, with_rule(fields, **asked, value_text="LinkedIn")).status_code == 302


@pytest.mark.parametrize(
    ("values", "field", "told"),
    [
        (
            {"field": "shoe_size"},
            "field",
            "“shoe_size” is not a fact about a lead or its company. Custom facts are written "
            "attributes.<name> or company.attributes.<name>.",
        ),
        (
            {"operator": "between", "value_text": "1–2"},
            "operator",
            "“is between” cannot be asked of job title.",
        ),
        ({"operator": ""}, "operator", "Choose how the fact is compared."),
        (
            {"field": "company.employees", "operator": "between", "value_text": "lots"},
            "value_text",
            "Write a range of two numbers, such as 20–1000.",
        ),
        ({"value_text": ""}, "value_text", "Write what to compare with."),
        ({"points": "0"}, "points", "A rule gives or takes points: 0 changes nothing."),
        (
            {"points": "101"},
            "points",
            "Write a whole number from −100 to 100.",
        ),
        (
            {"name": "generic email DOMAIN (Gmail / Yahoo)"},
            "name",
            "There is already another rule under “Who they are” with this name.",
        ),
        (
            {"field": "company.employees", "operator": "at_least", "value_text": "9" * 28},
            "value_text",
            f"“{'9' * 28}” has too many digits: 15 fit before the point.",
        ),
        (
            {"field": "attributes.budget", "operator": "at_least", "value_text": "20.000"},
            "value_text",
            "“20.000” could be two numbers: write 20000 or 20.",
        ),
    ],
)
def test_a_rule_about_facts_is_refused_where_it_was_typed(
    as_ana: Client, path: str, fields: Fields, values: dict[str, str], field: str, told: str
) -> None:
    number = fields["attributerules-TOTAL_FORMS"]
    errors = errors_of(as_ana.post(path, with_rule(fields, **values)))
    assert errors[f"attributerules-{number}-{field}"] == [told]


@pytest.mark.parametrize(
    ("values", "field", "told"),
    [
        (
            {"points": "20", "cap": "15"},
            "cap",
            "This is below a single hit (20 points): raise it.",
        ),
        (
            {"points": "5", "cap": "15", "source_text": "northwind-ads: 30"},
            "cap",
            "This is below a single hit (30 points): raise it.",
        ),
        (
            {"shape": "times", "at_least": "3", "cap": "20"},
            "cap",
            "Points that are given once take no upper limit.",
        ),
        (
            {"shape": "times", "at_least": "3", "half_life_days": "14"},
            "half_life_days",
            "Points that are given once take no half-life.",
        ),
        (
            {"source_text": "nowhere: 3"},
            "source_text",
            "“nowhere” is not the code of a source here.",
        ),
        (
            {"source_text": "northwind-ads"},
            "source_text",
            "Write a source's code and points: linkedin: 30.",
        ),
        (
            {"source_text": "northwind-ads: 900"},
            "source_text",
            "Points go from −100 to 100: “northwind-ads: 900” is beyond that.",
        ),
        (
            {"source_text": "northwind-ads: 5, northwind-ads: 9"},
            "source_text",
            "“northwind-ads” is there twice: which points are meant?",
        ),
        (
            {"half_life_days": "-3"},
            "half_life_days",
            "Write a whole number from 1 to 32,767.",
        ),
        (
            {"decay_text": "7: 50, 40: 0", "window_days": "30"},
            "decay_text",
            "The window of 30 days ends before the step from day 40 on begins: widen it or take "
            "the step away.",
        ),
        (
            {"decay_text": "7: 150"},
            "decay_text",
            "The percent that still count must be below 100: 7: 50 counts half from day 7 on.",
        ),
        ({"points": "0"}, "points", "A rule gives or takes points: 0 changes nothing."),
    ],
)
def test_a_rule_about_events_is_refused_where_it_was_typed(
    as_ana: Client,
    path: str,
    fields: Fields,
    workspace: Workspace,
    values: dict[str, str],
    field: str,
    told: str,
) -> None:
    Source.objects.create(workspace=workspace, code="northwind-ads", name="Ads")
    number = fields["intentrules-TOTAL_FORMS"]
    errors = errors_of(as_ana.post(path, with_intent_rule(fields, **values)))
    assert errors[f"intentrules-{number}-{field}"] == [told]


def test_a_source_of_another_workspace_gets_no_points(
    as_ana: Client, path: str, fields: Fields, cleo: User
) -> None:
    Source.objects.create(workspace=cleo.workspaces.get(), code="theirs", name="Theirs")
    number = fields["intentrules-TOTAL_FORMS"]
    errors = errors_of(as_ana.post(path, with_intent_rule(fields, source_text="theirs: 5")))
    assert errors[f"intentrules-{number}-source_text"] == [
        "“theirs” is not the code of a source here."
    ]


def test_a_rule_is_stored_as_typed_and_read_back_in_words(
    as_ana: Client, path: str, fields: Fields, draft: ModelVersion, workspace: Workspace
) -> None:
    Source.objects.create(workspace=workspace, code="ads", name="Ads")
    fields = with_rule(fields, field="company.employees", operator="between", value_text="20 to 99")
    fields = with_intent_rule(
        fields, points="10", window_days="30", half_life_days="14", cap="40", source_text="ads: 30"
    )
    assert as_ana.post(path, fields).status_code == 302
    assert draft.attributerules.get(name="New rule").value == [20, 99]
    assert draft.intentrules.get(name="New rule").source_points == {"ads": 30}
    page = as_ana.get(path).content.decode()
    assert "5 points when company size (employees) is between 20 and 99" in page
    assert (
        "10 points for each “Visited pricing page” in the last 30 days, halved every 14 days, "
        "together at most 40; 30 from Ads"
    ) in page


def test_a_fact_of_ones_own_may_be_typed_or_chosen(
    as_ana: Client, path: str, fields: Fields, draft: ModelVersion, workspace: Workspace
) -> None:
    make_lead(workspace, attributes={"budget": 5000})
    assert "Your own facts" in as_ana.get(path).content.decode()
    own = {"field": "attributes.shoe size", "operator": "at_least", "value_text": "42"}
    assert as_ana.post(path, with_rule(fields, **own)).status_code == 302
    assert draft.attributerules.get(name="New rule").field == "attributes.shoe size"


def test_a_fact_that_no_lead_has_is_doubted_when_it_is_saved(
    as_ana: Client, path: str, fields: Fields, workspace: Workspace
) -> None:
    make_lead(workspace, attributes={"budget": 5000})
    own = {"field": "attributes.budgett", "operator": "at_least", "value_text": "42"}
    page: Any = as_ana.post(path, with_rule(fields, **own), follow=True)
    assert (
        "None of the newest leads here says “budgett” (attributes.budgett): is it spelt so? "
        "There is “budget” (attributes.budget)."
    ) in map(str, page.context["messages"])


def test_no_more_points_wake_a_lead_than_intent_can_have(
    as_ana: Client, path: str, fields: Fields
) -> None:
    errors = errors_of(as_ana.post(path, {**fields, "wake_points": "500"}))
    assert errors["wake_points"] == ["Write a whole number from 1 to 100."]


def test_facts_of_other_workspaces_are_not_offered(as_ana: Client, path: str, cleo: User) -> None:
    make_lead(cleo.workspaces.get(), attributes={"their_secret": 1})
    assert "their_secret" not in as_ana.get(path).content.decode()


def test_what_was_typed_is_still_there_after_a_refusal(
    as_ana: Client, path: str, fields: Fields
) -> None:
    own = {"field": "attributes.budget", "operator": "at_least", "value_text": "lots"}
    again = fields_of(as_ana.post(path, with_rule(fields, **own)), "modelversion_form")
    number = row_number(again, "attributerules", "name", "New rule")
    assert again[f"attributerules-{number}-field"] == "attributes.budget"
    assert again[f"attributerules-{number}-value_text"] == "lots"


def test_the_whole_profile_needs_no_comparison(
    as_ana: Client, path: str, fields: Fields, draft: ModelVersion
) -> None:
    rule = with_rule(fields, field="icp", operator="", value_text="")
    assert as_ana.post(path, rule).status_code == 302
    assert draft.attributerules.get(name="New rule").value == []


def test_a_rule_is_removed(as_ana: Client, path: str, fields: Fields, draft: ModelVersion) -> None:
    number = row_number(fields, "attributerules", "points", "-10")
    gone = {**fields, f"attributerules-{number}-DELETE": "on"}
    assert as_ana.post(path, gone).status_code == 302
    assert not draft.attributerules.filter(points=-10).exists()


def test_the_draft_asks_as_little_with_many_rules_as_with_few(
    as_ana: Client, path: str, fields: Fields, draft: ModelVersion
) -> None:
    as_ana.get(path)
    with CaptureQueriesContext(connection) as few:
        as_ana.get(path)
    for number in range(3):
        fields = with_rule(fields, name=f"Rule {number}")
        fields = with_intent_rule(fields, name=f"Rule {number}")
    assert as_ana.post(path, fields).status_code == 302
    as_ana.get(path)  # the message of the save is told once
    with CaptureQueriesContext(connection) as many:
        as_ana.get(path)
    assert len(many) == len(few)
