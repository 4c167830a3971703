"""A draft on real history: previewed by the worker; its thresholds moved by keyboard, put in."""

import json

from playwright.sync_api import Page, expect

from scoring.previews.thresholds import Thresholds, weigh
from tests.browser.conftest import OpenAs
from tests.browser.reading import reload_until
from tests.browser.scene import ROAD
from tests.browser.screens import faults


def test_a_draft_is_previewed_and_its_threshold_moved(open_as: OpenAs) -> None:
    page = open_as("ana")
    preview_the_draft(page)
    reload_until(page, lambda: page.get_by_role("heading", name="MQLs a week").is_visible())
    expect(page.locator(".lq-chart svg")).to_have_count(2)
    for summary in page.locator("summary").all():
        summary.click()
    assert faults(page) == ""

    page.get_by_role("link", name="Move the thresholds").click()
    expect(page.get_by_role("heading", name="Thresholds", exact=True)).to_be_visible()
    page.wait_for_load_state()
    expect(page.locator(".lq-chart svg")).to_have_count(2)
    assert faults(page) == ""
    mql = page.locator("[data-group=mql]")
    written_by_the_server = mql.locator("tbody tr").all_inner_texts()
    move_by_keyboard(page, steps=5)
    expect(mql.get_by_label("MQL from: total at least, as a number")).to_have_value("45")
    expect(mql.locator("tbody tr[aria-current] th")).to_have_text("45")
    move_by_keyboard(page, steps=-5)
    expect(mql.locator("tbody tr[aria-current] th")).to_have_text("40")
    expect(mql.locator("tbody tr")).to_have_text(written_by_the_server, use_inner_text=True)

    assert_weighed_as_in_python(page)
    page.goto(page.url)  # a reload would keep what stands in the form
    move_by_keyboard(page, steps=2)
    page.get_by_role("button", name="Put into draft 2").click()
    expect(page.get_by_text("MQL definition: total 40 → total 42.")).to_be_visible()


def preview_the_draft(page: Page) -> None:
    """From the draft's own page in the admin."""
    page.goto("/admin/scoring/modelversion/")
    published = page.get_by_text(f"{ROAD.title()}: version 1 is published.")
    published.locator("..").get_by_role("button", name="Open a draft").click()
    page.get_by_role("button", name="Preview on history").click()
    expect(page.get_by_role("heading", name="Version 2 on real history")).to_be_visible()


def assert_weighed_as_in_python(page: Page) -> None:
    """What the script tells of one set of thresholds after another."""
    address, mark, query = page.url.partition("?")
    told = page.request.get(f"{address}weights.json{mark}{query}").json()
    report = {**told, "won": {"leads": told["won"]}}
    mql = page.locator("[data-group=mql]")
    for at in (Thresholds(), Thresholds(total=61), Thresholds(fit=30, intent=10, total=0)):
        for name in ("total", "fit", "intent"):
            mql.locator(f"[data-number={name}]").fill(str(getattr(at, name)))
        expect(mql.locator("tbody tr[aria-current] th")).to_have_text(str(at.total))
        found = weigh(report, at)
        expect(mql.locator("[data-out=leads]")).to_have_text(f"{found.leads} in 13 weeks")
        expect(mql.locator("[data-out=won]")).to_have_text(f"{found.won} of {found.all_won} won")
        expect(mql.locator("[data-out=decided]")).to_have_text(
            f"{found.accepted} of {found.decided} offers decided"
        )
        chart = json.loads(mql.locator("[data-live-chart]").get_attribute("data-chart") or "")
        assert chart["series"][0]["values"] == list(found.weekly)


def move_by_keyboard(page: Page, *, steps: int) -> None:
    page.locator("#mql-total").focus()
    for _ in range(abs(steps)):
        page.keyboard.press("ArrowRight" if steps > 0 else "ArrowLeft")
