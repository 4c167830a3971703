"""The SLA board in the browser: it ticks, stays fresh, and misses are acknowledged by keys."""

import re

from playwright.sync_api import Request, expect

from tests.browser.conftest import OpenAs
from tests.browser.reading import settle
from tests.browser.scene import ROAD, UNTOUCHED
from tests.browser.screens import faults

BOARD = f"/w/{ROAD}/sla/"
HIDE = """is => {
    Object.defineProperty(document, "hidden", {value: is, configurable: true});
    document.dispatchEvent(new Event("visibilitychange"));
}"""


def test_the_board_counts_down_can_be_read_by_everybody_and_is_narrowed_in_the_address(
    open_as: OpenAs,
) -> None:
    page = open_as("ben")
    page.goto(BOARD)
    of_ben = page.locator(".lq-sla-line").filter(has_text="Ben Okoye")
    first = of_ben.filter(has_text="Decide an offer").first
    expect(first.locator("time")).to_have_text(re.compile(r"\d+ (s|min|h|d).* (left|late)"))
    settle(page)
    assert faults(page) == ""
    page.get_by_label("Promise", exact=True).select_option("decide_offer")
    expect(page).to_have_url(re.compile("promise=decide_offer"))
    page.get_by_role("link", name="Mine").click()
    expect(page).to_have_url(re.compile(r"person=\d+"))
    expect(page.get_by_role("link", name=re.compile("^All"))).to_have_attribute(
        "aria-current", "true"
    )


def test_it_is_fetched_anew_when_somebody_comes_back_and_rests_while_nobody_looks(
    open_as: OpenAs,
) -> None:
    page = open_as("ben")
    page.clock.install()
    page.goto(f"{BOARD}?promise=decide_offer")
    asked: list[str] = []

    def note(request: Request) -> None:
        if "/sla/rows/" in request.url:
            asked.append(request.url)

    page.on("request", note)
    page.evaluate(HIDE, True)
    page.clock.run_for(120_000)
    assert asked == []
    with page.expect_response(re.compile("/sla/rows/")):
        page.evaluate(HIDE, False)
    assert asked[0].endswith("/sla/rows/?promise=decide_offer")
    expect(page.locator("#sla-sweep")).to_have_count(1)
    with page.expect_response(re.compile("/sla/rows/")):
        page.clock.run_for(31_000)
    assert len(asked) == 2


def test_a_miss_is_acknowledged_by_keyboard_and_the_slip_undone(open_as: OpenAs) -> None:
    page = open_as("mara")
    page.goto(f"{BOARD}missed/?promise=first_touch")
    missed = page.locator("[data-miss]").filter(has_text=UNTOUCHED).first
    for _ in range(60):  # the sweep of the running product may still have to come by
        if missed.count():
            break
        page.wait_for_timeout(1000)
        page.reload()
    expect(missed).to_be_visible()
    box = missed.get_by_role("checkbox")
    box.focus()
    page.keyboard.press("x")
    expect(box).to_be_checked()
    expect(page.locator("[data-picked]")).to_have_text("1 selected")
    note = page.get_by_label("What you say to the selected ones")
    note.fill("He was on holiday")
    settle(page)
    assert faults(page) == ""
    note.press("Enter")
    expect(missed).to_contain_text("Mara Lindt")
    expect(missed).to_contain_text("“He was on holiday”")
    missed.get_by_role("button", name=re.compile("^Undo")).click()
    expect(missed.get_by_role("checkbox")).not_to_be_checked()
    missed.locator("summary").press("Enter")
    expect(missed.locator("[name=note]")).to_be_focused()  # no key is pressed before
    page.keyboard.type("He has called since")
    page.keyboard.press("Enter")
    expect(missed).to_contain_text("“He has called since”")
