"""The funnel as leadership reads it: every number leads to exactly its leads."""

import re

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import OpenAs
from tests.browser.product import Product
from tests.browser.scene import OFFERED, ROAD
from tests.browser.screens import faults
from tests.browser.troubles import Troubles

LISTED = re.compile(r'class="page-subtitle">\s*([\d,]+) leads? found')
FUNNEL = f"/w/{ROAD}/dashboards/funnel/"


def test_every_number_opens_as_many_leads_as_it_says(open_as: OpenAs) -> None:
    page = open_as("lena")
    page.goto(FUNNEL)
    page.get_by_label("From", exact=True).fill("2026-01-01")
    page.get_by_role("button", name="Show").first.click()
    expect(page).to_have_url(re.compile(r"\?first=2026-01-01&last="))
    wait_for_the_panels(page)

    figures = page.locator('.lq-dash-panel a[href*="/leads/?"]').all()
    said = {figure.get_attribute("href") or "": leads_of(figure) for figure in figures}

    assert len(said) > 12
    assert {href: leads_listed(page, href) for href in said} == said


def test_filters_are_chosen_seen_and_taken_away(open_as: OpenAs) -> None:
    page = open_as("lena")
    page.goto(FUNNEL)
    page.get_by_text("Filter", exact=True).click()
    page.get_by_label("Source", exact=True).select_option("LinkedIn")
    page.get_by_label("Split by", exact=True).select_option("Rep")
    page.get_by_role("button", name="Show").last.click()

    chip = page.get_by_role("link", name="Source: LinkedIn : take this filter away")
    expect(chip).to_be_visible()
    expect(page).to_have_url(re.compile(r"&by=rep&source=\d+$"))
    lines = page.locator("#panel-split")
    expect(lines.get_by_role("rowheader").filter(has_text="Ben Okoye")).to_be_visible()

    chip.click()

    expect(page).to_have_url(re.compile(r"&by=rep$"))
    expect(page.get_by_role("link", name="take this filter away")).to_have_count(0)


def test_a_panel_that_fails_says_so_and_is_fetched_again(
    open_as: OpenAs, troubles: Troubles
) -> None:
    troubles.expect_status(429)
    page = open_as("lena")
    page.route("**/panels/flow/*", lambda route: route.fulfill(status=429))
    page.goto(FUNNEL)
    panel = page.locator("#panel-flow")
    expect(panel.get_by_role("alert")).to_contain_text("This could not be counted")

    page.unroute("**/panels/flow/*")
    panel.get_by_role("button", name="Try again").click()

    expect(panel.get_by_role("rowheader").first).to_have_text("MQL")


def test_charts_are_drawn_in_the_colours_of_the_theme(open_as: OpenAs) -> None:
    page = open_as("lena")
    page.goto(FUNNEL)
    charts = page.locator("#panel-stages .lq-chart svg")
    expect(charts).to_have_count(1)
    words = charts.first.locator("text").first
    expect(words).to_have_attribute("fill", "#26313f")

    page.emulate_media(color_scheme="dark")

    expect(words).to_have_attribute("fill", "#d5dbe3")


def test_what_is_printed_is_light_fits_and_has_no_controls(open_as: OpenAs) -> None:
    page = open_as("lena")
    page.emulate_media(color_scheme="dark")
    page.goto(FUNNEL)
    wait_for_the_panels(page)
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")

    expect(page.get_by_role("button", name="Show").first).to_be_hidden()
    expect(page.get_by_role("navigation", name="Dashboards")).to_be_hidden()
    picture = page.locator("#panel-stages .lq-chart svg")
    expect(picture).to_have_attribute("viewBox", re.compile(r"^0 0 \d+ \d+$"))
    expect(picture.locator("text").first).to_have_attribute("fill", "#26313f")


def test_a_stranger_reads_a_shared_page_and_nothing_else(
    open_as: OpenAs, page: Page, product: Product
) -> None:
    lena = open_as("lena")
    lena.goto(FUNNEL)
    lena.get_by_role("link", name="Share").click()
    lena.get_by_label("What it is for").fill("For the board")
    lena.get_by_role("button", name="Make the link").click()
    address = lena.locator("#address").inner_text()

    page.goto(address)

    wait_for_the_panels(page)
    expect(page.get_by_role("heading", name="Funnel", level=1)).to_be_visible()
    expect(page.locator("#panel-stages .lq-chart svg")).to_have_count(1)
    expect(page.locator("#panel-stages").get_by_text("Became MQL", exact=True)).to_be_visible()
    ways = [link.get_attribute("href") for link in page.get_by_role("link").all()]
    assert ways == ["#main"]
    assert faults(page) == ""

    lena.get_by_role("link", name="All links").click()
    lena.on("dialog", lambda dialog: dialog.accept())
    lena.get_by_role("button", name="Take back").first.click()
    expect(lena.locator("main")).to_contain_text("Taken back on")


def test_leadership_decides_no_offers_and_is_told_so(product: Product, open_as: OpenAs) -> None:
    page = open_as("lena")
    page.goto(f"/w/{ROAD}/leads/{product.scene.rooms[ROAD].leads[OFFERED[-1]]}/")
    expect(page.locator("#panel-offer")).to_contain_text("Offered to Ben Okoye")
    expect(page.get_by_role("button", name="Accept")).to_have_count(0)
    expect(page.get_by_role("link", name="My queue")).to_have_count(0)


def test_the_queue_refuses_leadership_in_plain_words(open_as: OpenAs, troubles: Troubles) -> None:
    troubles.expect_status(403)
    page = open_as("lena")

    answer = page.goto(f"/w/{ROAD}/queue/")

    assert answer is not None
    assert answer.status == 403
    expect(page.get_by_role("heading", name="You may not do this")).to_be_visible()
    expect(page.locator("main")).to_contain_text(
        "As leadership you may not accept or reject the hand-offs offered to oneself."
    )


def wait_for_the_panels(page: Page) -> None:
    """Of a page that is there as a whole: one that is still coming has nothing left to count."""
    page.wait_for_load_state()
    expect(page.get_by_text("Counting …")).to_have_count(0)


def leads_of(figure: Locator) -> int:
    """The number shown; of a share, how many it counts."""
    beside = figure.locator("xpath=following-sibling::span[1]").filter(has_text=re.compile(" of "))
    text = beside.inner_text().split(" of ")[0] if beside.count() else figure.inner_text()
    return int(re.sub(r"\D", "", text.splitlines()[0]))


def leads_listed(page: Page, address: str) -> int:
    """How many leads the list behind an address says it has."""
    found = LISTED.search(page.request.get(address).text())
    assert found, f"{address} lists no leads"
    return int(found[1].replace(",", ""))
