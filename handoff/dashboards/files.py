"""A dashboard as a file: every table of the page as it is shown, numbers as numbers.

A share has columns of its own for what it counts and what it is of; seconds are seconds, shares
are percent in CSV and fractions shown as percent in XLSX. What is text stays text: no spreadsheet
computes it.
"""

import csv
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO, StringIO
from typing import Any, Final

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font

from handoff.dashboards.file_rows import Row, Value, Whole, about, all_rows, part_rows, tidy
from handoff.dashboards.panel import Asked, Kind, Page, Panel, Part
from handoff.lead_exports import harmless

_FORMATS: Final[Mapping[Kind, str]] = {
    "count": "#,##0",
    "percent": "0.0%",
    "seconds": "#,##0",
    "money": "#,##0.00",
    "number": "#,##0.0",
    "date": "yyyy-mm-dd",
    "text": "@",
}


def as_csv(page: Page, asked: Asked, whole: Whole) -> bytes:
    return _csv(all_rows(page, asked, whole))


def _csv(rows: Iterable[Row]) -> bytes:
    file = StringIO(newline="")
    writer = csv.writer(file)
    for row in rows:
        writer.writerow([_in_csv(value) for value in row])
    return file.getvalue().encode("utf-8-sig")  # or Excel does not take it for UTF-8


def _in_csv(one: Value) -> Any:
    value = tidy(one)
    if isinstance(value, date):
        return value.isoformat()
    if one.kind == "percent" and isinstance(value, int | float | Decimal):
        return round(100 * float(value), 2)
    return harmless(value)


def as_xlsx(page: Page, asked: Asked, whole: Whole) -> bytes:
    """A sheet for what the page is about, and one for each of its panels."""
    sheets = {"About": list(about(page, asked))}
    for part, panel in whole:
        rows = list(part_rows(part, panel, asked.workspace.currency))
        sheets[_free_name(part.title, sheets)] = rows
    return _xlsx(sheets)


def panel_as(form: str, title: str, panel: Panel, *, now: datetime) -> bytes:
    """A panel that is of no single workspace, and has no money; `form` is a key of FORMS."""
    head = [[Value("As of"), Value(f"{now.astimezone(UTC):%Y-%m-%d %H:%M:%S} (UTC)")]]
    rows = [*head, *part_rows(Part(title, lambda asked: panel), panel, "")]
    return _csv(rows) if form == "csv" else _xlsx({title: rows})


def _xlsx(sheets: Mapping[str, Sequence[Row]]) -> bytes:
    book = Workbook(write_only=True)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for letter, width in _widths(rows).items():
            sheet.column_dimensions[letter].width = width
        for row in rows:
            sheet.append([_in_xlsx(sheet, value) for value in row])
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def _free_name(title: str, taken: Mapping[str, Any]) -> str:
    """Names of sheets have 31 characters at most, and none of some."""
    name = "".join("-" if letter in "[]:*?/\\" else letter for letter in title)[:31].strip("'")
    number = 2
    while name.casefold() in {one.casefold() for one in taken}:
        name = f"{name[:27]} {number}"
        number += 1
    return name


def _widths(rows: Sequence[Row]) -> dict[str, int]:
    """Wide enough for the cells, but for sentences, which stand alone in their row."""
    widths: dict[str, int] = {}
    for row in rows:
        for place, value in enumerate(row if len(row) > 1 else []):
            letter = chr(ord("A") + place) if place < 26 else f"A{chr(ord('A') + place - 26)}"
            widths[letter] = max(widths.get(letter, 10), min(len(str(value.value or "")) + 2, 42))
    return widths


def _in_xlsx(sheet: Any, one: Value) -> Any:
    value = tidy(one)
    if isinstance(value, str):
        value = harmless(ILLEGAL_CHARACTERS_RE.sub("", value))
    cell = WriteOnlyCell(sheet, value=value)
    if isinstance(value, str):
        cell.data_type = "s"
    else:
        cell.number_format = _FORMATS[one.kind]
    if one.is_head:
        cell.font = Font(bold=True)
        cell.alignment = Alignment(vertical="top")
    return cell


Form = Callable[[Page, Asked, Whole], bytes]
FORMS: Final[Mapping[str, Form]] = {"csv": as_csv, "xlsx": as_xlsx}
CONTENT_TYPES: Final = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
