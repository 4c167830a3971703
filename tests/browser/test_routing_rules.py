"""Routing rules in the admin: written, ordered and taken away by keyboard, or dragged."""

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import OpenAs
from tests.browser.scene import MODEL
from tests.browser.screens import faults


def test_rules_are_written_ordered_and_removed_by_keyboard(open_as: OpenAs) -> None:
    page = open_as("mara")
    page.goto("/admin/handoff/routingplan/")
    press(page.get_by_role("button", name=f"Write rules of {MODEL.title()}"))

    for name, country in (("Abroad", "NL, us"), ("At home", "Germany"), ("Mistake", "AT")):
        press(page.get_by_role("button", name="Add a rule"))
        page.keyboard.type(name)  # the new rule is where one types
        page.keyboard.press("Tab")
        page.keyboard.type("Everybody")
        page.keyboard.press("Tab")
        page.keyboard.type(country)
    save(page)
    expect(titles(page)).to_have_text(["Abroad", "At home", "Mistake"])
    expect(page.get_by_text("Company in Netherlands or United States → pool")).to_be_visible()

    up = page.get_by_role("button", name="Move up: At home")
    press(up)
    expect(page.get_by_text("Line 1 of 3 now. Save to keep it.")).to_be_visible()
    expect(up).to_be_focused()
    press(page.locator("summary", has_text="Mistake"))
    removal = page.get_by_role("checkbox", name="Remove when I save").locator("visible=true")
    removal.focus()
    page.keyboard.press("Space")
    save(page)
    expect(titles(page)).to_have_text(["At home", "Abroad"])
    page.reload()
    expect(titles(page)).to_have_text(["At home", "Abroad"])

    handle = page.locator("[x-sort\\:handle]")
    handle.nth(1).drag_to(handle.nth(0))
    expect(titles(page)).to_have_text(["Abroad", "At home"])
    save(page)
    expect(titles(page)).to_have_text(["Abroad", "At home"])
    assert faults(page) == ""

    press(page.get_by_role("link", name="Route last month’s leads with it"))
    expect(page.get_by_role("heading", name="on past leads")).to_be_visible()
    assert faults(page) == ""


def press(control: Locator) -> None:
    control.focus()
    control.press("Enter")


def save(page: Page) -> None:
    press(page.get_by_role("button", name="Save and continue editing"))
    expect(page.get_by_text("was changed successfully")).to_be_visible()


def titles(page: Page) -> Locator:
    """The names of the rules that are saved, in the order of the page."""
    return page.locator(".leadqual-rule summary strong")
