"""Logging in and out, one's colours, one's workspaces, the keyboard."""

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenAs, log_in
from tests.browser.scene import QUEUE, ROAD
from tests.browser.troubles import Troubles


def test_somebody_who_logs_out_is_asked_to_log_in(page: Page) -> None:
    log_in(page, "ben")
    page.get_by_role("button", name="My account:").click()
    page.get_by_role("button", name="Log out").click()

    page.goto(f"/w/{QUEUE}/queue/")

    expect(page).to_have_url(f"/account/login/?next=/w/{QUEUE}/queue/")
    expect(page.get_by_role("heading", name="Log in")).to_be_visible()


def test_a_wrong_password_is_said_in_words(page: Page) -> None:
    page.goto("/account/login/")
    page.get_by_label("Email", exact=True).fill("ben@leadqual.example")
    page.get_by_label("Password", exact=True).fill("not his")
    page.get_by_role("button", name="Log in").click()

    expect(page.get_by_role("alert")).to_contain_text("password")
    expect(page).to_have_url("/account/login/")


def test_the_chosen_colours_stay(open_as: OpenAs) -> None:
    page = open_as("mara")
    page.goto(f"/w/{ROAD}/leads/")
    html = page.locator("html")
    expect(html).to_have_attribute("data-bs-theme", "light")

    page.get_by_role("button", name="My account:").click()
    with page.expect_response("**/profile/theme/"):
        page.get_by_role("button", name="Dark", exact=True).click()
    expect(html).to_have_attribute("data-bs-theme", "dark")

    page.reload()
    expect(html).to_have_attribute("data-bs-theme", "dark")
    elsewhere = open_as("mara")
    elsewhere.goto(f"/w/{QUEUE}/queue/")
    expect(elsewhere.locator("html")).to_have_attribute("data-bs-theme", "dark")

    page.get_by_role("button", name="My account:").click()
    with page.expect_response("**/profile/theme/"):
        page.get_by_role("button", name="Auto", exact=True).click()
    expect(html).to_have_attribute("data-bs-theme", "light")


def test_the_switcher_changes_the_workspace(open_as: OpenAs) -> None:
    page = open_as("ben")
    page.goto(f"/w/{ROAD}/queue/")
    page.get_by_role("button", name="Northwind").click()
    page.get_by_role("link", name="Southwind").click()

    expect(page).to_have_url(f"/w/{QUEUE}/queue/")
    expect(page.get_by_role("button", name="Southwind")).to_be_visible()
    page.goto("/")
    expect(page).to_have_url(f"/w/{QUEUE}/queue/")


def test_a_workspace_of_others_does_not_exist(open_as: OpenAs, troubles: Troubles) -> None:
    troubles.expect_status(404)
    answer = open_as("cleo").goto(f"/w/{ROAD}/leads/")
    assert answer is not None
    assert answer.status == 404


def test_the_first_tab_skips_to_the_content(open_as: OpenAs) -> None:
    page = open_as("ben")
    page.goto(f"/w/{ROAD}/leads/")
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()

    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator("#main :focus")).to_have_count(1)


def test_a_question_mark_opens_the_list_of_keys(open_as: OpenAs) -> None:
    page = open_as("ben")
    page.goto(f"/w/{ROAD}/queue/")
    page.keyboard.press("?")
    keys = page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(keys).to_be_visible()
    expect(keys).to_contain_text(re.compile("accept", re.IGNORECASE))

    page.keyboard.press("Escape")
    expect(keys).to_be_hidden()
