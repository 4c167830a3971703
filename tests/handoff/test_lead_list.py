"""All leads: filtered in the URL, sorted, paged by keyset."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import Role, User, Workspace
from handoff.models import Handoff
from leadqual.models import Lead, StageMove
from leadqual.stages import Stage
from tests.builders import (
    HOT,
    MONDAY_NOON,
    make_company,
    make_lead,
    make_member,
    make_source,
    receive_hot_lead,
)
from tests.handoff.pages import LEADS, lead_url, names_in


@pytest.fixture
def find(as_ana: Client) -> Callable[[str], list[str]]:
    """The names that the list shows for a query string, in order."""

    def names(query: str) -> list[str]:
        return names_in(as_ana.get(f"{LEADS}?{query}").content)

    return names


def test_an_empty_list_says_how_leads_come_in(as_ana: Client, workspace: Workspace) -> None:
    page = as_ana.get(LEADS).content.decode()
    assert "No leads yet" in page
    assert "Enter the first lead" in page


def test_a_filter_that_finds_nobody_says_so_and_leads_back(
    as_ana: Client, workspace: Workspace
) -> None:
    make_lead(workspace, first_name="Ida")
    page = as_ana.get(f"{LEADS}?q=zebra").content.decode()
    assert "No lead is like that" in page
    assert "Show all leads" in page


@pytest.mark.parametrize(
    "query",
    [
        "captured_to=9999-12-31",
        "captured_from=0001-01-01",
        "fact=entered:new&fact_to=9999-12-31",
        "fact=entered:new&fact_from=0001-01-01",
    ],
)
def test_a_day_outside_our_times_filters_nothing(
    workspace: Workspace, find: Callable[[str], list[str]], query: str
) -> None:
    ida = make_lead(workspace, first_name="Ida", last_name="Berg")
    StageMove.objects.create(
        workspace=workspace, lead=ida, to_stage=Stage.NEW, at=MONDAY_NOON, cycle=1, rule="test"
    )
    assert find(query) == ["Ida Berg"]


def test_a_day_outside_our_times_is_refused_where_it_was_typed(
    as_ana: Client, workspace: Workspace
) -> None:
    make_lead(workspace)
    page = as_ana.get(f"{LEADS}?captured_to=9999-12-31").content.decode()
    assert "Write a day in the years 1990 to 2199." in page


def test_a_country_is_filtered_by_name_and_read_out_by_it(
    as_ana: Client, workspace: Workspace
) -> None:
    make_lead(workspace, country="AT")
    for typed in ("AT", "Österreich"):
        assert "Country Austria" in as_ana.get(LEADS, {"country": typed}).content.decode()
    page = as_ana.get(LEADS, {"country": "Korea"}).content.decode()
    assert "“Korea” may be North Korea or South Korea: write which." in page


def test_each_filter_narrows_the_list(
    workspace: Workspace, ben: User, find: Callable[[str], list[str]]
) -> None:
    acme = make_company(workspace, name="Acme", industry="Software", country="AT")
    ads = make_source(workspace, code="ads")
    make_lead(workspace, first_name="Ida", stage=Stage.MQL, company=acme)
    make_lead(workspace, first_name="Otto", owner=ben, first_source=ads, country="DE")
    make_lead(workspace, first_name="Uwe", captured_at=MONDAY_NOON - timedelta(days=30))
    assert find("stage=mql") == ["Ida"]
    assert find("stage=mql&stage=new") == ["Otto", "Ida", "Uwe"]
    assert find(f"owner={ben.pk}") == ["Otto"]
    assert find("owner=nobody") == ["Ida", "Uwe"]
    assert find("source=ads") == ["Otto"]
    assert find("source=(blank)") == ["Ida", "Uwe"]
    assert find("country=de") == ["Otto"]
    assert find("country=Austria") == ["Ida"]
    assert find("industry=soft") == ["Ida"]
    assert find("captured_to=2026-02-28") == ["Uwe"]
    assert find("captured_from=2026-03-02&captured_to=2026-03-02") == ["Otto", "Ida"]


def test_search_finds_people_by_the_beginnings_of_words(
    workspace: Workspace, find: Callable[[str], list[str]]
) -> None:
    acme = make_company(workspace, name="Acme Tools", domain="acme.example")
    make_lead(workspace, first_name="Ida", last_name="O'Brien-Smith", company=acme)
    make_lead(workspace, first_name="Otto", email="otto.lang@beta.example")
    assert find("q=ida") == ["Ida O&#x27;Brien-Smith"]
    assert find("q=BRI+tool") == ["Ida O&#x27;Brien-Smith"]
    assert find("q=o'brien-smith") == ["Ida O&#x27;Brien-Smith"]
    assert find("q=otto.lang@beta") == ["Otto"]
    assert find("q=lang") == ["Otto"]
    assert find("q=ang") == []
    assert find("q=ida+otto") == []
    assert find("q=%27%26%7C!%3A*") == ["Otto", "Ida O&#x27;Brien-Smith"]  # no words, no filter


def test_days_begin_at_midnight_where_the_workspace_is(
    workspace: Workspace, find: Callable[[str], list[str]]
) -> None:
    late = MONDAY_NOON.replace(hour=23, minute=30)  # 00:30 on the 3rd in Berlin
    make_lead(workspace, first_name="Nox", captured_at=late)
    assert find("captured_to=2026-03-02") == []
    assert find("captured_from=2026-03-03") == ["Nox"]


def test_grades_and_scores_are_filtered_by_the_published_model(
    as_ana: Client, workspace: Workspace, find: Callable[[str], list[str]]
) -> None:
    hot = receive_hot_lead(workspace, at=timezone.now())
    make_lead(workspace, first_name="Cold")
    page = as_ana.get(LEADS).content.decode()
    assert "<strong>80</strong>" in page
    assert find("grade=A") == ["Hanna Weiss"]
    assert find("grade=-") == ["Cold"]
    assert find("score_from=80") == [hot.display_name]
    assert find("score_from=80.5") == []
    assert find("score_to=79") == []


def test_a_value_that_means_nothing_is_named_and_left_out(
    as_ana: Client, workspace: Workspace
) -> None:
    make_lead(workspace, first_name="Ida")
    answer = as_ana.get(f"{LEADS}?stage=tree&captured_from=yesterday&score_from=x&after=no&sort=no")
    assert answer.status_code == 200
    assert names_in(answer.content) == ["Ida"]
    assert "tree is not one of the available choices" in answer.content.decode()


def test_merged_and_erased_leads_are_not_listed(
    workspace: Workspace, find: Callable[[str], list[str]]
) -> None:
    kept = make_lead(workspace, first_name="Ida")
    make_lead(workspace, first_name="Twin", merged_into=kept)
    make_lead(workspace, first_name="Gone", erased_at=timezone.now())
    assert find("") == ["Ida"]


@pytest.mark.parametrize("sort", ["newest", "score", "moved", "waiting"])
def test_pages_lose_nobody_in_any_order_and_lead_back(
    as_ana: Client, workspace: Workspace, monkeypatch: pytest.MonkeyPatch, sort: str
) -> None:
    monkeypatch.setattr("handoff.lead_lists.PAGE", 3)
    for n in range(7):
        moved = MONDAY_NOON + timedelta(days=n // 2)  # some share a moment
        make_lead(workspace, first_name=f"Lead {n}", captured_at=moved, stage_since=moved)
    forwards: list[list[str]] = []
    page = as_ana.get(f"{LEADS}?sort={sort}").content.decode()
    while True:
        forwards.append(names_in(page.encode()))
        more = re.search(r'rel="next" href="([^"]*)"', page)
        if not more:
            break
        page = as_ana.get(LEADS + more[1].replace("&amp;", "&")).content.decode()
    backwards: list[list[str]] = []
    while True:
        backwards.insert(0, names_in(page.encode()))
        less = re.search(r'rel="prev" href="([^"]*)"', page)
        if not less:
            break
        page = as_ana.get(LEADS + less[1].replace("&amp;", "&")).content.decode()
    assert [len(names) for names in forwards] == [3, 3, 1]
    assert sorted(name for names in forwards for name in names) == [f"Lead {n}" for n in range(7)]
    assert backwards == forwards


def test_leads_sort_by_score_and_by_time_in_stage(
    workspace: Workspace, find: Callable[[str], list[str]]
) -> None:
    make_lead(workspace, first_name="Cold", stage_since=MONDAY_NOON)
    receive_hot_lead(workspace, at=timezone.now())
    assert find("sort=score") == ["Hanna Weiss", "Cold"]
    assert find("sort=waiting") == ["Cold", "Hanna Weiss"]
    assert find("sort=moved") == ["Hanna Weiss", "Cold"]


def test_a_count_is_never_more_than_was_counted(
    as_ana: Client, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("handoff.lead_lists.COUNTED_TO", 2)
    make_lead(workspace)
    assert "1 lead<" in as_ana.get(LEADS).content.decode()
    make_lead(workspace)
    assert "2 leads<" in as_ana.get(LEADS).content.decode()
    make_lead(workspace)
    assert "2+ leads<" in as_ana.get(LEADS).content.decode()


@pytest.mark.parametrize("leads", [1, 3])
def test_the_list_costs_the_same_whatever_its_length(
    as_ana: Client,
    workspace: Workspace,
    ben: User,
    leads: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for _ in range(leads):
        lead = receive_hot_lead(workspace, at=timezone.now())
        Lead.objects.filter(pk=lead.pk).update(owner=ben)
    with django_assert_num_queries(15):
        assert as_ana.get(LEADS).status_code == 200


def test_a_stranger_sees_none_of_our_leads(
    as_cleo: Client, cleo: User, workspace: Workspace
) -> None:
    make_lead(workspace, first_name="Ida")
    other = cleo.memberships.get().workspace
    make_lead(other, first_name="Theirs")
    assert names_in(as_cleo.get("/w/elsewhere/leads/?q=").content) == ["Theirs"]
    assert names_in(as_cleo.get("/w/elsewhere/leads/?q=ida").content) == []


def test_leadership_sees_leads_but_is_offered_no_export(
    workspace: Workspace, client: Client
) -> None:
    client.force_login(make_member(workspace, name="Lea Falk", role=Role.LEADERSHIP))
    make_lead(workspace, first_name="Ida")
    page = client.get(LEADS)
    assert names_in(page.content) == ["Ida"]
    assert client.get(f"{LEADS}export.csv").status_code == 403
    assert not Handoff.objects.exists()


def test_an_mql_that_lacks_what_a_rep_needs_says_what_in_the_list_and_on_its_page(
    workspace: Workspace, as_ana: Client
) -> None:
    nameless = replace(HOT, first_name="", last_name="")
    lead = receive_hot_lead(workspace, facts=nameless)
    assert lead.stage == Stage.MQL
    assert not lead.handoffs.exists()
    assert "Not known yet: name" in as_ana.get(LEADS).content.decode()
    assert "Not known yet: name." in as_ana.get(lead_url(lead)).content.decode()
    Lead.objects.filter(pk=lead.pk).update(first_name="Hanna")
    assert "Not known yet" not in as_ana.get(LEADS).content.decode()
