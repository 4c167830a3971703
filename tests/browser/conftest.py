"""One running product and one Chromium for all browser tests; `tests.scheduling` sees to that.

The plugin's session fixtures are narrowed to this package: a Playwright that is still running
would leave an event loop in the thread, and Django then refuses its database to the tests that
follow.
"""

import functools
import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect, sync_playwright

from tests import machine
from tests.browser import product as running_product
from tests.browser.product import Product
from tests.browser.scene import PASSWORD, email_of
from tests.browser.screens import DESKTOP
from tests.browser.troubles import Troubles

PATIENCE = 20_000
"""Milliseconds for a page to show something, on a machine that runs other tests beside."""

QUIET = [
    *("--disable-gpu", "--disable-background-networking", "--disable-component-update"),
    *("--disable-sync", "--no-first-run"),
]

OpenAs = Callable[[str], Page]


@functools.cache
def chromium() -> str | None:
    return machine.chromium()


def pytest_itemcollected(item: pytest.Item) -> None:
    """Each test below this folder."""
    item.add_marker(pytest.mark.browser)
    if chromium() is None:
        item.add_marker(pytest.mark.skip(reason=machine.why_no_chromium()))


@pytest.fixture(scope="package")
def product() -> Iterator[Product]:
    with running_product.running() as product:
        yield product


@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as playwright:
        expect.set_options(timeout=PATIENCE)
        yield playwright


@pytest.fixture(scope="package")
def browser(playwright: Playwright, browser_type_launch_args: dict[str, Any]) -> Iterator[Browser]:
    root = ["--no-sandbox"] if os.geteuid() == 0 else []
    options = {"executable_path": chromium(), "args": [*QUIET, *root]}
    browser = playwright.chromium.launch(**options | browser_type_launch_args)
    yield browser
    browser.close()


@pytest.fixture(scope="package")
def browser_context_args(product: Product) -> dict[str, Any]:
    return {
        "base_url": product.url,
        "viewport": DESKTOP,
        "locale": "en-GB",
        "timezone_id": "Europe/Berlin",
        "reduced_motion": "reduce",
    }


@pytest.fixture
def troubles() -> Iterator[Troubles]:
    """What pages complain about; a test fails by it unless it was expected."""
    troubles = Troubles()
    yield troubles
    assert troubles.unexpected == []


@pytest.fixture
def context(new_context: Callable[[], BrowserContext], troubles: Troubles) -> BrowserContext:
    """A browser in which nobody is logged in."""
    context = new_context()
    context.set_default_timeout(PATIENCE)
    troubles.watch(context)
    return context


@pytest.fixture(scope="package")
def sessions() -> dict[str, Any]:
    """The cookies of those who have logged in before, by person."""
    return {}


@pytest.fixture
def open_as(
    new_context: Callable[..., BrowserContext], sessions: dict[str, Any], troubles: Troubles
) -> OpenAs:
    """A browser of its own for one of the cast, logged in, with an empty page."""

    def open_page(who: str) -> Page:
        context = new_context(storage_state=sessions.get(who))
        context.set_default_timeout(PATIENCE)
        troubles.watch(context)
        page = context.new_page()
        if who not in sessions:
            log_in(page, who)
            sessions[who] = context.storage_state()
        return page

    return open_page


def log_in(page: Page, who: str) -> None:
    page.goto("/account/login/")
    page.get_by_label("Email", exact=True).fill(email_of(who))
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("button", name="My account:")).to_be_visible()
