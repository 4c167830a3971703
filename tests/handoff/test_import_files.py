"""CSV and XLSX as people save them."""

import zipfile
from datetime import date, datetime
from pathlib import Path

import pytest

from handoff.imports import files
from handoff.imports.files import BadFile, open_table
from tests.handoff.import_files import write_csv, write_xlsx

# A spreadsheet's moments have no zone.
EVENING = datetime(2018, 2, 26, 19, 58)  # noqa: DTZ001
MIDNIGHT = datetime(2018, 2, 26)  # noqa: DTZ001


def cells(path: Path) -> list[tuple[object, ...]]:
    return [row.cells for row in open_table(path).rows()]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_letters_survive_any_usual_encoding(tmp_path: Path, encoding: str) -> None:
    path = write_csv(tmp_path / "a.csv", ["Name", "Größe"], ["Zoë", "groß"], encoding=encoding)
    assert open_table(path).columns == ("Name", "Größe")
    assert cells(path) == [("Zoë", "groß")]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(tmp_path: Path, delimiter: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f'id{delimiter}note\n1{delimiter}"a, b; c"\n')
    assert open_table(path).columns == ("id", "note")
    assert cells(path) == [("1", "a, b; c")]


def test_a_decimal_comma_does_not_make_a_comma_file(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("id;amount\n1;1,50\n2;2,50\n")
    assert cells(path) == [("1", "1,50"), ("2", "2,50")]


def test_one_column_is_a_table_too(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("email\nanna@acme.example\n")
    assert open_table(path).columns == ("email",)
    assert cells(path) == [("anna@acme.example",)]


def test_rows_have_the_numbers_that_a_spreadsheet_shows(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('id,note\n1,"two\nlines"\n\n , \n4,x\n')
    assert [(row.number, row.cells[0]) for row in open_table(path).rows()] == [(2, "1"), (5, "4")]


def test_dates_and_numbers_of_a_spreadsheet_stay_what_they_are(tmp_path: Path) -> None:
    path = write_xlsx(
        tmp_path / "a.xlsx",
        ["id", "won", "day", "size", "yes"],
        [17, EVENING, date(2018, 2, 26), 1.5, True],
        [None, None, None, None, None],
        ["x", None, None, None, None],
    )
    assert [(row.number, row.cells) for row in open_table(path).rows()] == [
        (2, (17, EVENING, MIDNIGHT, 1.5, True)),
        (4, ("x",)),
    ]


def test_rows_can_be_read_again(tmp_path: Path) -> None:
    for path in (
        write_csv(tmp_path / "a.csv", ["id"], ["1"]),
        write_xlsx(tmp_path / "a.xlsx", ["id"], ["1"]),
    ):
        table = open_table(path)
        assert list(table.rows()) == list(table.rows())


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("a.csv", b"", "a.csv is empty."),
        ("a.csv", b"\n \n", "a.csv is empty."),
        ("a.csv", b"\xef\xbb\xbf", "a.csv is empty."),
        ("a.png", b"\x89PNG\r\n\x1a\n" + bytes(range(32)) * 20, "a.png is neither CSV nor XLSX."),
        (
            "a.xls",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500),
            "a.xls is in the old Excel format. Save it as XLSX or CSV.",
        ),
        ("a.xlsx", b"PK\x03\x04 broken", "The XLSX file is damaged: Excel could not have saved"),
        ("a.csv", b"id,name,id\n1,2,3\n", "a.csv has two columns of the same name: id."),
        ("a.csv", b",,\n1,2,3\n", "a.csv has no header"),
        ("a.csv", b"x," * 501 + b"y\n", "has 502 columns; the limit is 500"),
    ],
)
def test_what_is_no_table_is_named(tmp_path: Path, name: str, content: bytes, why: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(BadFile) as problem:
        open_table(path)
    assert why in str(problem.value)


def test_another_zip_is_no_spreadsheet(tmp_path: Path) -> None:
    path = tmp_path / "leads.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("leads.csv", "id\n1\n")
    with pytest.raises(BadFile, match="Unpack it first"):
        open_table(path)


def test_a_damaged_sheet_is_named(tmp_path: Path) -> None:
    whole = write_xlsx(tmp_path / "a.xlsx", ["id"], ["1"])
    broken = tmp_path / "b.xlsx"
    with zipfile.ZipFile(whole) as old, zipfile.ZipFile(broken, "w") as new:
        for entry in old.namelist():
            content = old.read(entry)
            new.writestr(entry, content[:200] if "sheet1" in entry else content)
    with pytest.raises(BadFile, match="damaged"):
        cells(broken)


def test_a_small_file_that_unpacks_to_a_huge_one_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_xlsx(tmp_path / "a.xlsx", ["id"], *[["1"]] * 1000)
    monkeypatch.setattr(files, "MAX_UNPACKED_BYTES", 10_000)
    with pytest.raises(BadFile, match="too large when unpacked"):
        open_table(path)


def test_a_file_beyond_the_limit_is_refused_with_the_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "MAX_BYTES", 2 * 1024 * 1024)
    path = tmp_path / "a.csv"
    path.write_bytes(b"id\n" + b"1\n" * 1_600_000)
    with pytest.raises(BadFile) as problem:
        open_table(path)
    assert str(problem.value) == "a.csv has 3 MB; the limit is 2 MB. Split it."
