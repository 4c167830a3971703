"""What a dashboard's file has, row by row, whatever its form: each value with its kind."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from handoff.dashboards.panel import Asked, Cell, Column, Headline, Kind, Page, Panel, Part, Table
from handoff.metrics.words import filter_words, period_words

Whole = Sequence[tuple[Part, Panel]]


@dataclass(frozen=True)
class Value:
    """One cell of a file; `kind` says how it is written. `is_head`: in bold."""

    value: Any
    kind: Kind = "text"
    is_head: bool = False


Row = list[Value]


def about(page: Page, asked: Asked) -> Iterator[Row]:
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


def part_rows(part: Part, panel: Panel, currency: str) -> Iterator[Row]:
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
    heads = (
        "Figure",
        "Value",
        "Unit",
        "Counts",
        "Of",
        "Note",
        "Before",
        "Before, counts",
        "Before, of",
    )
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
            Value(before.hits if before else None, "count"),
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


def all_rows(page: Page, asked: Asked, whole: Whole) -> Iterator[Row]:
    yield from about(page, asked)
    for part, panel in whole:
        yield from part_rows(part, panel, asked.workspace.currency)


_DIGITS: Final[Mapping[Kind, int]] = {"seconds": 0, "money": 2, "number": 4}


def tidy(one: Value) -> Any:
    """Whole seconds, cents: what is finer says nothing."""
    value = one.value
    if one.kind in _DIGITS and isinstance(value, float | Decimal):
        return round(value, _DIGITS[one.kind] or None)
    return value
