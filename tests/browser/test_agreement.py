"""The agreement in the browser: drafted and proposed by ana, signed by both sides, in force."""

from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenAs
from tests.browser.reading import settle
from tests.browser.scene import WRITTEN
from tests.browser.screens import faults
from tests.browser.troubles import Troubles

PAGE = f"/w/{WRITTEN}/agreement/"


def test_from_nothing_to_an_agreement_in_force(open_as: OpenAs, troubles: Troubles) -> None:
    ana, mara = open_as("ana"), open_as("mara")
    ana.goto(PAGE)
    assert faults(ana) == ""
    ana.get_by_role("button", name="Begin the draft").click()
    expect(ana.get_by_role("heading", name="Draft of agreement 1")).to_be_visible()
    fill_in_what_is_missing(ana)
    two_at_one_clause(ana, mara, troubles)
    promises(ana)
    propose(ana)
    read_to_sign(ana, "marketing")
    assert faults(ana) == ""
    sign(ana, "marketing", "It is in force as soon as sales has signed, too.")
    mara.goto(PAGE)
    assert faults(mara) == ""
    read_to_sign(mara, "sales")
    sign(mara, "sales", "Both sides have signed: agreement 1 is in force from now on.")
    in_force(ana)


def fill_in_what_is_missing(page: Page) -> None:
    page.get_by_label("MQLs that marketing owes a month").fill("40")
    saved(page, "volume")
    page.get_by_label("Owner for marketing").select_option(label="Ana Marques")
    page.get_by_label("Owner for sales").select_option(label="Mara Lindt")
    saved(page, "owners")
    expect(page.locator("#owners")).to_contain_text("Mara Lindt owns this agreement for sales.")
    page.get_by_label("Escalates to").select_option(label="Nora Adeyemi")
    saved(page, "escalation")


def saved(page: Page, code: str) -> None:
    """Saved without a reload, and the page says so."""
    page.locator(f"#save-{code}").press("Enter")
    toasts = page.locator("#toasts .toast")
    expect(toasts).to_contain_text("Saved")
    toasts.get_by_role("button", name="Dismiss").click()  # so that the next one is another
    expect(toasts).to_have_count(0)


def two_at_one_clause(ana: Page, mara: Page, troubles: Troubles) -> None:
    """Whoever is second is told of the first, and loses nothing of what they typed."""
    troubles.expect_status(409)
    mara.goto(f"{PAGE}draft/")
    ana.locator("#id_reasons_text").fill("Be kind.")
    saved(ana, "reasons")
    mara.locator("#id_reasons_text").fill("Call before you reject.")
    mara.locator("#save-reasons").click()
    refused = mara.locator("#reasons [role=alert]")
    expect(refused).to_contain_text("Ana Marques has edited this draft")
    expect(refused).to_contain_text("Be kind.")
    expect(mara.locator("#id_reasons_text")).to_have_value("Call before you reject.")
    assert faults(mara) == ""
    saved(mara, "reasons")
    ana.reload()
    expect(ana.locator("#id_reasons_text")).to_have_value("Call before you reject.")


def promises(page: Page) -> None:
    page.get_by_role("link", name="Add a promise").click()
    form = page.locator("#promise-form")
    form.get_by_label("Promise", exact=True).select_option("qualify")
    form.get_by_label("For leads of tier").select_option(index=1)
    form.get_by_label("Or business days").fill("5")
    form.get_by_label("Calendar").select_option(index=1)
    expect(form.locator(".lq-reads")).to_contain_text("within 5 business days")
    expect(form.get_by_label("Touches", exact=True)).to_be_hidden()
    settle(page)
    assert faults(page) == ""
    form.get_by_role("button", name="Add the promise").click()
    listed = page.locator(".lq-promises > li")
    added = listed.filter(has_text="Qualify an accepted lead").filter(has_text="A lead of tier")
    expect(added).to_have_count(1)
    added.get_by_role("button", name="Remove").click()
    expect(added).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(added).to_have_count(1)


def propose(page: Page) -> None:
    page.get_by_role("link", name="Propose it …").click()
    page.get_by_role("button", name="Propose exactly this").click()
    expect(page.get_by_text("Its text stands still now")).to_be_visible()


def read_to_sign(page: Page, side: str) -> None:
    page.get_by_role("link", name=f"Read and sign for {side}").click()
    expect(page.get_by_role("button", name=f"Sign for {side}")).to_be_visible()


def sign(page: Page, side: str, then: str) -> None:
    page.get_by_label(f"I have read it and sign for {side}").check()
    page.get_by_role("button", name=f"Sign for {side}").click()
    expect(page.get_by_text(then)).to_be_visible()


def in_force(page: Page) -> None:
    page.goto(PAGE)
    expect(page.get_by_text("In force since")).to_be_visible()
    assert faults(page) == ""
    with page.expect_download() as download:
        page.get_by_role("link", name="PDF", exact=True).click()
    assert download.value.suggested_filename == f"agreement-{WRITTEN}-1-active.pdf"
    assert download.value.path().read_bytes()[:5] == b"%PDF-"
    page.get_by_role("link", name="All versions").click()
    assert faults(page) == ""
    page.get_by_role("link", name="What it changes").click()
    assert faults(page) == ""
