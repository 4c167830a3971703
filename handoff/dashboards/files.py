"""A dashboard as a file: every table of the page as it is shown, numbers as numbers.

A share has columns of its own for what it counts and what it is of; seconds are seconds, shares
are percent in CSV and fractions shown as percent in XLSX. What is text stays text: no spreadsheet
computes it.
"""

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from io import BytesIO, StringIO
from typing import Any, Final

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font

from handoff.dashboards.panel import Asked, Cell, Column, Headline, Kind, Page, Panel, Part, Table
from handoff.lead_exports import harmless
from handoff.metrics.words import filter_words, period_words

Whole = Sequence[tuple[Part, Panel]]
_FORMATS: Final[Mapping[Kind, str]] = {
    "count": "#,##0",
    "percent": "0.0%",
    "seconds": "#,##0",
    "money": "#,##0.00",
    "number": "#,##0.0",
    "date": "yyyy-mm-dd",
    "text": "@",
}


@dataclass(frozen=True)
class Value:
    """One cell of a file; `kind` says how it is written. `is_head`: in bold."""

    value: Any
    kind: Kind = "text"
    is_head: bool = False


Row = list[Value]


def _about(page: Page, asked: Asked) -> Iterator[Row]:
    zone = asked.workspace.zone
    yield [Value(page.title, is_head=True)]
    yield [Value("Workspace"), Value(asked.workspace.name)]
    yield [Value("Period"), Value(period_words(asked.scope.period) or "All time")]
    if asked.before:
        yield [Value("Compared with"), Value(period_words(asked.before.period))]
    for words in filter_words(asked.scope):
        yield [Value("Only"), Value(words)]
    yield [Value("As of"), Value(f"{asked.now.astimezone(zone):%Y-%m-%d %H:%M:%S} ({zone})")]
    yield []


def _part(part: Part, panel: Panel, currency: str) -> Iterator[Row]:
    """Blank lines between the tables; what a panel without anything says instead of them."""
    yield [Value(part.title, is_head=True)]
    yield [Value(panel.counts)]
    if panel.empty:
        yield [Value(". ".join(panel.empty))]
    if panel.headlines:
        yield []
        yield from _headlines(panel.headlines, currency)
    for table in panel.tables:
        yield []
        yield from _table(table, currency)
    for note in panel.notes:
        yield [Value(note)]
    yield []


def _headlines(headlines: Sequence[Headline], currency: str) -> Iterator[Row]:
    heads = ("Figure", "Value", "Unit", "Counts", "Of", "Note", "Before", "Before, of")
    yield [Value(head, is_head=True) for head in heads]
    for one in headlines:
        cell, before = one.cell, one.before
        yield [
            Value(one.label),
            Value(cell.value, one.kind),
            Value(_unit(one.kind, currency)),
            Value(cell.hits, "count"),
            Value(cell.of, "count"),
            Value(" ".join(filter(None, (cell.note, one.says)))),
            Value(before.value if before else None, one.kind),
            Value(before.of if before else None, "count"),
        ]


def _table(table: Table, currency: str) -> Iterator[Row]:
    yield [Value(table.caption, is_head=True)]
    columns = [_Wide.of(table, place, currency) for place in range(len(table.columns))]
    yield [Value(head, is_head=True) for column in columns for head in column.heads]
    for row in table.rows:
        yield [
            value
            for column, cell in zip(columns, row, strict=True)
            for value in column.of_cell(cell)
        ]
    if table.note:
        yield [Value(table.note)]


@dataclass(frozen=True)
class _Wide:
    """A column of a table as those of a file: the value, what it counts and is of, its note."""

    column: Column
    unit: str
    has_of: bool
    has_note: bool

    @classmethod
    def of(cls, table: Table, place: int, currency: str) -> "_Wide":
        column, cells = table.columns[place], [row[place] for row in table.rows]
        return cls(
            column,
            _unit(column.kind, currency),
            any(cell.of is not None for cell in cells),
            any(cell.note for cell in cells),
        )

    @property
    def heads(self) -> list[str]:
        label = self.column.label
        heads = [f"{label} ({self.unit})" if self.unit else label]
        heads += [f"{label}: counts", f"{label}: of"] if self.has_of else []
        return heads + ([f"{label}: note"] if self.has_note else [])

    def of_cell(self, cell: Cell) -> Row:
        values = [Value(cell.value, self.column.kind)]
        if self.has_of:
            values += [Value(cell.hits, "count"), Value(cell.of, "count")]
        return values + ([Value(cell.note)] if self.has_note else [])


def _unit(kind: Kind, currency: str) -> str:
    return {"percent": "%", "seconds": "seconds", "money": currency}.get(kind, "")


def _rows(page: Page, asked: Asked, whole: Whole) -> Iterator[Row]:
    yield from _about(page, asked)
    for part, panel in whole:
        yield from _part(part, panel, asked.workspace.currency)


def as_csv(page: Page, asked: Asked, whole: Whole) -> bytes:
    file = StringIO(newline="")
    writer = csv.writer(file)
    for row in _rows(page, asked, whole):
        writer.writerow([_in_csv(value) for value in row])
    return file.getvalue().encode("utf-8-sig")  # or Excel does not take it for UTF-8


def _in_csv(one: Value) -> Any:
    value = one.value
    if isinstance(value, date):
        return value.isoformat()
    if one.kind == "percent" and isinstance(value, int | float | Decimal):
        return round(100 * float(value), 2)
    return harmless(value)


def as_xlsx(page: Page, asked: Asked, whole: Whole) -> bytes:
    """A sheet for what the page is about, and one for each of its panels."""
    book = Workbook(write_only=True)
    sheets = {"About": list(_about(page, asked))}
    for part, panel in whole:
        rows = list(_part(part, panel, asked.workspace.currency))
        sheets[_free_name(part.title, sheets)] = rows
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
    value = one.value
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
