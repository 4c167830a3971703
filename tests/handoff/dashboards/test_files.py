"""Dashboards as files: what is shown, numbers as numbers, and nothing that a program computes."""

import csv
from datetime import UTC, date, datetime
from io import BytesIO, StringIO
from typing import Any

import openpyxl
import pytest
from django.test import Client

from accounts.models import Workspace
from handoff.dashboards.counted import whole
from handoff.dashboards.files import FORMS
from handoff.dashboards.pages import PAGES
from handoff.dashboards.panel import (
    Asked,
    Cell,
    Column,
    Headline,
    Page,
    Panel,
    Part,
    Table,
    share,
)
from handoff.metrics.scope import Scope
from tests.builders import make_source
from tests.handoff.dashboards.test_pages import make_mql

ROOT = "/w/northwind/dashboards/"
COLUMNS = (
    Column("Source"),
    Column("MQLs", "count"),
    Column("Won", "percent"),
    Column("Median", "seconds"),
    Column("Amount", "money"),
    Column("First", "date"),
)
ROW = (
    Cell("=cmd|' /C calc'!A0"),
    Cell(1200, url="/somewhere/"),
    share(1, 8, note="few"),
    Cell(5400.4),
    Cell(None),
    Cell(date(2026, 3, 2)),
)
PANEL = Panel(
    "What is counted.",
    headlines=(Headline("Rate", share(3, 4), "percent", before=share(1, 4)),),
    tables=(Table("By source: all", COLUMNS, (ROW,), note="A note."),),
    notes=("+1 more",),
)
PAGE = Page(
    "some",
    "Some",
    "filter",
    "Says.",
    {"one": Part("One / two", lambda _: PANEL), "again": Part("One - two", lambda _: PANEL)},
)


def made(form: str, workspace: Workspace) -> bytes:
    asked = Asked(Scope(workspace), datetime(2026, 3, 2, 11, tzinfo=UTC))
    return FORMS[form](PAGE, asked, whole(PAGE, asked))


def rows_of(file: bytes) -> list[list[str]]:
    return list(csv.reader(StringIO(file.decode("utf-8-sig"))))


def test_csv_has_every_table_with_units_and_what_shares_are_of(workspace: Workspace) -> None:
    rows = rows_of(made("csv", workspace))
    head = rows.index(["By source: all"]) + 1
    assert rows[head] == [
        *("Source", "MQLs", "Won (%)", "Won: counts", "Won: of", "Won: note"),
        *("Median (seconds)", "Amount (EUR)", "First"),
    ]
    assert rows[head + 1] == [
        *("'=cmd|' /C calc'!A0", "1200", "12.5", "1", "8", "few", "5400", "", "2026-03-02"),
    ]
    assert rows[head + 2 : head + 4] == [["A note."], ["'+1 more"]]
    assert ["Rate", "75.0", "%", "3", "4", "", "25.0", "1", "4"] in rows
    assert ["As of", "2026-03-02 12:00:00 (Europe/Berlin)"] in rows


def test_xlsx_has_a_sheet_for_each_panel_with_real_numbers_and_dates(workspace: Workspace) -> None:
    book = openpyxl.load_workbook(BytesIO(made("xlsx", workspace)))
    assert book.sheetnames == ["About", "One - two", "One - two 2"]
    cells: dict[Any, Any] = {c.value: c for row in book["One - two"].iter_rows() for c in row}
    formula = cells["'=cmd|' /C calc'!A0"]
    assert formula.data_type == "s"
    line = [cell.value for cell in book["One - two"][formula.row]]
    assert line == [
        *("'=cmd|' /C calc'!A0", 1200, 0.125, 1, 8, "few", 5400, None),
        datetime(2026, 3, 2),  # noqa: DTZ001 - a day of the sheet
    ]
    assert cells[0.125].number_format == "0.0%"
    assert cells[datetime(2026, 3, 2)].is_date  # noqa: DTZ001 - a day of the sheet
    assert not any(cell.data_type == "f" for cell in cells.values())


@pytest.mark.parametrize("key", PAGES)
def test_each_page_gives_the_tables_of_its_panels(
    as_ana: Client, workspace: Workspace, key: str
) -> None:
    make_mql(workspace, first_source=make_source(workspace, name="=1+1"))
    answer = as_ana.get(f"{ROOT}{key}.csv?first=&last=")
    assert answer["Content-Disposition"].startswith(f'attachment; filename="northwind-{key}-')
    said = [row[0] for row in rows_of(answer.content) if row]
    titles = [part.title for part in PAGES[key].parts.values()]
    assert list(dict.fromkeys(one for one in said if one in titles)) == titles
    book = openpyxl.load_workbook(BytesIO(as_ana.get(f"{ROOT}{key}.xlsx").content))
    assert len(book.sheetnames) == 1 + len(PAGES[key].parts)
    assert not any(
        cell.data_type == "f" for sheet in book for row in sheet.iter_rows() for cell in row
    )


def test_the_file_has_what_the_address_says(as_ana: Client, workspace: Workspace) -> None:
    fair = make_source(workspace, code="fair", name="Fair")
    make_mql(workspace, first_source=fair)
    make_mql(workspace)
    rows = rows_of(as_ana.get(f"{ROOT}funnel.csv?first=&last=&source={fair.pk}").content)
    assert ["Only", "Source: Fair"] in rows
    assert ["Period", "All time"] in rows
    assert next(row for row in rows if row[:1] == ["Became MQL"])[1] == "1"


def test_files_are_for_those_who_may_export(as_ben: Client, as_ana: Client) -> None:
    assert as_ben.get(f"{ROOT}funnel.csv").status_code == 403
    assert as_ana.get(f"{ROOT}funnel.pdf").status_code == 404


def test_reps_see_no_way_to_files(as_ben: Client, workspace: Workspace) -> None:
    make_mql(workspace)
    assert "funnel.csv" not in as_ben.get(f"{ROOT}funnel/").content.decode()


@pytest.mark.parametrize("part", PAGES["funnel"].parts)
def test_a_panel_takes_as_many_queries_for_three_leads_as_for_one(
    as_ana: Client, workspace: Workspace, part: str, django_assert_max_num_queries: Any
) -> None:
    address = f"{ROOT}funnel/panels/{part}/?by=rep&compare=before"
    make_mql(workspace)
    as_ana.get(address)  # counts what is due, and finds the pace of a year
    with django_assert_max_num_queries(30) as first:
        as_ana.get(address)
    queries = len(first)
    make_mql(workspace)
    make_mql(workspace)
    as_ana.get(address)
    with django_assert_max_num_queries(queries):
        as_ana.get(address)


def test_the_page_takes_as_many_queries_for_three_leads_as_for_one(
    as_ana: Client, workspace: Workspace, django_assert_max_num_queries: Any
) -> None:
    make_mql(workspace, first_source=make_source(workspace))
    as_ana.get(f"{ROOT}funnel/")
    with django_assert_max_num_queries(40) as first:
        as_ana.get(f"{ROOT}funnel/")
    queries = len(first)
    for _ in range(2):
        make_mql(workspace, first_source=make_source(workspace))
    as_ana.get(f"{ROOT}funnel/")
    with django_assert_max_num_queries(queries):
        as_ana.get(f"{ROOT}funnel/")
