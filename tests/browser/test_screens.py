"""Every screen can be read by everybody: axe-core, two widths, light and dark, a quiet console."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenAs
from tests.browser.product import Product
from tests.browser.reading import offer, settle
from tests.browser.scene import ELSEWHERE, LOST, OFFERED, QUEUE, ROAD, UNTOUCHED
from tests.browser.screens import PHONE, faults
from tests.browser.troubles import Troubles

DASHBOARDS = ("funnel", "acceptance", "rejections", "speed", "revenue", "follow-up")
SCREENS = {
    "ben": {
        "queue": f"/w/{QUEUE}/queue/",
        "offered lead": f"/w/{ROAD}/leads/{{offered}}/",
        "accepted lead": f"/w/{ROAD}/leads/{{accepted}}/",
        "facts of a lead": f"/w/{ROAD}/leads/{{offered}}/edit/",
        "new lead": f"/w/{ROAD}/leads/new/",
        "notices": f"/w/{ROAD}/notices/",
        "profile": "/profile/",
        "new password": "/account/password/",
        "second factor": "/account/second-factor/",
    },
    "mara": {
        "empty queue": f"/w/{QUEUE}/queue/",
        "everyone's queue": f"/w/{QUEUE}/queue/everyone/",
        "routing": f"/w/{ROAD}/routing/?days=90",
        "rejections": f"/w/{ROAD}/rejections/?state=all",
        "no dashboard by mail": f"/w/{ROAD}/dashboards/mails/",
        "mailing a dashboard": f"/w/{ROAD}/dashboards/mails/new/?page=funnel&compare=before",
        "pools": "/admin/handoff/pool/",
        "reps": "/admin/handoff/rep/",
        "calendars": "/admin/sla/businesscalendar/",
    },
    "ana": {
        "lost lead": f"/w/{ROAD}/leads/{{lost}}/",
        "leads": f"/w/{ROAD}/leads/",
        "leads, none found": f"/w/{ROAD}/leads/?q=nobody",
        "imports": f"/w/{ROAD}/imports/",
        "new import": f"/w/{ROAD}/imports/new/",
        "admin": "/admin/",
        "model versions": "/admin/scoring/modelversion/",
        "draft": "/admin/scoring/modelversion/{draft}/change/",
        "publishing": "/admin/scoring/modelversion/{draft}/publish/",
        "choosing a model": f"/admin/scoring/modelversion/start/{ROAD}/",
        "starting from it": f"/admin/scoring/modelversion/start/{ROAD}/library/product-led/",
        "versions": f"/admin/scoring/modelversion/history/{ROAD}/",
        "two versions": f"/admin/scoring/modelversion/compare/{ROAD}/",
        "rejection reasons": "/admin/handoff/rejectionreason/",
        "starting a shadow": "/admin/scoring/modelversion/{draft}/shadow/",
        "no shadow": f"/w/{ROAD}/shadow/",
    },
    "lena": {
        **{page: f"/w/{ROAD}/dashboards/{page}/?compare=before" for page in DASHBOARDS},
        "sharing": f"/w/{ROAD}/dashboards/funnel/share/",
        "shared links": f"/w/{ROAD}/dashboards/shared/",
    },
    "nora": {
        "members": f"/w/{ROAD}/members/",
        "invitation": f"/w/{ROAD}/members/invite/",
        "API tokens": f"/w/{ROAD}/tokens/",
        "workspaces": "/workspaces/",
        "new workspace": "/workspaces/new/",
    },
    "cleo": {
        "no leads yet": f"/w/{ELSEWHERE}/leads/",
        "empty funnel": f"/w/{ELSEWHERE}/dashboards/funnel/",
    },
}
"""By who opens them; one browser each, which keeps the style sheets."""


@pytest.mark.parametrize("who", SCREENS)
def test_all_screens_can_be_read(who: str, product: Product, open_as: OpenAs) -> None:
    page = open_as(who)
    found = {}
    for screen, address in SCREENS[who].items():
        arrive(page, address, product)
        found[screen] = faults(page)
    assert found == dict.fromkeys(SCREENS[who], "")


def test_a_queue_while_somebody_rejects(product: Product, open_as: OpenAs) -> None:
    page = open_as("ben")
    arrive(page, f"/w/{QUEUE}/queue/", product)
    row = offer(page, OFFERED[-1])
    row.get_by_role("button", name="Reject").click()
    row.locator(".lq-reason", has_text="No budget").click()
    expect(row.locator("[name=note]")).to_be_visible()
    assert faults(page) == ""


def test_a_lead_with_everything_opened(product: Product, open_as: OpenAs) -> None:
    page = open_as("mara")
    arrive(page, f"/w/{ROAD}/leads/{{accepted}}/", product)
    for summary in page.locator("summary").all():
        summary.click()
    page.get_by_role("button", name="Recycle to nurture").click()
    page.locator(".lq-step-form .lq-reason", has_text="No budget").click()
    expect(page.get_by_label("Wake it on")).to_be_visible()
    settle(page)
    assert faults(page) == ""


def test_the_menus_and_the_list_of_keys(product: Product, open_as: OpenAs) -> None:
    page = open_as("ben")
    arrive(page, f"/w/{ROAD}/leads/", product)
    page.get_by_role("button", name="Notices").click()
    expect(page.locator("#notices-panel button").first).to_be_visible()
    assert faults(page) == ""
    page.keyboard.press("Escape")

    page.set_viewport_size(PHONE)
    page.get_by_role("button", name="Menu").click()
    expect(page.get_by_role("link", name="Dashboards")).to_be_visible()
    assert faults(page) == ""

    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    assert faults(page) == ""


@pytest.mark.parametrize(("address", "status"), [("queue/", 403), ("leads/0/", 404)])
def test_a_page_that_says_no(
    address: str, status: int, open_as: OpenAs, troubles: Troubles
) -> None:
    troubles.expect_status(status)
    page = open_as("lena")
    page.goto(f"/w/{ROAD}/{address}")
    assert faults(page) == ""


@pytest.mark.parametrize("address", ["/account/login/", "/account/password/reset/"])
def test_a_screen_before_the_login(address: str, page: Page) -> None:
    page.goto(address)
    assert faults(page) == ""


def arrive(page: Page, address: str, product: Product) -> None:
    """Open the page and wait for the panels that it fetches."""
    leads, draft = product.scene.rooms[ROAD].leads, product.scene.rooms[QUEUE].draft
    ids = {"offered": leads[OFFERED[-1]], "accepted": leads[UNTOUCHED], "lost": leads[LOST]}
    answer = page.goto(address.format(**ids, draft=draft))
    assert answer is not None
    assert answer.status == 200
    settle(page)
