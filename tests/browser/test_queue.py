"""The queue while it is open: offers come in, others decide, nothing typed is lost."""

import json
import re
import urllib.request
from datetime import UTC, datetime

from playwright.sync_api import expect

from tests.browser.conftest import OpenAs
from tests.browser.product import Product
from tests.browser.reading import offer
from tests.browser.scene import NOT_READY, OFFERED, QUEUE
from tests.browser.troubles import Troubles

READY_NOW, TYPED_AT, CONTESTED = NOT_READY[0], OFFERED[0], OFFERED[1]


def test_an_offer_appears_by_itself_and_what_is_being_typed_stays(
    product: Product, open_as: OpenAs
) -> None:
    page = open_as("ben")
    page.goto(f"/w/{QUEUE}/queue/")
    rejected = offer(page, TYPED_AT)
    rejected.get_by_role("button", name="Reject").click()
    rejected.get_by_text("Too small").click()
    rejected.get_by_label("Note").press_sequentially("Six people, and no")
    expect(offer(page, READY_NOW)).to_have_count(0)

    assert visit_pricing_page(product, READY_NOW) == 201

    expect(offer(page, READY_NOW)).to_be_visible()
    expect(offer(page, READY_NOW)).to_contain_text("visited pricing page")
    expect(rejected.get_by_label("Note")).to_be_focused()
    page.keyboard.type(" plans to grow")
    page.keyboard.press("Enter")
    expect(rejected.locator("[data-outcome]")).to_contain_text("Too small.")
    expect(rejected.locator("[data-outcome]")).to_contain_text("Six people, and no plans to grow")


def test_the_second_to_decide_is_told_who_was_faster_and_when(
    open_as: OpenAs, troubles: Troubles
) -> None:
    troubles.expect_status(409)
    rep, manager = open_as("ben"), open_as("mara")
    rep.goto(f"/w/{QUEUE}/queue/")
    manager.goto(f"/w/{QUEUE}/queue/everyone/")
    theirs = offer(manager, CONTESTED)
    theirs.get_by_role("button", name="Reject").click()
    theirs.get_by_text("Bad data").click()

    offer(rep, CONTESTED).get_by_role("button", name="Accept").click()
    expect(offer(rep, CONTESTED).locator("[data-outcome]")).to_contain_text("Accepted by Ben Okoye")
    theirs.get_by_role("button", name="Reject", exact=True).click()

    expect(theirs.get_by_role("alert")).to_have_text(
        re.compile(
            r"Ben Okoye was faster on \w+ \d+ \w+ \d{4} at \d\d:\d\d: this offer is accepted"
        )
    )
    expect(theirs.locator("[data-outcome]")).to_contain_text("Accepted by Ben Okoye")


def visit_pricing_page(product: Product, name: str) -> int:
    """Tell the API of it, as the website would; the status of the answer."""
    first, last = name.lower().split()
    event = {
        "external_id": "visit-1",
        "email": f"{first}@{last}.example",
        "kind": "page_view",
        "occurred_at": datetime.now(UTC).isoformat(),
        "url": "https://southwind.example/pricing",
    }
    request = urllib.request.Request(  # noqa: S310 (our own address)
        f"{product.url}/api/v1/events",
        data=json.dumps(event).encode(),
        headers={
            "Authorization": f"Bearer {product.scene.rooms[QUEUE].token}",
            "Content-Type": "application/json",
        },
    )
    with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310
        return int(answer.status)
