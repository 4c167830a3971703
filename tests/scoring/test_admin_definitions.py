"""Thresholds, bands and the grade matrix of a draft: nothing out of reach, nothing left out."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User, Workspace
from scoring.models import ModelVersion
from scoring.publishing import open_draft
from scoring.starter import install_starter_model
from tests.admin_pages import Fields, add_row, errors_of, fields_of, messages_of, row_number
from tests.builders import MONDAY_NOON


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


@pytest.mark.parametrize(
    ("values", "field", "told"),
    [
        (
            {"fit_at_least": ""},
            "total_at_least",
            "Ask for a band or for points: fill in at least one.",
        ),
        (
            {"fit_at_least": "36"},
            "fit_at_least",
            "No lead can reach a fit of 36: the rules give at most 35.",
        ),
        (
            {"total_at_least": "151"},
            "total_at_least",
            "No lead can reach a total of 151: the rules give at most 135.",
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
    fields = add_row(fields, "qualificationrules", **way)
    assert as_ana.post(path, fields).status_code == 200
    rule = {"name": "More", "field": "job_title", "operator": "contains", "value_text": "head"}
    fields = add_row(fields, "attributerules", **rule, points="10", axis="fit")
    assert as_ana.post(path, fields).status_code == 302


def test_a_model_without_an_mql_definition_is_refused(
    as_ana: Client, path: str, fields: Fields
) -> None:
    number = row_number(fields, "qualificationrules", "purpose", "mql")
    page = as_ana.post(path, {**fields, f"qualificationrules-{number}-DELETE": "on"})
    assert errors_of(page)["qualificationrules"] == [
        "Say what an MQL is: without an MQL definition no lead ever becomes one."
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
