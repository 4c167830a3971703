"""A file of leads in the browser: mapped, previewed, imported by the worker, refused rows back."""

import csv
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenAs
from tests.browser.reading import names_listed
from tests.browser.scene import QUEUE
from tests.browser.screens import faults

ROWS = (
    ("Kunde", "E-mail", "First name", "Last name", "Created", "MQL date", "Won date"),
    ("K-1", "olga@adler.example", "Olga", "Adler", "02.03.2026", "05.03.2026", "20.04.2026"),
    ("K-2", "rene@blum.example", "Rene", "Blum", "03.03.2026", "", ""),
    ("K-3", "nobody at all", "Ada", "Cramer", "04.03.2026", "", ""),
)


def test_a_file_is_mapped_previewed_and_imported(open_as: OpenAs, tmp_path: Path) -> None:
    file = tmp_path / "customers.csv"
    with file.open("w", newline="") as written:
        csv.writer(written).writerows(ROWS)
    page = open_as("ana")

    send(page, file)
    map_the_columns(page)
    preview_says(page, created=2, refused=1)
    assert faults(page) == ""
    page.get_by_role("button", name="Import now").click()
    expect(page.get_by_text("All rows are done.")).to_be_visible()
    assert faults(page) == ""

    assert refused_rows(page, tmp_path) == ["K-3"]
    page.get_by_role("link", name="Show the leads").click()
    page.get_by_role("searchbox").fill("adler.example")
    page.get_by_role("button", name="Show", exact=True).first.click()
    expect(page.locator(".page-subtitle")).to_have_text("1 lead found")
    expect(names_listed(page)).to_have_text(["Olga Adler"])
    expect(page.get_by_role("table")).to_contain_text("Won")


def send(page: Page, file: Path) -> None:
    page.goto(f"/w/{QUEUE}/imports/")
    page.get_by_role("main").get_by_role("link", name="Import a file").first.click()
    page.get_by_label("CSV or XLSX file").set_input_files(file)
    page.get_by_role("button", name="Send the file").click()
    expect(page.get_by_role("heading", name="Columns of customers.csv")).to_be_visible()


def map_the_columns(page: Page) -> None:
    """Headers that mean one thing are mapped already, and so is the way dates are written."""
    assert faults(page) == ""
    expect(page.get_by_label("E-mail", exact=True)).to_have_value("lead.email")
    expect(page.get_by_label("Won date")).to_have_value("moments.won")
    expect(page.get_by_label("Dates are written like")).to_have_value("dmy_dots")
    page.get_by_label("Kunde").select_option(label="External id")
    page.get_by_role("button", name="Preview").click()


def preview_says(page: Page, *, created: int, refused: int) -> None:
    expect(page.get_by_text("This is what would happen. Nothing is written yet.")).to_be_visible()
    counts = page.locator("dl .card")
    expect(counts.filter(has_text="Would be created").locator("dd.h2")).to_have_text(str(created))
    expect(counts.filter(has_text="Would be refused").locator("dd.h2")).to_have_text(str(refused))
    expect(page.get_by_role("listitem").filter(has_text="Row 4")).to_be_visible()


def refused_rows(page: Page, folder: Path) -> list[str]:
    """The ids in the file of refused rows."""
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the refused rows").click()
    saved = folder / "refused.csv"
    download.value.save_as(saved)
    with saved.open(newline="", encoding="utf-8-sig") as rows:
        return [row["Kunde"] for row in csv.DictReader(rows)]
