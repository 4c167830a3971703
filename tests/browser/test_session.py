"""Logging in and out, one's colours, one's workspaces, the keyboard."""

from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenAs, log_in


def test_somebody_who_logs_out_is_asked_to_log_in(page: Page) -> None:
    log_in(page, "ben")
    page.get_by_role("button", name="My account:").click()
    page.get_by_role("button", name="Log out").click()

    page.goto("/w/southwind/queue/")

    expect(page).to_have_url("/account/login/?next=/w/southwind/queue/")
    expect(page.get_by_role("heading", name="Log in")).to_be_visible()
