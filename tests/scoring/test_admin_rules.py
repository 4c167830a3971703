"""Editing the rules of a draft: what is refused stands at its field, in the words of the user."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User, Workspace
from leadqual.models import Source
from scoring.models import ModelVersion
from scoring.publishing import open_draft
from scoring.starter import install_starter_model
from tests.admin_pages import Fields, add_row, errors_of, fields_of, messages_of, row_number
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
    rule = {"name": "New rule", "signal": fields["intentrules-0-signal"], "points": "5"}
    return add_row(fields, "intentrules", **{**rule, **values})


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
            "Ensure this value is less than or equal to 100.",
        ),
        (
            {"name": "Generic email domain (Gmail / Yahoo)"},
            "name",
            "There is already another attribute rule with this name.",
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
            {"at_least": "3", "cap": "20"},
            "cap",
            "Points that are given once take no upper limit.",
        ),
        (
            {"at_least": "3", "half_life_days": "14"},
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
        "together at most 40; 30 from ads"
    ) in page


def test_a_fact_of_ones_own_may_be_typed_or_chosen(
    as_ana: Client, path: str, fields: Fields, draft: ModelVersion, workspace: Workspace
) -> None:
    make_lead(workspace, attributes={"budget": 5000})
    assert "Your own facts" in as_ana.get(path).content.decode()
    own = {"field": "attributes.shoe size", "operator": "at_least", "value_text": "42"}
    assert as_ana.post(path, with_rule(fields, **own)).status_code == 302
    assert draft.attributerules.get(name="New rule").field == "attributes.shoe size"


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


@pytest.mark.parametrize(
    ("values", "field", "told"),
    [
        ({"fit_at_least": ""}, "total_at_least", "Fill in at least one of the three."),
        (
            {"fit_at_least": "36"},
            "fit_at_least",
            "No lead can reach this: fit end at 35 points here.",
        ),
        (
            {"total_at_least": "151"},
            "total_at_least",
            "No lead can reach this: fit and intent together end at 135 points here.",
        ),
    ],
)
def test_a_way_to_qualify_that_asks_nothing_or_too_much_is_refused(
    as_ana: Client, path: str, fields: Fields, values: dict[str, str], field: str, told: str
) -> None:
    way = {"purpose": "mql", "fit_at_least": "", "intent_at_least": "", "total_at_least": ""}
    number = fields["qualificationrules-TOTAL_FORMS"]
    page = as_ana.post(path, add_row(fields, "qualificationrules", **{**way, **values}))
    assert errors_of(page)[f"qualificationrules-{number}-{field}"] == [told]


def test_thresholds_are_held_against_the_rules_in_the_same_form(
    as_ana: Client, path: str, fields: Fields
) -> None:
    way = {"purpose": "mql", "fit_at_least": "40", "intent_at_least": "", "total_at_least": ""}
    fields = with_rule(add_row(fields, "qualificationrules", **way), points="10")
    assert as_ana.post(path, fields).status_code == 302


def test_a_model_without_an_mql_definition_is_refused(
    as_ana: Client, path: str, fields: Fields
) -> None:
    number = row_number(fields, "qualificationrules", "purpose", "mql")
    page = as_ana.post(path, {**fields, f"qualificationrules-{number}-DELETE": "on"})
    assert errors_of(page)["qualificationrules"] == [
        "Without an MQL definition no lead qualifies: add one."
    ]


def test_bands_may_not_overlap_and_begin_at_0(as_ana: Client, path: str, fields: Fields) -> None:
    number = fields["bands-TOTAL_FORMS"]
    page = as_ana.post(path, add_row(fields, "bands", axis="fit", name="Solid", floor="15"))
    assert errors_of(page)[f"bands-{number}-floor"] == [
        "“Solid” and “Moderate” overlap: both begin here."
    ]
    lowest = row_number(fields, "bands", "name", "Weak")
    page = as_ana.post(path, {**fields, f"bands-{lowest}-floor": "5"})
    assert errors_of(page)[f"bands-{lowest}-floor"] == [
        "The lowest band begins at 0, so that every lead has one."
    ]


def test_the_matrix_follows_a_renamed_and_an_added_band(
    as_ana: Client, path: str, fields: Fields, draft: ModelVersion
) -> None:
    strong = row_number(fields, "bands", "name", "Strong")
    fields = {**fields, f"bands-{strong}-name": "Perfect"}
    fields = add_row(fields, "bands", axis="intent", name="Burning", floor="80")
    page = as_ana.post(path, fields, follow=True)
    assert "The grade matrix has 3 new cells: check them." in messages_of(page)
    grades = {(c.fit_band, c.intent_band): c.grade for c in draft.gradecells.all()}
    assert len(grades) == 12
    assert grades["Perfect", "High"] == "A"  # as Strong had it
    assert grades["Perfect", "Burning"] == "A"  # as the weaker neighbour, promoting nobody
    assert grades["Weak", "Burning"] == "C"


def test_the_matrix_drops_the_cells_of_a_removed_band(
    as_ana: Client, path: str, fields: Fields, draft: ModelVersion
) -> None:
    strong = row_number(fields, "bands", "name", "Strong")
    assert as_ana.post(path, {**fields, f"bands-{strong}-DELETE": "on"}).status_code == 302
    assert draft.gradecells.count() == 6
    assert not draft.gradecells.filter(fit_band="Strong").exists()


def test_a_grade_is_changed_in_the_matrix(
    as_ana: Client, path: str, fields: Fields, draft: ModelVersion
) -> None:
    cell = draft.gradecells.get(fit_band="Weak", intent_band="High")
    number = row_number(fields, "gradecells", "id", str(cell.pk))
    assert as_ana.post(path, {**fields, f"gradecells-{number}-grade": "B"}).status_code == 302
    cell.refresh_from_db()
    assert cell.grade == "B"


def test_the_facts_a_rep_needs_are_chosen_from_the_known_ones(
    as_ana: Client, path: str, fields: Fields, draft: ModelVersion
) -> None:
    chosen = {**fields, "required_facts": ["company.name", "challenge"]}
    assert as_ana.post(path, chosen).status_code == 302
    draft.refresh_from_db()
    assert draft.required_facts == ["company.name", "challenge"]
    page = as_ana.post(path, {**fields, "required_facts": ["shoe_size"]})
    assert errors_of(page)["required_facts"] == [
        "Select a valid choice. shoe_size is not one of the available choices."
    ]
