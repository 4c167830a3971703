"""Rows of a draft in the admin: one taken away, lines moved; nothing that was typed is lost."""

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import OpenAs
from tests.browser.product import Product
from tests.browser.scene import QUEUE
from tests.browser.screens import faults


def open_tab(page: Page, product: Product, name: str) -> None:
    draft = product.scene.rooms[QUEUE].draft
    page.goto(f"/admin/scoring/modelversion/{draft}/change/")
    page.get_by_role("link", name=name, exact=True).click()


def save(page: Page, *, says: str = "was changed successfully") -> None:
    """Save, and wait for the answer as a whole: rows of a page still coming are too few."""
    page.get_by_role("button", name="Save and continue editing").click()
    expect(page.get_by_text(says)).to_be_visible()
    page.wait_for_load_state()


def new_rows(page: Page, part: str) -> Locator:
    return page.locator(f"#{part}-data > .leadqual-rule.template:not(.empty-form)")


def test_taking_away_a_new_row_keeps_what_was_typed_in_those_below(
    product: Product, open_as: OpenAs
) -> None:
    page = open_as("ana")
    open_tab(page, product, "Lists")
    rows = new_rows(page, "namedlists")
    for number, name in enumerate(("Mistake", "Rivals", "Home")):
        page.get_by_role("button", name="Add a list").click()
        rows.nth(number).get_by_label("Name").fill(name)
    rows.nth(1).get_by_label("Holds").select_option("domains")
    rows.nth(1).get_by_label("Entries").fill("rival.io")
    rows.nth(2).get_by_label("Holds").select_option("countries")
    rows.nth(2).get_by_label("Entries").fill("DE, AT")
    rows.first.get_by_role("button", name="Remove").click()
    expect(rows).to_have_count(2)
    expect(page.get_by_role("button", name="Add a list")).to_be_focused()
    expect(rows.nth(0).get_by_label("Entries")).to_have_value("rival.io")
    expect(rows.nth(1).get_by_label("Holds")).to_have_value("countries")
    save(page)
    kept = page.locator("#namedlists-data > .original summary")
    expect(kept.filter(has_text="Rivals")).to_contain_text("rival.io")
    expect(kept.filter(has_text="Home")).to_have_count(1)
    expect(kept.filter(has_text="Mistake")).to_have_count(0)


def test_choices_of_rows_below_can_still_be_searched(product: Product, open_as: OpenAs) -> None:
    page = open_as("ana")
    open_tab(page, product, "Who they are")
    rows = new_rows(page, "attributerules")
    for _ in range(2):
        page.get_by_role("button", name="Add a rule").locator("visible=true").click()
    rows.first.get_by_role("button", name="Remove").click()
    rows.first.locator(".field-field [role=combobox]").click()
    page.locator(".select2-search__field").last.fill("job title")
    page.keyboard.press("Enter")
    expect(rows.first.locator(".field-field [role=combobox]")).to_contain_text("job title")
    rows.first.get_by_label("Value").fill("Buyer")
    expect(rows.first.locator("[data-matches]")).not_to_be_empty()


def words(page: Page) -> list[str]:
    """The first words of each title line, in the order shown."""
    lines = page.locator("#titlelines-data > .leadqual-rule:not(.empty-form)")
    return [
        lines.nth(n).get_by_label("When the job title has").input_value().split(",")[0]
        for n in range(lines.count())
    ]


def line(page: Page, name: str) -> Locator:
    return page.locator("#titlelines-data > .original").filter(has_text=f"“{name}”").first


def warns_of_leaving(page: Page) -> bool:
    leave = "() => window.dispatchEvent(new Event('beforeunload', { cancelable: true }))"
    return page.evaluate(leave) is False


def test_title_lines_are_moved_by_keyboard_and_dragged_and_a_refused_save_keeps_them_there(
    product: Product, open_as: OpenAs
) -> None:
    page = open_as("ana")
    open_tab(page, product, "Job titles")
    before = words(page)
    first, second, third, *rest = before
    up = line(page, second).get_by_role("button", name="Move up")
    assert not warns_of_leaving(page)
    up.focus()
    page.keyboard.press("Enter")
    assert words(page) == [second, first, third, *rest]
    assert warns_of_leaving(page)
    expect(up).to_be_focused()
    expect(page.get_by_text(f"Line 1 of {len(before)} now. Save to keep it.")).to_be_visible()
    handle = ".leadqual-handle"
    line(page, third).locator(handle).drag_to(line(page, second).locator(handle))
    moved = [third, second, first, *rest]
    assert words(page) == moved

    page.get_by_role("button", name="Add a line of the title table").click()
    new = new_rows(page, "titlelines").first
    new.get_by_label("When the job title has").fill("buyer")
    new.get_by_role("button", name="Move up").click()
    save(page, says="Say which seniority or which function")
    assert words(page) == [*moved[:-1], "buyer", moved[-1]]
    assert faults(page) == ""
    new.get_by_label("Seniority").fill("Staff")
    save(page)
    assert words(page) == [*moved[:-1], "buyer", moved[-1]]
