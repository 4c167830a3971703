"""Where things stand on the pages, for more than one test."""

import time
from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

WORKER_PATIENCE = 60.0
"""Seconds for beat and worker to do what a page waits for."""


def offer(page: Page, name: str) -> Locator:
    """The row of the queue with the lead of that name."""
    return page.get_by_role("article", name=name)


def names_listed(page: Page) -> Locator:
    """The names on a page of the list of leads, from the top."""
    return page.locator("td.lq-cell-name a")


def stage_of(page: Page) -> Locator:
    return page.locator("#panel-header h1 .badge")


def clock(page: Page, promise: str) -> Locator:
    return page.locator("#lead-clocks").get_by_role("listitem").filter(has_text=promise)


def settle(page: Page) -> None:
    """Wait until nothing is being fetched."""
    expect(page.locator(".htmx-request")).to_have_count(0)


def reload_until(page: Page, happened: Callable[[], bool]) -> None:
    """Look again and again, as a person would who waits for the worker."""
    deadline = time.monotonic() + WORKER_PATIENCE
    while not happened():
        assert time.monotonic() < deadline, f"Nothing has happened at {page.url}"
        page.wait_for_timeout(500)
        page.reload()
