"""The form of one promise, as the browser gets it: what it begins with, and what it offers."""

import re

import pytest
from django.test import Client

from accounts.models import User, Workspace
from handoff.forms.agreement import LONGEST
from sla.models import Agreement
from tests.handoff.agreement_pages import DRAFT, make_draft, save_clause
from tests.handoff.pages import HTMX


@pytest.fixture
def draft(workspace: Workspace, ana: User, mara: User) -> Agreement:
    return make_draft(workspace, ana=ana, mara=mara)


def options_of(page: str, name: str) -> dict[str, set[str]]:
    """The values of a field that only some kinds of promise have, with these kinds."""
    marked = re.findall(r"<(?:option|input)[^>]*data-kinds[^>]*>", page)
    return {
        re.findall(r'value="([^"]*)"', tag)[0]: set(
            re.findall(r'data-kinds="([^"]*)"', tag)[0].split()
        )
        for tag in marked
        if f'name="{name}"' in tag or (tag.startswith("<option") and name == "select")
    }


def test_a_new_promise_is_for_leads_of_any_tier_until_one_is_chosen(
    draft: Agreement, as_ana: Client
) -> None:
    answer = as_ana.get(f"{DRAFT}promises/new/", headers=HTMX)
    assert answer.context["form"]["tier_code"].value() == ""
    assert "DatabaseDefault" not in answer.content.decode()


def test_each_kind_of_promise_is_offered_what_it_may_do(draft: Agreement, as_ana: Client) -> None:
    page = as_ana.get(f"{DRAFT}promises/new/", headers=HTMX).content.decode()
    of_one = {"decide_offer", "touch_of_offer", "first_touch", "follow_up", "qualify"}
    assert options_of(page, "warns") == {"person": of_one}
    assert options_of(page, "tells") == {"person": of_one}
    managers = {"review_rejection", "fallback"}
    assert options_of(page, "select") == {
        "person": of_one,
        "reroute": {"decide_offer", "touch_of_offer"},
        "task": of_one | managers,
    }


def test_what_is_missing_is_named_with_its_field(draft: Agreement, as_ana: Client) -> None:
    answer = as_ana.post(f"{DRAFT}promises/reads/", {"code": "first_touch"}, headers=HTMX)
    assert "Calendar: This field is required." in answer.context["lacks"]


def test_a_long_text_is_refused_in_words_not_cut_by_the_browser(
    draft: Agreement, as_ana: Client
) -> None:
    page = as_ana.get(DRAFT).content.decode()
    assert f'maxlength="{LONGEST}"' not in page


def test_words_that_read_otherwise_than_they_are_stored_are_refused(
    draft: Agreement, as_ana: Client
) -> None:
    answer = save_clause(as_ana, "review", draft, review_every_days="90", text="Pay \u202e001 EUR")
    assert answer.status_code == 422
    assert "An invisible character turns" in answer.context["form"].errors["text"][0]
    right_to_left = save_clause(as_ana, "review", draft, review_every_days="90", text="שלום עולם")
    assert right_to_left.status_code == 200
