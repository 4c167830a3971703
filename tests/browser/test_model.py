"""Marketing raises a threshold in a draft, publishes it, and leads change for a stated reason."""

from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenAs
from tests.browser.product import Product
from tests.browser.reading import names_listed, reload_until, stage_of
from tests.browser.scene import MODEL, NOT_READY


def test_a_raised_threshold_demotes_leads_and_says_why(product: Product, open_as: OpenAs) -> None:
    page = open_as("ana")
    page.goto(f"/w/{MODEL}/leads/?stage=mql")
    expect(names_listed(page)).to_have_count(len(NOT_READY))
    assert set(names_listed(page).all_inner_texts()) == set(NOT_READY)

    publish_higher_thresholds(page)

    page.goto(f"/w/{MODEL}/leads/?stage=mql")
    reload_until(page, lambda: names_listed(page).count() == 0)
    page.goto(f"/w/{MODEL}/leads/{product.scene.rooms[MODEL].leads[NOT_READY[0]]}/")
    expect(stage_of(page)).to_have_text("New")
    demotion = page.locator("#panel-timeline").get_by_role("listitem").filter(has_text="MQL → New")
    expect(demotion).to_contain_text("60")
    expect(demotion).to_contain_text("70")
    expect(page.locator("#panel-score")).to_contain_text("Model version 2")


def publish_higher_thresholds(page: Page) -> None:
    """A draft asks 70 instead of 40 points of an MQL, and 80 instead of 65 for the hand-off."""
    page.goto("/admin/scoring/modelversion/")
    published = page.get_by_text(f"{MODEL.title()}: version 1 is published.")
    published.locator("..").get_by_role("button", name="Open a draft").click()
    page.get_by_role("link", name="MQL and hand-off").click()
    for row, points in enumerate((70, 80)):
        page.locator(f"[name=qualificationrules-{row}-total_at_least]").fill(str(points))
    taken_back = "Promoted at a total of 70, taken back below 65."
    expect(page.locator("[data-hysteresis]")).to_have_text(taken_back)  # nothing is saved yet
    page.get_by_role("button", name="Save and continue editing").click()
    expect(page.get_by_text("was changed successfully")).to_be_visible()

    page.get_by_role("link", name="Publish this draft").click()
    expect(page.locator("#content-main .leadqual-change")).to_have_text(
        [
            "No longer: MQL when total is at least 40.",
            "No longer: Ready for sales when total is at least 65.",
            "Now: MQL when total is at least 70.",
            "Now: Ready for sales when total is at least 80.",
        ]
    )
    page.get_by_role("button", name="Publish version 2").click()
    expect(page.get_by_text("Version 2 is published.")).to_be_visible()
