"""A new lead by hand: people who are known already are named while one types."""

from playwright.sync_api import expect

from tests.browser.conftest import OpenAs
from tests.browser.product import Product
from tests.browser.reading import stage_of
from tests.browser.scene import OFFERED, ROAD
from tests.browser.troubles import Troubles

KNOWN = OFFERED[4]


def test_a_similar_name_is_shown_while_typing(product: Product, open_as: OpenAs) -> None:
    page = open_as("ben")
    page.goto(f"/w/{ROAD}/leads/new/")
    first, last = KNOWN.split()
    page.get_by_label("First name").press_sequentially(first)
    page.get_by_label("Last name").press_sequentially(last + "y")

    known = page.locator("#known")
    expect(known).to_contain_text("Is it one of these?")
    expect(known).to_contain_text("has a similar name")
    known.get_by_role("link", name=KNOWN).click()
    expect(page).to_have_url(f"/w/{ROAD}/leads/{product.scene.rooms[ROAD].leads[KNOWN]}/")


def test_the_same_address_is_refused_and_a_new_one_is_entered(
    open_as: OpenAs, troubles: Troubles
) -> None:
    troubles.expect_status(422)
    page = open_as("ben")
    page.goto(f"/w/{ROAD}/leads/new/")
    first, last = KNOWN.lower().split()
    page.get_by_label("E-mail address").fill(f"{first}@{last}.example")
    expect(page.locator("#known")).to_contain_text("has this e-mail address")
    page.get_by_role("button", name="Enter the lead").click()
    expect(page.locator("[data-error-summary]")).to_be_focused()
    expect(page.get_by_role("link", name=f"Open {KNOWN}")).to_be_visible()

    page.get_by_label("E-mail address").fill("ida.falk@falk-lager.example")
    page.get_by_label("First name").fill("Ida")
    page.get_by_label("Last name").fill("Falk")
    page.get_by_role("button", name="Enter the lead").click()

    expect(page.get_by_text("Ida Falk is entered and scored.")).to_be_visible()
    expect(stage_of(page)).to_have_text("New")
