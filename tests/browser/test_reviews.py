"""The joint review in the browser: two people in the same meeting, each at their own machine."""

import re

from playwright.sync_api import Locator, Page, Request, expect

from tests.browser.conftest import OpenAs
from tests.browser.reading import settle
from tests.browser.scene import REJECTED, WRITTEN
from tests.browser.screens import faults
from tests.browser.troubles import Troubles

REVIEWS = f"/w/{WRITTEN}/reviews/"
SOON = 3_000
"""Milliseconds in which the other one sees what was done, on a machine that is not busy; tests
allow for one that is."""
BUSY = 12_000
LATEST, MIDDLE, OLDEST = reversed(REJECTED)
HIDE = """is => {
    Object.defineProperty(document, "hidden", {value: is, configurable: true});
    document.dispatchEvent(new Event("visibilitychange"));
}"""


def item(page: Page, name: str) -> Locator:
    return page.get_by_role("article", name=re.compile(name))


def open_metrics(page: Page) -> str:
    page.goto(REVIEWS)
    card = page.get_by_role("region", name="Metrics", exact=True)
    card.get_by_role("button", name="Open the review").or_(
        card.get_by_role("link", name="Go on with the review")
    ).click()
    expect(page.get_by_role("heading", name="Review: Metrics")).to_be_visible()
    page.get_by_role("link", name="Rejected leads").first.click()
    expect(page.get_by_role("heading", name="Rejected leads")).to_be_visible()
    return page.url


def test_two_people_see_each_others_marks_notes_and_decisions_and_end_with_minutes(
    open_as: OpenAs, troubles: Troubles
) -> None:
    ana, mara = open_as("ana"), open_as("mara")
    ana.goto(REVIEWS)
    settle(ana)
    assert faults(ana) == ""
    meeting = open_metrics(ana)
    expect(item(ana, LATEST)).to_contain_text("has no money before next year")
    settle(ana)
    assert faults(ana) == ""

    mara.goto(meeting)
    expect(ana.locator("#people")).to_contain_text(
        re.compile(r"Mara Lindt\s+Sales, came in"), timeout=BUSY
    )
    marks_by_keyboard(ana, mara)
    typed_text_stays(ana, mara)
    decides(ana, mara)
    slower_one_is_told(ana, mara, troubles)
    connection_is_lost(ana, mara, troubles)
    closes(ana, mara, troubles, meeting)


def marks_by_keyboard(ana: Page, mara: Page) -> None:
    ana.keyboard.press("j")
    expect(item(ana, LATEST)).to_be_focused()
    ana.keyboard.press("1")
    theirs = item(mara, LATEST).locator(".lq-marks")
    expect(theirs).to_contain_text("Right reject Ana Marques", timeout=BUSY)
    expect(item(ana, LATEST)).to_be_focused()
    item(mara, LATEST).get_by_role("button", name="Wrong reject").click()
    expect(item(ana, LATEST)).to_contain_text("They differ: talk about it", timeout=BUSY)
    ana.keyboard.press("2")
    expect(item(mara, LATEST)).to_contain_text("Both sides agree", timeout=BUSY)
    expect(mara.locator("#agenda")).to_contain_text("1 of 3 marked by both sides", timeout=BUSY)


def typed_text_stays(ana: Page, mara: Page) -> None:
    """While mara writes, ana marks and notes: what mara types and where stays."""
    theirs = item(mara, MIDDLE)
    theirs.get_by_text("Note what was said").click()
    words = theirs.get_by_label(re.compile("What was said about"))
    words.fill("Ask again")
    item(ana, MIDDLE).get_by_role("button", name="Wrong hand-off").click()
    expect(theirs.locator(".lq-marks")).to_contain_text("Wrong hand-off Ana", timeout=BUSY)
    expect(words).to_be_focused()
    expect(words).to_have_value("Ask again")
    mara.keyboard.type(" in May")
    theirs.get_by_role("button", name="Save the note").click()
    expect(item(ana, MIDDLE)).to_contain_text("Ask again in May noted by Mara Lindt", timeout=BUSY)


def decides(ana: Page, mara: Page) -> None:
    item(ana, LATEST).focus()
    ana.keyboard.press("d")
    expect(ana.get_by_label("What was decided")).to_be_focused()
    expect(ana.locator("#decide-about-words")).to_contain_text(LATEST)
    ana.get_by_role("button", name="Write it down").click()
    expect(ana.get_by_text("Write down what was decided.")).to_be_visible()
    settle(ana)
    assert faults(ana) == ""
    ana.get_by_label("What was decided").fill("Ask for the budget first")
    ana.get_by_label("What it starts").select_option(label="A draft of the scoring model")
    ana.get_by_role("button", name="Write it down").click()
    expect(mara.locator("#decisions")).to_contain_text("Ask for the budget first", timeout=BUSY)
    expect(mara.locator("#decisions > li")).to_have_count(1)
    expect(item(mara, LATEST)).to_contain_text("Decided: “Ask for the budget first”")
    settle(ana)
    assert faults(ana) == ""


def slower_one_is_told(ana: Page, mara: Page, troubles: Troubles) -> None:
    troubles.expect_status(409)
    troubles.expect_status(422)
    for page in (ana, mara):
        item(page, OLDEST).get_by_text("Note what was said").click()
        item(page, OLDEST).get_by_label(re.compile("What was said")).fill(
            "Mine" if page is ana else "Hers"
        )
    item(mara, OLDEST).get_by_role("button", name="Save the note").click()
    expect(item(ana, OLDEST)).to_contain_text("Hers noted by Mara Lindt", timeout=BUSY)
    item(ana, OLDEST).get_by_role("button", name="Save the note").click()
    expect(item(ana, OLDEST).get_by_role("alert")).to_contain_text("Mara Lindt was faster")
    expect(item(ana, OLDEST).get_by_label(re.compile("What was said"))).to_have_value("Mine")


def connection_is_lost(ana: Page, mara: Page, troubles: Troubles) -> None:
    troubles.expect_no_connection()
    mara.context.set_offline(True)
    expect(mara.locator("#review-says")).to_contain_text("The connection is lost", timeout=BUSY)
    item(ana, OLDEST).get_by_role("button", name="Right reject").click()
    mara.context.set_offline(False)
    expect(item(mara, OLDEST).locator(".lq-marks")).to_contain_text(
        "Right reject Ana Marques", timeout=3 * BUSY
    )
    expect(mara.locator("#review-says")).to_contain_text("Connected again")


def closes(ana: Page, mara: Page, troubles: Troubles, meeting: str) -> None:
    mara.get_by_label("What was decided").fill("Not said yet")
    ana.on("dialog", lambda dialog: dialog.accept())
    ana.get_by_role("button", name="Close it and write the minutes").click()
    expect(ana.get_by_role("heading", name="Minutes: Metrics")).to_be_visible()
    expect(ana.locator(".lq-minutes")).to_contain_text("Ask for the budget first")
    expect(ana.locator(".lq-minutes")).to_contain_text("Both sides agreed.")
    settle(ana)
    assert faults(ana) == ""
    expect(mara.locator("#review-closed")).to_contain_text("has been closed", timeout=BUSY)
    expect(mara.get_by_label("What was decided")).to_have_value("Not said yet")
    mara.get_by_role("button", name="Write it down").click()
    expect(mara.locator("#decide").get_by_role("alert")).to_contain_text("Ana Marques was faster")
    expect(mara.get_by_label("What was decided")).to_have_value("Not said yet")
    mara.on("dialog", lambda dialog: dialog.accept())
    mara.goto(meeting)
    expect(mara.get_by_role("heading", name="Minutes: Metrics")).to_be_visible()


def test_it_rests_while_nobody_looks_and_says_so_when_nobody_has_been_there(
    open_as: OpenAs,
) -> None:
    page = open_as("lena")
    page.goto(REVIEWS)
    assert page.get_by_role("button", name="Open the review").count() == 0
    ana = open_as("ana")
    ana.goto(REVIEWS)
    card = ana.get_by_role("region", name="Thresholds", exact=True)
    card.get_by_role("button", name="Open the review").click()
    expect(ana.get_by_role("heading", name="Review: Thresholds")).to_be_visible()
    page.clock.install()
    page.goto(ana.url)
    asked: list[str] = []

    def note(request: Request) -> None:
        if "/changes/" in request.url:
            asked.append(request.url)

    page.on("request", note)
    page.evaluate(HIDE, True)
    page.clock.run_for(60_000)
    assert asked == []
    with page.expect_response(re.compile("/changes/")):
        page.evaluate(HIDE, False)
    page.clock.fast_forward(16 * 60_000)
    expect(page.locator("#review-says")).to_contain_text("Resting: nobody has been here")
    before = len(asked)
    page.clock.run_for(60_000)
    assert len(asked) == before
    with page.expect_response(re.compile("/changes/")):
        page.keyboard.press("Shift")
    expect(page.locator("#review-says")).to_have_text("")
    ana.on("dialog", lambda dialog: dialog.accept())
    ana.get_by_role("button", name="Discard it").click()
    expect(ana.get_by_text("as if the review had never been opened")).to_be_visible()
