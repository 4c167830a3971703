"""The funnel as leadership reads it: every number leads to exactly its leads."""

import re

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import OpenAs
from tests.browser.product import Product
from tests.browser.scene import OFFERED, ROAD
from tests.browser.troubles import Troubles

LISTED = re.compile(r'class="page-subtitle">\s*([\d,]+) leads? found')


def test_every_number_opens_as_many_leads_as_it_says(open_as: OpenAs) -> None:
    page = open_as("lena")
    page.goto(f"/w/{ROAD}/funnel/")
    page.get_by_label("From").fill("2026-01-01")
    page.get_by_role("button", name="Show").click()
    expect(page).to_have_url(re.compile(r"\bfirst=2026-01-01\b"))
    wait_for_the_panels(page)

    figures = page.locator('.lq-funnel-panel a[href*="/leads/?"]').all()
    said = {figure.get_attribute("href") or "": leads_of(figure) for figure in figures}

    assert len(said) > 12
    assert {href: leads_listed(page, href) for href in said} == said


def test_the_lines_are_laid_out_by_source_without_leaving_the_page(open_as: OpenAs) -> None:
    page = open_as("lena")
    page.goto(f"/w/{ROAD}/funnel/")
    lines = page.locator("#panel-lines")
    lines.get_by_role("button", name="Source").click()

    expect(lines.get_by_role("rowheader")).to_have_text(["LinkedIn", "Website"])
    expect(page).to_have_url(re.compile(r"\bby=source\b"))
    page.reload()
    expect(lines.get_by_role("rowheader")).to_have_text(["LinkedIn", "Website"])


def test_charts_are_drawn_in_the_colours_of_the_theme(open_as: OpenAs) -> None:
    page = open_as("lena")
    page.goto(f"/w/{ROAD}/funnel/")
    charts = page.locator(".lq-chart svg")
    expect(charts).to_have_count(3)
    words = charts.first.locator("text").first
    expect(words).to_have_attribute("fill", "#26313f")

    page.emulate_media(color_scheme="dark")

    expect(words).to_have_attribute("fill", "#d5dbe3")


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
    """The number shown, or where a lead counts more than once, “on … leads” behind it."""
    beside = figure.locator("xpath=following-sibling::span[1]").filter(has_text=re.compile("^on "))
    text = beside.inner_text() if beside.count() else figure.inner_text()
    return int(re.sub(r"\D", "", text.splitlines()[0]))


def leads_listed(page: Page, address: str) -> int:
    """How many leads the list behind an address says it has."""
    found = LISTED.search(page.request.get(address).text())
    assert found, f"{address} lists no leads"
    return int(found[1].replace(",", ""))
