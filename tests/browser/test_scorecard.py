"""A scorecard on a call: saved as it is typed, by two people at once, with and without a line."""

import re

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import OpenAs
from tests.browser.product import Product
from tests.browser.scene import ROAD, UNTOUCHED
from tests.browser.screens import faults
from tests.browser.troubles import Troubles


def open_card(page: Page, product: Product) -> Page:
    page.goto(f"/w/{ROAD}/leads/{product.scene.rooms[ROAD].leads[UNTOUCHED]}/")
    return page


def asked(page: Page, code: str) -> Locator:
    return page.locator(f"#asked-bant_plus-{code}")


def saved(page: Page, code: str) -> Locator:
    return asked(page, code).locator("[data-saved]")


def evidence(page: Page, code: str) -> Locator:
    return asked(page, code).locator("[name=evidence]")


def test_a_call_is_noted_with_the_keyboard_alone(product: Product, open_as: OpenAs) -> None:
    page = open_card(open_as("ben"), product)
    asked(page, "need").get_by_role("radio").first.focus()
    page.keyboard.press("3")
    expect(evidence(page, "need")).to_be_focused()
    page.keyboard.type("2 days a month")
    page.keyboard.press("Enter")
    expect(asked(page, "authority").get_by_role("radio").first).to_be_focused()
    expect(saved(page, "need")).to_contain_text(re.compile(r"Saved \d\d:\d\d by Ben Okoye"))

    page.keyboard.press("f")
    expect(evidence(page, "authority")).to_have_value(re.compile("^From the form: "))
    expect(saved(page, "authority")).to_contain_text("Saved")
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    expect(asked(page, "budget").get_by_role("radio").first).to_be_focused()
    page.keyboard.press("k")
    expect(asked(page, "authority").get_by_role("radio", name="Partly")).to_be_focused()

    expect(page.locator("#panel-gaps")).to_contain_text("5 of 14 points")
    expect(page.locator("#panel-gaps")).to_contain_text("Budget awareness is unknown")
    page.reload()
    expect(evidence(page, "need")).to_have_value("2 days a month")
    assert faults(page) == ""


def test_nothing_is_lost_where_the_connection_is(
    product: Product, open_as: OpenAs, troubles: Troubles
) -> None:
    troubles.expect_no_connection()
    page = open_card(open_as("ben"), product)
    asked(page, "fit").get_by_role("radio").first.focus()
    page.context.set_offline(True)
    page.keyboard.press("2")
    page.keyboard.type("Two sites, one of them in Spain")
    expect(saved(page, "fit")).to_contain_text("Not saved yet: there is no connection.")

    page.context.set_offline(False)
    expect(saved(page, "fit")).to_contain_text("Saved")
    page.reload()
    expect(evidence(page, "fit")).to_have_value("Two sites, one of them in Spain")


def test_two_at_once_see_each_other_and_lose_nothing(
    product: Product, open_as: OpenAs, troubles: Troubles
) -> None:
    troubles.expect_status(409)
    troubles.expect_status(422)  # words without a choice yet
    rep, manager = open_card(open_as("ben"), product), open_card(open_as("mara"), product)
    evidence(manager, "timeline").click()
    manager.keyboard.type("They said ")

    asked(rep, "timeline").locator("label[for$='-2']").click()
    asked(rep, "intent").locator("label[for$='-1']").click()
    expect(saved(rep, "timeline")).to_contain_text("Saved")
    expect(saved(rep, "intent")).to_contain_text("Saved")

    expect(saved(manager, "intent")).to_contain_text("Ben Okoye")
    expect(asked(manager, "timeline").locator("[data-others]")).to_contain_text("Ben Okoye")
    expect(evidence(manager, "timeline")).to_be_focused()
    manager.keyboard.type("next spring")
    expect(evidence(manager, "timeline")).to_have_value("They said next spring")

    asked(manager, "timeline").locator("label[for$='-1']").click()
    both = asked(manager, "timeline").locator("[data-both]")
    expect(both).to_contain_text("Ben Okoye was faster")
    expect(both).to_contain_text("They said next spring")
    assert faults(manager) == ""
    both.get_by_role("button", name="Put mine").click()
    expect(saved(manager, "timeline")).to_contain_text("Mara Lindt")
    asked(manager, "timeline").get_by_role("link", name="1 earlier answer").click()
    expect(asked(manager, "timeline").locator("[data-history]")).to_contain_text("Confirmed")

    expect(evidence(rep, "timeline")).to_have_value("They said next spring")
