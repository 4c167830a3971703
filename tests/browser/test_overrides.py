"""A score is overridden in the browser: put, read everywhere, seen in the chart, ended, undone."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenAs
from tests.browser.product import Product
from tests.browser.reading import settle
from tests.browser.scene import ROAD, UNTOUCHED
from tests.browser.screens import faults

REASON = "Met at the fair"


@pytest.fixture
def lead(product: Product) -> str:
    return f"/w/{ROAD}/leads/{product.scene.rooms[ROAD].leads[UNTOUCHED]}/"


def test_a_score_is_overridden_and_taken_back(open_as: OpenAs, lead: str) -> None:
    page = open_as("mara")
    page.goto(lead)
    score = page.locator("#panel-score")
    score.get_by_role("button", name="Override the score").click()
    form = score.locator("form")
    expect(form.get_by_label("Fit")).to_be_visible()
    settle(page)
    assert faults(page) == ""

    form.get_by_label("Fit").fill("12")
    form.get_by_label("Why?").fill(REASON)
    form.get_by_role("button", name="Override the score").click()
    expect(score.get_by_text(REASON)).to_be_visible()
    expect(page.locator("#panel-header").get_by_text("by Mara Lindt")).to_be_visible()
    settle(page)
    assert faults(page) == ""
    for address in (f"/w/{ROAD}/overrides/", f"/w/{ROAD}/leads/"):
        page.goto(address)
        expect(page.get_by_text("by Mara Lindt").first).to_be_visible()
        assert faults(page) == ""

    page.goto(lead)
    score.get_by_role("button", name="End it").click()
    expect(score.get_by_role("button", name="Undo: back to fit 12")).to_be_visible()
    expect(score.get_by_text(REASON)).to_have_count(0)
    score.get_by_role("button", name="Undo: back to fit 12").click()
    expect(score.get_by_text(REASON)).to_be_visible()
    score.get_by_role("button", name="End it").click()
    expect(score.get_by_text(REASON)).to_have_count(0)


def test_the_chart_comes_when_it_is_seen_and_says_what_moved_the_score(
    open_as: OpenAs, lead: str
) -> None:
    page = open_as("ben")
    page.goto(lead)
    history = page.locator("section", has=page.get_by_role("heading", name="The score over time"))
    history.scroll_into_view_if_needed()
    expect(history.locator("[data-chart] svg")).to_be_visible()
    history.get_by_text("As a table").click()
    expect(history.get_by_role("cell", name="Visited pricing page +20")).to_be_visible()
    assert faults(page) == ""
    _point_at(page, history.locator("[data-chart]").bounding_box())
    expect(page.locator(".lq-chart-told")).to_contain_text("= fit")


def _point_at(page: Page, box: object) -> None:
    assert isinstance(box, dict)
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + box["height"] * 0.6)
