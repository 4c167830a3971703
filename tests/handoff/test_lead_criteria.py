"""What a link of the funnel asks the list of leads for."""

import pytest
from django.http import QueryDict
from django.test import Client

from accounts.models import User, Workspace
from handoff.lead_criteria import Criteria, criteria_of, leads_matching, leads_url
from tests.builders import make_lead


def test_a_link_is_read_as_what_it_was_made_of(workspace: Workspace) -> None:
    criteria = Criteria(
        moved_to="mql",
        reached="won",
        moved_from_date="2025-01-01",
        moved_to_date="2025-01-31",
        source="(blank)",
        rep="17",
    )
    address, query = leads_url(workspace, criteria).split("?")
    assert address == "/w/northwind/leads/"
    assert criteria_of(QueryDict(query)) == criteria


@pytest.mark.parametrize(
    "query",
    [
        "moved_to=moon",
        "reached=x",
        "decision=open",
        "first_touch=maybe",
        "moved_from_date=soon&moved_to_date=2025-13-01",
        "rep=ben",
        "rep=" + "9" * 30,
        "rep=-1",
    ],
)
def test_values_that_mean_nothing_are_left_out(query: str) -> None:
    assert criteria_of(QueryDict(query)) == Criteria()


def test_without_a_figure_all_leads_match(workspace: Workspace, cleo: User) -> None:
    ours = make_lead(workspace)
    make_lead(cleo.workspaces.get())
    assert list(leads_matching(workspace, Criteria(source="fair"))) == [ours]


@pytest.mark.parametrize("query", ["moved_to=sal&rep=" + "9" * 18, "decision=rejected&reason=x"])
def test_the_list_takes_any_figure(as_ana: Client, workspace: Workspace, query: str) -> None:
    make_lead(workspace)
    answer = as_ana.get(f"/w/northwind/leads/?{query}")
    assert answer.status_code == 200
    assert list(answer.context["list"].rows) == []


def test_a_page_of_imports_beyond_all_numbers_is_empty(as_ana: Client) -> None:
    assert as_ana.get("/w/northwind/imports/?before=" + "9" * 30).status_code == 200
