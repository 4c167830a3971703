"""The main job: a rep decides by keyboard and wins a deal, marketing sees the rejection counted."""

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenAs
from tests.browser.product import Product
from tests.browser.reading import clock, names_listed, offer, settle, stage_of
from tests.browser.scene import OFFERED, ROAD

ACCEPTED, REJECTED = OFFERED[:2]


def test_two_leads_from_the_queue_to_the_funnel(product: Product, open_as: OpenAs) -> None:
    leads = product.scene.rooms[ROAD].leads
    sales = open_as("ben")
    decide_with_the_keyboard(sales)

    sales.goto(f"/w/{ROAD}/leads/{leads[REJECTED]}/")
    expect(stage_of(sales)).to_have_text("Nurture")
    expect(clock(sales, "Decide an offer")).to_contain_text("Met in ")

    sales.goto(f"/w/{ROAD}/leads/{leads[ACCEPTED]}/")
    expect(stage_of(sales)).to_have_text("SAL")
    expect(clock(sales, "Decide an offer")).to_contain_text("Met in ")
    expect(clock(sales, "First touch after acceptance")).to_contain_text("by the clock:")

    log_a_touch_in_two_clicks(sales)
    qualify(sales)
    close_the_deal(sales)

    see_the_rejection_counted(open_as("ana"))


def decide_with_the_keyboard(page: Page) -> None:
    """The first offer is accepted, the second rejected; no mouse."""
    page.goto(f"/w/{ROAD}/queue/")
    first, second = offer(page, ACCEPTED), offer(page, REJECTED)
    expect(first).to_be_visible()

    page.keyboard.press("a")
    expect(first.locator("[data-outcome]")).to_contain_text("Accepted by Ben Okoye")
    expect(page.locator("#queue-says")).to_contain_text(f"{ACCEPTED}: Accepted")
    expect(second).to_be_focused()

    page.keyboard.press("r")
    expect(second.get_by_role("radio").first).to_be_focused()
    page.keyboard.press("1")
    expect(second.get_by_label("When is the next budget decided?")).to_be_focused()
    page.keyboard.type("Asked for next year’s budget first")
    page.keyboard.press("Enter")
    expect(second.locator("[data-outcome]")).to_contain_text("Rejected by Ben Okoye")
    expect(second.locator("[data-outcome]")).to_contain_text("No budget.")
    expect(second.locator("[data-outcome]")).to_contain_text("of business time")
    expect(offer(page, OFFERED[2])).to_be_focused()
    expect(page.locator("#my-leads")).to_contain_text(ACCEPTED)


def log_a_touch_in_two_clicks(page: Page) -> None:
    panel = page.locator("#panel-touch")
    panel.get_by_text("Meeting", exact=True).click()
    panel.get_by_role("button", name="Reached").click()

    first_touch = clock(page, "First touch after acceptance")
    expect(first_touch).to_contain_text("Met in ")
    expect(first_touch).not_to_contain_text("by the clock:")
    expect(page.locator("#panel-timeline")).to_contain_text("Meeting: reached · Ben Okoye")


def qualify(page: Page) -> None:
    """Not before the scorecard passes; each answer is kept at once."""
    moves, card = page.locator("#panel-moves"), page.locator("#panel-scorecard")
    expect(moves).to_contain_text("Need is unknown.")
    for question in ("need", "authority", "budget", "timeline", "intent", "fit"):
        card.locator(f"label[for=bant_plus-{question}-2]").click()
        expect(card.locator(f"#saved-bant_plus-{question}")).to_contain_text("Ben Okoye")
    expect(card.get_by_text("Passes")).to_be_visible()
    settle(page)
    with page.expect_response(re.compile(r"/panels/moves/")):  # the next moves anew
        card.get_by_label("Evidence for need").fill("Two days a month go into retyping")
        page.keyboard.press("Tab")
    settle(page)

    step(page, "Qualify as SQL")
    expect(stage_of(page)).to_have_text("SQL")


def close_the_deal(page: Page) -> None:
    moves = page.locator("#panel-moves")
    moves.get_by_role("button", name="Open an opportunity").click()
    moves.get_by_label("Amount in EUR").fill("18500")
    moves.locator(".lq-step-form").get_by_role("button", name="Open an opportunity").click()
    expect(stage_of(page)).to_have_text("Opportunity")
    expect(page.locator("#panel-header")).to_contain_text("18500.00 EUR")

    step(page, "Close as won")
    expect(stage_of(page)).to_have_text("Won")
    expect(page.locator("#panel-timeline")).to_contain_text("Opportunity → Won")


def see_the_rejection_counted(page: Page) -> None:
    """One rejection, for its reason, and the number opens that very lead."""
    page.goto(f"/w/{ROAD}/dashboards/rejections/")
    reason = page.get_by_role("row").filter(has_text="No budget").first
    expect(reason.get_by_role("link").first).to_have_text("1")

    reason.get_by_role("link").first.click()

    expect(page.locator(".page-subtitle")).to_have_text("1 lead found")
    expect(names_listed(page)).to_have_text([REJECTED])


def step(page: Page, words: str) -> None:
    """Choose the move, then confirm it."""
    moves = page.locator("#panel-moves")
    moves.get_by_role("button", name=words).click()
    moves.locator(".lq-step-form").get_by_role("button", name=words).click()
