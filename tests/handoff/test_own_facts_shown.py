"""Facts of the workspace's own where they are read: the lead's page, merges, exports."""

import csv
import io
from typing import Any

import openpyxl
import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Workspace
from leadqual.custom_fields import Kind, Of
from leadqual.models import Lead
from leadqual.shown_facts import ShownFact, shown_facts
from tests.builders import make_company, make_custom_field, make_lead
from tests.handoff.import_files import bring_in, counts
from tests.handoff.import_uploads import words
from tests.handoff.pages import LEADS, lead_url


@pytest.fixture(autouse=True)
def fields(workspace: Workspace) -> None:
    make_custom_field(workspace, key="plan", label="Plan", position=2)
    make_custom_field(workspace, key="budget", label="Budget in EUR", kind=Kind.NUMBER, position=1)
    make_custom_field(workspace, key="fleet", label="Own fleet", kind=Kind.BOOL, of="company")


def test_typed_facts_come_first_in_their_order_with_their_labels(workspace: Workspace) -> None:
    said = {"zeta": [1, "a"], "a_loose_one": True, "plan": "Team", "budget": 12500, "blank": ""}
    assert shown_facts(workspace, Of.LEAD, {**said, "null": None}) == [
        ShownFact("budget", "Budget in EUR", "12,500"),
        ShownFact("plan", "Plan", "Team"),
        ShownFact("a_loose_one", "a loose one", "Yes"),
        ShownFact("zeta", "zeta", '[1, "a"]'),
    ]
    misfit = shown_facts(workspace, Of.LEAD, {"budget": "12k"})
    assert misfit == [ShownFact("budget", "Budget in EUR", "12k", fits=False)]
    assert str(misfit[0]) == "12k (does not fit)"


def test_the_page_of_a_lead_shows_them_in_words(as_ben: Client, workspace: Workspace) -> None:
    company = make_company(workspace, name="Acme", attributes={"fleet": False})
    lead = make_lead(workspace, company=company, attributes={"budget": "12k", "plan": "<Team>"})
    page = as_ben.get(lead_url(lead))
    said = words(page)
    assert "Further facts Budget in EUR 12k does not fit Plan &lt;Team&gt;" in said
    assert "Own fleet No" in said
    assert "Budget in EUR" in words(as_ben.get(lead_url(lead, "panels/facts/")))


def test_a_lead_without_further_facts_has_no_empty_card(
    as_ben: Client, workspace: Workspace
) -> None:
    assert "Further facts" not in words(as_ben.get(lead_url(make_lead(workspace))))


def test_a_merge_is_shown_with_labels_and_words(as_ana: Client, workspace: Workspace) -> None:
    survivor = make_lead(workspace, attributes={"budget": "12k", "plan": "Free", "x_y": 1})
    absorbed = make_lead(workspace, attributes={"budget": 15000, "fleet": "not a lead's"})
    page = as_ana.get(f"{lead_url(survivor, 'merge/')}{absorbed.pk}/")
    shown = [
        (line.name, line.survivor, line.absorbed, line.result) for line in page.context["lines"]
    ]
    assert shown[-4:] == [
        ("Budget in EUR", "12k (does not fit)", "15,000", "12k (does not fit)"),
        ("Plan", "Free", "", "Free"),
        ("fleet", "", "not a lead's", "not a lead's"),
        ("x y", "1", "", "1"),
    ]


def exported(answer: Any) -> list[dict[str, str]]:
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def test_exports_have_a_column_for_each(as_ana: Client, workspace: Workspace) -> None:
    make_custom_field(workspace, key="evil", label="=cmd()", position=9)
    company = make_company(workspace, attributes={"fleet": True})
    make_lead(workspace, company=company, attributes={"budget": 12500.5, "evil": "=cmd()"})
    make_lead(workspace, attributes={"budget": "12k"}, captured_at=timezone.now())
    newest, first = exported(as_ana.get(f"{LEADS}export.csv"))
    names = ["Company: Own fleet", "Budget in EUR", "Plan", "'=cmd()"]
    assert list(first)[-4:] == names
    assert [first[name] for name in names] == ["yes", "12500.5", "", "'=cmd()"]
    assert [newest[name] for name in names] == ["", "12k", "", ""]
    sheet = openpyxl.load_workbook(io.BytesIO(as_ana.get(f"{LEADS}export.xlsx").content)).active
    assert sheet is not None
    last = list(sheet.iter_rows(values_only=True))[-1]
    assert last[-3] == "12500.5"


def test_what_is_exported_comes_back_unchanged(
    as_ana: Client, workspace: Workspace, tmp_path: Any
) -> None:
    company = make_company(workspace, name="Acme", attributes={"fleet": False})
    attributes = {"budget": 12500.5, "plan": "Team"}
    make_lead(workspace, external_id="L1", company=company, attributes=attributes)
    path = tmp_path / "leads.csv"
    path.write_bytes(b"".join(as_ana.get(f"{LEADS}export.csv").streaming_content))  # type: ignore[attr-defined]
    whole = """
    [lead]
    external_id = "external_id"
    [company]
    name = "company"
    [company.attributes]
    fleet = "Company: Own fleet"
    [attributes]
    budget = "Budget in EUR"
    plan = "Plan"
    """
    assert counts(bring_in(workspace, path, whole=whole)) == (0, 0, 1, 0)
    assert Lead.objects.get().attributes == attributes
