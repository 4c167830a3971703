"""The compliance page in a browser: panels come by themselves, numbers lead to their clocks, and
everybody can read it in light and dark, on a desk and on a phone."""

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenAs
from tests.browser.scene import ELSEWHERE, ROAD
from tests.browser.screens import faults

PAGE = f"/w/{ROAD}/compliance/"


def counted(page: Page) -> None:
    page.wait_for_load_state()
    expect(page.get_by_text("Counting …")).to_have_count(0)


def test_both_sides_are_on_one_page_that_everybody_can_read(open_as: OpenAs) -> None:
    page = open_as("lena")
    page.goto(PAGE)
    counted(page)
    for title in ("Marketing:", "Sales: promises", "Sales: leads followed up", "How long it took"):
        expect(page.get_by_role("heading", name=re.compile(f"^{title}"))).to_be_visible()
    assert faults(page) == ""


def test_the_month_before_is_a_click_away_and_stays_in_the_address(open_as: OpenAs) -> None:
    page = open_as("lena")
    page.goto(PAGE)
    shown = page.get_by_role("heading", level=1).inner_text()
    page.locator("a[rel=prev]").click()
    expect(page.get_by_role("heading", level=1)).not_to_have_text(shown)
    expect(page).to_have_url(re.compile(r"month=\d{4}-\d\d"))
    page.locator("a[rel=next]").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(shown)


def test_a_number_leads_to_just_as_many_clocks(open_as: OpenAs) -> None:
    page = open_as("mara")
    page.goto(PAGE)
    counted(page)
    figure = page.locator("#panel-promises a.lq-figure-link, #panel-who a.lq-figure-link").first
    number = re.sub(r"\D", "", figure.evaluate("each => each.firstChild.textContent"))
    figure.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Clocks due in")
    expect(page.locator(".page-subtitle")).to_contain_text(
        re.compile(rf"^{number} clocks?\b", re.MULTILINE)
    )
    assert faults(page) == ""


def test_untouched_leads_and_decisions_can_be_read_by_everybody(open_as: OpenAs) -> None:
    page = open_as("mara")
    for address in (f"{PAGE}untouched/", f"/w/{ROAD}/decisions/"):
        page.goto(address)
        assert faults(page) == ""


def test_a_workspace_that_is_not_mine_is_not_there(open_as: OpenAs) -> None:
    page = open_as("ben")
    answer = page.request.get(f"/w/{ELSEWHERE}/compliance/")
    assert answer.status == 404
