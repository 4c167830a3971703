"""The list as a file: what is filtered, with scores, harmless to a spreadsheet."""

import csv
import io
from datetime import UTC, timedelta
from typing import Any

import openpyxl
import pytest
from django.http import StreamingHttpResponse
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User, Workspace
from handoff.lead_exports import OVERRIDE_COLUMNS
from scoring.overrides import override
from tests.builders import (
    make_lead,
    receive_hot_lead,
)
from tests.handoff.pages import (
    LEADS,
)


def rows_of(answer: Any) -> list[dict[str, str]]:
    assert isinstance(answer, StreamingHttpResponse)
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[arg-type]
    return list(csv.DictReader(io.StringIO(text)))


def test_what_is_filtered_is_exported_with_scores(as_ana: Client, workspace: Workspace) -> None:
    hot = receive_hot_lead(workspace, at=timezone.now())
    make_lead(workspace, first_name="Cold")
    [row] = rows_of(as_ana.get(f"{LEADS}export.csv?grade=A"))
    assert (row["email"], row["company"], row["first_source"]) == (
        *(hot.email, "Acme", "linkedin"),
    )
    assert (row["fit"], row["intent"], row["total"], row["grade"]) == ("35.0", "45.0", "80.0", "A")
    assert len(rows_of(as_ana.get(f"{LEADS}export.csv"))) == 2


def test_an_override_is_exported_with_who_gave_it_and_why(
    as_ana: Client, workspace: Workspace, mara: User
) -> None:
    now = timezone.now()
    lead = receive_hot_lead(workspace, at=now)
    ends = now + timedelta(days=5)
    override(lead, by=mara, fit=90, intent=None, reason="=Fair", expires_at=ends, now=now)
    [row] = rows_of(as_ana.get(f"{LEADS}export.csv"))
    assert [row[name] for name in OVERRIDE_COLUMNS] == [
        *("90.0", "", row["override_grade"], ends.astimezone(UTC).isoformat()),
        *("Mara Lindt", "'=Fair"),
    ]


def test_a_name_that_is_a_formula_is_harmless_in_both_files(
    as_ana: Client, workspace: Workspace
) -> None:
    for name in ("=cmd()", "+1", "-2", "@SUM(A1)"):
        make_lead(workspace, first_name=name, phone="+49 30 1")
    rows = rows_of(as_ana.get(f"{LEADS}export.csv?sort=newest"))
    sheet = openpyxl.load_workbook(io.BytesIO(as_ana.get(f"{LEADS}export.xlsx").content)).active
    assert sheet is not None
    header, *lines = sheet.iter_rows(values_only=True)
    column = header.index("first_name")
    assert {row["first_name"] for row in rows} == {"'=cmd()", "'+1", "'-2", "'@SUM(A1)"}
    assert {line[column] for line in lines} == {"'=cmd()", "'+1", "'-2", "'@SUM(A1)"}
    assert {row["phone"] for row in rows} == {"'+49 30 1"}


def test_a_spreadsheet_has_an_end_and_says_so(
    as_ana: Client, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("handoff.views.exports.XLSX_ROWS", 1)
    make_lead(workspace)
    make_lead(workspace)
    answer = as_ana.get(f"{LEADS}export.xlsx?stage=new", follow=True)
    assert answer.redirect_chain == [(f"{LEADS}?stage=new", 302)]
    assert "Narrow the filter, or take CSV." in answer.content.decode()


@pytest.mark.parametrize("leads", [1, 3])
def test_an_export_costs_the_same_whatever_its_length(
    as_ana: Client,
    workspace: Workspace,
    leads: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for _ in range(leads):
        receive_hot_lead(workspace, at=timezone.now())
    with django_assert_num_queries(9):
        assert len(rows_of(as_ana.get(f"{LEADS}export.csv"))) == leads


def test_only_who_may_export_exports(as_ben: Client, as_cleo: Client, workspace: Workspace) -> None:
    make_lead(workspace)
    assert as_ben.get(f"{LEADS}export.csv").status_code == 403
    assert "export.csv" not in as_ben.get(LEADS).content.decode()
    assert as_cleo.get(f"{LEADS}export.csv").status_code == 404
    assert as_cleo.get(LEADS).status_code == 404
