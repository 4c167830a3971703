"""What one open page of the queue costs a minute while nothing happens: `python -m
tests.browser.idle_page [seconds]`.

The product runs as in production, a real browser shows ben's queue, and nobody touches it. What the
web server does by itself is measured as long before and taken off.
"""

# ruff: noqa: E402 - Django has to be set up before its models are imported.

import os
import sys
import time
from pathlib import Path
from typing import Final

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leadqual.settings")
django.setup()

from playwright.sync_api import CDPSession, Page, expect, sync_playwright

from tests.browser import product
from tests.browser.conftest import QUIET, chromium, log_in
from tests.browser.scene import QUEUE

QUERIES: Final = 4
"""Of one request without news: session, person, membership, the state of the offers; tests/handoff/
test_queue.py holds it to that."""


class WebServer:
    """The processes that answer, found by the port that they know."""

    def __init__(self, url: str) -> None:
        port = f"PORT={url.rpartition(':')[2]}".encode()
        known = [process for process in Path("/proc").glob("[0-9]*") if _knows(process, port)]
        masters = {each.name for each in known if b"granian" in _read(each, "cmdline")}
        self.processes = [
            each for each in known if each.name in masters or _stat(each)[1] in masters
        ]

    def seconds(self) -> float:
        """Of CPU, so far."""
        ticks = sum(int(each) for process in self.processes for each in _stat(process)[11:13])
        return ticks / os.sysconf("SC_CLK_TCK")


def _read(process: Path, name: str) -> bytes:
    try:
        return (process / name).read_bytes()
    except OSError:  # it has ended meanwhile, or is none of ours
        return b""


def _knows(process: Path, variable: bytes) -> bool:
    return variable in _read(process, "environ").split(b"\0")


def _stat(process: Path) -> list[str]:
    """State, parent and so on, as proc(5) numbers them from the third."""
    return _read(process, "stat").decode().rpartition(")")[2].split() or ["0"] * 13


class Traffic:
    """Requests of a page from now on, and their bytes as they are on the wire, without TCP."""

    def __init__(self, session: CDPSession) -> None:
        self.requests, self.sent, self.received = 0, 0, 0
        session.on("Network.requestWillBeSentExtraInfo", self._sent)
        session.on("Network.loadingFinished", self._received)
        session.send("Network.enable")

    def _sent(self, event: dict[str, dict[str, str]]) -> None:
        self.requests += 1
        self.sent += sum(len(name) + len(value) + 4 for name, value in event["headers"].items())

    def _received(self, event: dict[str, float]) -> None:
        self.received += int(event["encodedDataLength"])


def measure(page: Page, server: WebServer, seconds: float) -> None:
    page.goto("about:blank")
    began = server.seconds()
    time.sleep(seconds)
    alone = server.seconds() - began
    page.goto(f"/w/{QUEUE}/queue/")
    expect(page.locator("[data-offer]").first).to_be_visible()
    traffic = Traffic(page.context.new_cdp_session(page))
    began = server.seconds()
    page.wait_for_timeout(seconds * 1000)
    spent = server.seconds() - began - alone
    a_minute = 60 / seconds
    print(f"One open queue, a minute, of {seconds:g} s measured:")
    print(f"  requests        {traffic.requests * a_minute:10,.1f}")
    print(f"  bytes sent      {traffic.sent * a_minute:10,.0f}")
    print(f"  bytes received  {traffic.received * a_minute:10,.0f}")
    print(f"  queries         {traffic.requests * QUERIES * a_minute:10,.0f}")
    print(f"  CPU of the web  {spent * a_minute * 1000:10,.0f} ms")


def main(seconds: float) -> None:
    with product.running() as running, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium(), args=[*QUIET, "--no-sandbox"]
        )
        page = browser.new_page(base_url=running.url)
        log_in(page, "ben")
        measure(page, WebServer(running.url), seconds)
        browser.close()


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 60.0)
