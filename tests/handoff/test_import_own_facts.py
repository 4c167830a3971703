"""Typed facts of the workspace's own in files: offered by label, checked, stored as their type."""

from datetime import datetime
from pathlib import Path

import pytest
from django.test import Client

from accounts.models import User, Workspace
from handoff.imports.targets import guess
from leadqual.custom_fields import Kind, custom_fields
from leadqual.models import Lead
from tests.builders import make_custom_field, make_lead
from tests.handoff.import_files import bring_in, counts, write_csv, write_xlsx
from tests.handoff.import_uploads import at, carried_on, sent, words

COLUMNS = ("id", "budget", "plan", "fleet", "loose")
MAP = """
decimal = ","
[lead]
external_id = "id"
[company]
name = { constant = "Acme" }
[company.attributes]
fleet = "fleet"
[attributes]
budget = { column = "budget", type = "text" }
plan = { column = "plan", values = { gratis = "Free" } }
loose = "loose"
"""


@pytest.fixture(autouse=True)
def fields(workspace: Workspace) -> None:
    make_custom_field(workspace, key="budget", label="Budget in EUR", kind=Kind.NUMBER)
    make_custom_field(
        workspace, key="plan", label="Plan", kind=Kind.CHOICE, choices=["Free", "Team"]
    )
    make_custom_field(workspace, key="fleet", label="Own fleet", kind=Kind.BOOL, of="company")
    make_custom_field(workspace, key="ends", label="Contract ends", kind=Kind.DATE)


def test_a_header_means_the_built_in_fact_before_one_of_the_workspace_s_own(
    workspace: Workspace,
) -> None:
    make_custom_field(workspace, key="email", label="First name")
    found = [guess(header, custom_fields(workspace)) for header in ("E-Mail", "First name", "PLAN")]
    assert found == ["lead.email", "lead.first_name", "attributes.plan"]


def attributes(external_id: str) -> tuple[object, object]:
    lead = Lead.objects.select_related("company").get(external_id=external_id)
    return lead.attributes, lead.company.attributes if lead.company else None


def test_cells_become_what_their_field_asks_for(workspace: Workspace, tmp_path: Path) -> None:
    path = write_csv(
        tmp_path / "a.csv",
        COLUMNS,
        ("L1", "12.500,50 €", "gratis", "x", "12k"),
        ("L2", "", "TEAM", "", ""),
    )
    assert counts(bring_in(workspace, path, whole=MAP)) == (2, 0, 0, 0)
    assert attributes("L1") == (
        {"budget": 12500.5, "plan": "Free", "loose": "12k"},
        {"fleet": True},
    )
    assert attributes("L2") == ({"plan": "Team"}, {"fleet": True})
    assert counts(bring_in(workspace, path, whole=MAP)) == (0, 0, 2, 0)


def test_a_spreadsheet_s_own_numbers_are_rounded_as_it_shows_them(
    workspace: Workspace, tmp_path: Path
) -> None:
    path = write_xlsx(tmp_path / "a.xlsx", COLUMNS, ("L1", 0.1 + 0.2, "Free", True, 4711))
    bring_in(workspace, path, whole=MAP)
    assert attributes("L1") == ({"budget": 0.3, "plan": "Free", "loose": 4711}, {"fleet": True})


DATES = """
zone = "America/New_York"
date_formats = ["%d.%m.%Y"]
[lead]
external_id = "id"
[attributes]
ends = "ends"
"""


def test_dates_are_read_as_the_file_writes_them(workspace: Workspace, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", ("id", "ends"), ("L1", "31.12.2026"), ("L2", "2026-12-31"))
    run = bring_in(workspace, path, whole=DATES)
    assert counts(run) == (1, 0, 0, 1)
    assert attributes("L1")[0] == {"ends": "2026-12-31"}
    sheet = write_xlsx(tmp_path / "a.xlsx", ("id", "ends"), ("L1", datetime(2027, 1, 31)))  # noqa: DTZ001
    bring_in(workspace, sheet, whole=DATES)
    assert attributes("L1")[0] == {"ends": "2027-01-31"}


def test_a_row_with_a_cell_that_does_not_fit_is_refused_with_all_reasons(
    workspace: Workspace, tmp_path: Path
) -> None:
    path = write_csv(
        tmp_path / "a.csv",
        COLUMNS,
        ("L1", "a lot", "Pro", "perhaps", ""),
        ("L2", "5", "Free", "no", ""),
    )
    outcome = bring_in(workspace, path, whole=MAP)
    assert counts(outcome) == (1, 0, 0, 1)
    assert sorted(outcome.refusals[0].why.split("; ")) == [
        "budget: “a lot” is no number",
        "fleet: “perhaps” is neither yes nor no",
        "plan: “Pro” is none of the choices: Free, Team",
    ]


def test_a_corrected_value_is_written_even_where_python_calls_both_equal(
    workspace: Workspace, tmp_path: Path
) -> None:
    lead = make_lead(workspace, external_id="L1")
    bring_in(workspace, write_csv(tmp_path / "a.csv", COLUMNS, ("L1", "", "", "", "")), whole=MAP)
    lead.refresh_from_db()
    assert lead.company is not None
    lead.company.attributes = {"fleet": 1}
    lead.company.save()
    path = write_csv(tmp_path / "b.csv", COLUMNS, ("L1", "", "", "yes", ""))
    assert counts(bring_in(workspace, path, whole=MAP)) == (0, 1, 0, 0)
    lead.company.refresh_from_db()
    assert lead.company.attributes["fleet"] is True


@pytest.mark.usefixtures("own_media")
def test_columns_are_offered_by_label_and_recognised(as_ana: Client, ana: User) -> None:
    """By what the header says: a label, a key, or the label after “Company:”, as exported."""
    content = b"lead id,Budget in EUR,plan,Company: Own fleet,Colour\nL1,12500,team,no,red\n"
    run = sent(as_ana, content)
    page = as_ana.get(at(run, "columns/"))
    form = page.context["form"]
    assert [form[f"column_{n}"].value() for n in range(5)] == [
        *("lead.external_id", "attributes.budget", "attributes.plan"),
        *("company.attributes.fleet", ""),
    ]
    offered = dict(form.fields["column_4"].choices)
    assert ("attributes.budget", "Budget in EUR") in offered["Lead"]
    assert ("company.attributes.fleet", "Company: Own fleet") in offered["Company"]
    said = {name: form[name].value() for name in form.fields}
    twice = as_ana.post(at(run, "columns/"), {**said, "column_4": "attributes.budget"})
    assert "“Budget in EUR” is mapped to Budget in EUR already." in words(twice)
    as_ana.post(at(run, "columns/"), {**said, "column_4": "company.name"})
    run = carried_on(run)
    assert run.preview[0]["attributes"] == {
        "Budget in EUR": "12,500",
        "Plan": "Team",
        "Company: Own fleet": "No",
    }


@pytest.mark.usefixtures("own_media")
def test_a_column_of_ones_own_with_the_key_of_a_field_is_that_field(
    as_ana: Client, workspace: Workspace
) -> None:
    run = sent(as_ana, b"lead id,E-mail,Budget\nL1,l1@acme.example,a lot\n")
    form = as_ana.get(at(run, "columns/")).context["form"]
    said = {name: form[name].value() for name in form.fields}
    as_ana.post(at(run, "columns/"), {**said, "column_2": "attributes."})
    run = carried_on(run)
    assert [refusal["why"] for refusal in run.refusals] == ["Budget: “a lot” is no number"]
