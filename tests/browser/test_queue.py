"""The queue while it is open: offers come in, others decide, nothing typed is lost, keys work."""

import json
import re
import urllib.request
from datetime import UTC, datetime

from playwright.sync_api import Page, Request, expect

from tests.browser.conftest import OpenAs
from tests.browser.product import Product
from tests.browser.reading import offer, settle
from tests.browser.scene import NOT_READY, OFFERED, QUEUE
from tests.browser.troubles import Troubles

READY_NOW, TYPED_AT, CONTESTED = NOT_READY[0], OFFERED[0], OFFERED[1]
READY_LATER, ON_IT = NOT_READY[1], OFFERED[-1]
UNDONE, TOO_SMALL = OFFERED[7], OFFERED[8]
POLLED = "/queue/offers/"
HIDE = """is => {
    Object.defineProperty(document, "hidden", {value: is, configurable: true});
    document.dispatchEvent(new Event("visibilitychange"));
}"""


def test_an_offer_appears_by_itself_and_what_is_being_typed_stays(
    product: Product, open_as: OpenAs
) -> None:
    page = open_as("ben")
    page.goto(f"/w/{QUEUE}/queue/")
    rejected = offer(page, TYPED_AT)
    rejected.get_by_role("button", name="Reject").click()
    rejected.get_by_text("No budget").click()
    note = rejected.locator("[name=note]")
    note.press_sequentially("No money, and none")
    expect(offer(page, READY_NOW)).to_have_count(0)

    assert visit_pricing_page(product, READY_NOW) == 201

    expect(offer(page, READY_NOW)).to_be_visible()
    expect(offer(page, READY_NOW)).to_contain_text("looked at the pricing page today")
    expect(note).to_be_focused()
    page.keyboard.type(" next year")
    page.keyboard.press("Enter")
    expect(rejected.locator("[data-outcome]")).to_contain_text("No budget.")
    expect(rejected.locator("[data-outcome]")).to_contain_text("No money, and none next year")


def test_the_second_to_decide_is_told_who_was_faster_and_when(
    open_as: OpenAs, troubles: Troubles
) -> None:
    troubles.expect_status(409)
    rep, manager = open_as("ben"), open_as("mara")
    rep.goto(f"/w/{QUEUE}/queue/")
    manager.goto(f"/w/{QUEUE}/queue/everyone/")
    theirs = offer(manager, CONTESTED)
    theirs.get_by_role("button", name="Reject").click()
    theirs.get_by_text("No budget").click()

    offer(rep, CONTESTED).get_by_role("button", name="Accept").click()
    expect(offer(rep, CONTESTED).locator("[data-outcome]")).to_contain_text("Accepted by Ben Okoye")
    theirs.get_by_role("button", name="Reject", exact=True).click()

    expect(theirs.get_by_role("alert")).to_have_text(
        re.compile(
            r"Ben Okoye was faster on \w+ \d+ \w+ \d{4} at \d\d:\d\d: this offer is accepted"
        )
    )
    expect(theirs.locator("[data-outcome]")).to_contain_text("Accepted by Ben Okoye")


def test_a_new_offer_is_announced_and_does_not_move_the_row_somebody_is_on(
    product: Product, open_as: OpenAs
) -> None:
    page = open_as("ben")
    page.goto(f"/w/{QUEUE}/queue/")
    at = offer(page, ON_IT)
    at.get_by_role("button", name="Accept").focus()
    before = at.bounding_box()
    assert before

    assert visit_pricing_page(product, READY_LATER) == 201

    expect(page.locator("#queue-says")).to_have_text(f"New offer: {READY_LATER}")
    expect(offer(page, READY_LATER)).to_have_class(re.compile("is-new"))
    expect(at.get_by_role("button", name="Accept")).to_be_focused()
    after = at.bounding_box()
    assert after
    assert abs(after["y"] - before["y"]) < 2


def test_offers_are_worked_through_by_keyboard(open_as: OpenAs) -> None:
    page = open_as("ben")
    page.goto(f"/w/{QUEUE}/queue/")
    current = page.locator("[data-offer].is-current")
    first, second = (row.get_attribute("id") for row in page.locator("[data-offer]").all()[:2])
    expect(current).to_have_attribute("id", str(first))
    page.keyboard.press("j")
    expect(current).to_have_attribute("id", str(second))
    page.keyboard.press("k")
    expect(current).to_have_attribute("id", str(first))
    page.keyboard.press("x")  # nothing is to be selected here
    page.keyboard.press("n")
    expect(page.locator(f"#{first} [data-outcome]")).to_contain_text("Not mine")
    expect(current).to_have_attribute("id", str(second))
    page.keyboard.press("r")
    expect(page.locator(f"#{second} [data-reasons]")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(f"#{second} [data-reasons]")).to_have_count(0)
    page.keyboard.press("?")
    expect(page.locator("#keyboard")).to_contain_text("Next and previous offer")


def test_an_acceptance_by_mistake_is_taken_back_by_keyboard(open_as: OpenAs) -> None:
    page = open_as("ben")
    page.goto(f"/w/{QUEUE}/queue/")
    row = offer(page, UNDONE)
    row.focus()
    page.keyboard.press("a")
    page.keyboard.down("a")  # pressed twice, and held down: no other lead is accepted
    expect(row.locator("[data-outcome]")).to_contain_text("Accepted by Ben Okoye")
    expect(row).not_to_have_class(re.compile("is-current"))
    page.keyboard.down("a")
    page.keyboard.up("a")
    settle(page)
    expect(page.locator("[data-offer].lq-answered")).to_have_count(1)
    page.keyboard.press("u")
    expect(row.get_by_role("button", name="Accept")).to_be_visible()
    expect(row).to_be_focused()
    page.reload()
    expect(offer(page, UNDONE).get_by_role("button", name="Accept")).to_be_visible()


def test_a_reason_chosen_by_its_digit_asks_its_questions_and_enter_rejects(
    open_as: OpenAs, troubles: Troubles
) -> None:
    troubles.expect_status(422)
    page = open_as("ben")
    page.goto(f"/w/{QUEUE}/queue/")
    row = offer(page, TOO_SMALL)
    row.focus()
    page.keyboard.press("r")
    expect(row.get_by_role("radio", name="No budget")).to_be_focused()
    page.keyboard.press("n")  # who begins to type a note too early passes nothing on
    page.keyboard.press("2")
    expect(row.get_by_label("Who decides there?")).to_be_focused()
    page.keyboard.press("Enter")
    expect(row.get_by_role("alert")).to_have_text("Write a note: this reason needs it.")
    row.get_by_role("radio", name="Not a decision maker").focus()
    page.keyboard.press("5")
    size = row.get_by_label("Company size")
    expect(size).to_be_focused()
    expect(row.get_by_label("Wake it on")).to_be_hidden()
    size.fill("4")
    page.keyboard.press("Enter")
    expect(row.locator("[data-outcome]")).to_contain_text("Too small.")
    expect(
        row.get_by_role("listitem").filter(has_text="Company size").locator("strong")
    ).to_have_text("4")


def polled(page: Page) -> list[Request]:
    """The requests for news, as they are made from now on."""
    found: list[Request] = []
    page.on("request", lambda asked: found.append(asked) if POLLED in asked.url else None)
    return found


def test_the_list_asks_every_four_seconds_not_while_hidden_and_at_once_when_it_comes_back(
    open_as: OpenAs,
) -> None:
    page = open_as("ben")
    page.clock.install()
    page.goto(f"/w/{QUEUE}/queue/")
    for _ in range(2):
        with page.expect_response(re.compile(POLLED)) as answer:
            page.clock.run_for(4100)
        assert answer.value.status == 204
    page.evaluate(HIDE, True)
    asked = polled(page)
    page.clock.run_for(300_000)
    assert asked == []
    with page.expect_response(re.compile(POLLED)):
        page.evaluate(HIDE, False)


def test_the_list_asks_less_while_the_server_fails_and_says_that_it_is_old(
    open_as: OpenAs, troubles: Troubles
) -> None:
    troubles.expect_status(429)
    page = open_as("ben")
    page.clock.install()
    page.goto(f"/w/{QUEUE}/queue/")
    page.route(re.compile(POLLED), lambda route: route.fulfill(status=429))
    stale = page.locator("#offers.is-stale")
    with page.expect_response(re.compile(POLLED)):
        page.clock.run_for(4100)
    expect(stale).to_be_visible()
    asked = polled(page)
    page.clock.run_for(5000)  # the next after eight seconds, then sixteen
    assert asked == []
    with page.expect_response(re.compile(POLLED)):
        page.clock.run_for(4000)
    page.unroute(re.compile(POLLED))
    with page.expect_response(re.compile(POLLED)):
        page.clock.run_for(17_000)
    expect(stale).to_have_count(0)


def visit_pricing_page(product: Product, name: str) -> int:
    """Tell the API of it, as the website would; the status of the answer."""
    first, last = name.lower().split()
    event = {
        "external_id": f"visit-{name}",
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
