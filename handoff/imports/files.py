"""Tables out of CSV and XLSX files, whatever their encoding and delimiter."""

import csv
import re
import warnings
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

import openpyxl
from openpyxl import Workbook

MAX_BYTES = 50 * 1024 * 1024
MAX_UNPACKED_BYTES = 600 * 1024 * 1024  # an XLSX is a zip: a small file can hold a huge table
MAX_COLUMNS = 500
MAX_CELL = 20_000  # characters; more is a quote that never closes, not a fact about a lead
DELIMITERS = ",;\t|"
EXCEL_ERRORS = frozenset({"#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!"})

# A quote that never closes makes one cell of the rest of the file: the row is refused by
# MAX_CELL with its number, instead of the reader giving up on all that was fine before it.
csv.field_size_limit(MAX_BYTES)

T = TypeVar("T")
Cell = str | int | float | bool | datetime | date | time | timedelta | None


class BadFile(ValueError):
    """The file as a whole cannot be read; the message says why, for the person who chose it."""


@dataclass(frozen=True)
class Row:
    """One line. `number` is the one a spreadsheet shows: the header is row 1."""

    number: int
    cells: tuple[Cell, ...]

    @property
    def is_blank(self) -> bool:
        return all(
            cell is None or (isinstance(cell, str) and not cell.strip()) for cell in self.cells
        )


@dataclass(frozen=True)
class Table:
    """A file with a header. `rows` reads it anew each time, line by line, blank lines left out."""

    path: Path
    columns: tuple[str, ...]
    encoding: str = ""  # blank: XLSX
    delimiter: str = ""

    def rows(self) -> Iterator[Row]:
        lines = iter(_csv_lines(self)) if self.encoding else _xlsx_lines(self.path)
        number = 0
        for number, cells in enumerate(lines, start=1):
            row = Row(number, tuple(cells))
            if number > 1 and not row.is_blank:
                yield row


def open_table(path: Path, *, name: str = "") -> Table:
    """The table in the file; `name` is what people call it, where `path` is a stored copy.

    Raises BadFile for what is too large, empty, without a header or no table at all.
    """
    name = name or path.name
    try:
        size = path.stat().st_size
    except OSError as error:
        raise BadFile(f"{name} cannot be read: {error.strerror}.") from error
    if size > MAX_BYTES:
        limit = MAX_BYTES // 1024 // 1024
        raise BadFile(f"{name} has {size / 1024 / 1024:.0f} MB; the limit is {limit} MB. Split it.")
    with path.open("rb") as file:
        start = file.read(8)
    if not start:
        raise BadFile(f"{name} is empty.")
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        raise BadFile(f"{name} is in the old Excel format. Save it as XLSX or CSV.")
    if start.startswith(b"PK\x03\x04"):
        return _checked(Table(path, ()), _first(_xlsx_lines(path)), name)
    encoding = _encoding(path, name)
    delimiter = _delimiter(path, encoding)
    table = Table(path, (), encoding, delimiter)
    return _checked(table, _first(_csv_lines(table)), name)


def _first(lines: Iterator[list[Any]]) -> list[Any]:
    return next(lines, [])


def _checked(table: Table, header: list[Any], name: str) -> Table:
    columns = [str(cell if cell is not None else "").strip() for cell in header]
    while columns and not columns[-1]:
        columns.pop()
    if not columns:
        raise BadFile(f"{name} has no header: its first row must name the columns.")
    if len(columns) > MAX_COLUMNS:
        raise BadFile(f"{name} has {len(columns)} columns; the limit is {MAX_COLUMNS}.")
    twice = sorted({column for column in columns if column and columns.count(column) > 1})
    if twice:
        raise BadFile(f"{name} has two columns of the same name: {', '.join(twice)}.")
    return Table(table.path, tuple(columns), table.encoding, table.delimiter)


def _encoding(path: Path, name: str) -> str:
    """By its byte order mark, else UTF-8 where that fits to the last byte, else Windows-1252."""
    data = path.read_bytes()
    if data.startswith(b"\xef\xbb\xbf"):
        encoding = "utf-8-sig"
    elif data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16"
    else:
        encoding = "utf-8"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        encoding, text = "cp1252", data.decode("cp1252", errors="replace")
    # Text holds no control characters besides tabs and line ends; pictures and archives do.
    controls = len(re.findall(r"[\x00-\x08\x0e-\x1f]", text[:100_000]))
    if controls > len(text[:100_000]) / 100:
        raise BadFile(f"{name} is neither CSV nor XLSX.")
    if not text.strip():
        raise BadFile(f"{name} is empty.")
    return encoding


def _delimiter(path: Path, encoding: str) -> str:
    """The one that cuts the header into most columns; of equals, the one of most equal lines."""
    with path.open(encoding=encoding, errors="replace", newline="") as file:
        sample = file.read(64 * 1024).splitlines()[:20]

    def fit(delimiter: str) -> tuple[int, int]:
        widths = [len(cells) for cells in csv.reader(sample, delimiter=delimiter)]
        return (widths[0], widths.count(widths[0])) if widths else (0, 0)

    return max(DELIMITERS, key=fit)


def _csv_lines(table: Table) -> Iterator[list[Any]]:
    # errors="replace": Windows-1252 leaves five bytes undefined; one of them spoils one letter.
    with table.path.open(encoding=table.encoding, errors="replace", newline="") as file:
        yield from csv.reader(file, delimiter=table.delimiter)


def _xlsx_lines(path: Path) -> Iterator[list[Any]]:
    """The lines of the first sheet. Formulas give the value that Excel stored for them."""
    try:
        _check_archive(path)
        # Opened here: by name openpyxl takes only files that end in .xlsx, which uploads do not.
        with path.open("rb") as file:
            book = _quiet(lambda: openpyxl.load_workbook(file, read_only=True, data_only=True))
            sheet = _first_sheet(book)
            sheet.reset_dimensions()  # some programs write a wrong size
            cells = sheet.iter_rows(values_only=True)
            while block := _quiet(lambda: list(islice(cells, 500))):
                yield from map(list, block)
    except BadFile:
        raise
    except (zipfile.BadZipFile, KeyError, ValueError, OSError, SyntaxError, TypeError) as error:
        # ParseError of a damaged sheet is a SyntaxError.
        raise BadFile("The XLSX file is damaged: Excel could not have saved it so.") from error


def _first_sheet(book: Workbook) -> Any:
    if not book.worksheets:
        raise BadFile("The XLSX file has no sheet with cells.")
    return book.worksheets[0]


def _check_archive(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        unpacked = sum(entry.file_size for entry in archive.infolist())
        if "[Content_Types].xml" not in archive.namelist():
            raise BadFile("The file is a zip archive, not XLSX. Unpack it first.")
    if unpacked > MAX_UNPACKED_BYTES:
        raise BadFile("The XLSX file is too large when unpacked. Save it as CSV.")


def _quiet(read: Callable[[], T]) -> T:
    """openpyxl warns of styles and extensions that it leaves aside; we read values only."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return read()
