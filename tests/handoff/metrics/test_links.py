"""What a figure's link asks the list of leads for."""

from datetime import date, timedelta
from urllib.parse import parse_qsl

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User, Workspace
from handoff import handoffs
from handoff.metrics.acceptance import endings
from handoff.metrics.counting import WHOLE, leads_behind
from handoff.metrics.dimensions import NONE
from handoff.metrics.links import as_query, asked_fact, leads_url
from handoff.metrics.periods import Period
from handoff.metrics.scope import Scope
from handoff.metrics.words import figure_words
from leadqual.models import Lead, StageMove
from leadqual.stages import Stage
from tests.builders import make_lead, receive_hot_lead
from tests.handoff.pages import names_in


@pytest.mark.parametrize("kind", ["mql", "reached:won", "path:sal:nurture", "rejected:no-budget"])
def test_a_link_is_read_as_what_it_was_made_of(workspace: Workspace, kind: str) -> None:
    period = Period(date(2025, 1, 1), date(2025, 1, 31), workspace.zone)
    scope = Scope(workspace, period, {"source": NONE, "rep": "17", "industry": "a & b"})
    address, query = leads_url(scope, kind).split("?")
    assert address == "/w/northwind/leads/"
    assert asked_fact(workspace, dict(parse_qsl(query))) == (scope, kind)
    assert as_query(Scope(workspace), kind) == {"fact": kind}


@pytest.mark.parametrize(
    "kind",
    [
        "",
        "moon",
        "entered:moon",
        "reached:mql",
        "ended:open",
        "followed:maybe",
        "path:new:won",
        "rejected:",
        "mql:won",
        "became:won",
        "rejected:" + "x" * 100,
    ],
)
def test_what_is_no_figure_asks_for_none(workspace: Workspace, kind: str) -> None:
    assert asked_fact(workspace, {"fact": kind}) is None


def test_values_that_mean_nothing_are_left_out(workspace: Workspace) -> None:
    query = {"fact": "mql", "fact_from": "soon", "fact_to": "2025-13-01", "fact_moon": "x"}
    scope = Scope(workspace, Period(zone=workspace.zone))
    assert asked_fact(workspace, query | {"fact_source": " "}) == (scope, "mql")


def test_without_a_figure_all_leads_are_listed(
    as_ana: Client, workspace: Workspace, cleo: User
) -> None:
    ours = make_lead(workspace)
    make_lead(cleo.workspaces.get())
    answer = as_ana.get("/w/northwind/leads/?fact=moon&fact_source=fair")
    assert [row.lead for row in answer.context["list"].rows] == [ours]


@pytest.mark.parametrize(
    "query",
    [
        "fact=entered:sal&fact_rep=" + "9" * 30,
        "fact=rejected:x",
        "fact=mql&fact_source=fair&fact_tier=²",
        "fact=ended:expired&fact_rule=" + "x" * 300,
        "fact=mql&fact_cycle=-1&fact_segment=9e9",
        "fact=entered:mql&fact_rule=Visited",
    ],
)
def test_the_list_takes_any_figure(as_ana: Client, workspace: Workspace, query: str) -> None:
    make_lead(workspace)
    answer = as_ana.get(f"/w/northwind/leads/?{query}")
    assert answer.status_code == 200
    assert list(answer.context["list"].rows) == []


def test_a_figure_leads_to_as_many_leads_as_it_counts_and_erased_people_are_among_them(
    as_ana: Client, workspace: Workspace, ben_takes_turns: User
) -> None:
    for accepts in (True, True, False):
        offer = receive_hot_lead(workspace, at=timezone.now()).handoffs.get()
        if accepts:
            handoffs.accept(offer, by=ben_takes_turns, at=timezone.now())
    erased = Lead.objects.filter(stage=Stage.SAL).first()
    assert erased
    Lead.objects.filter(pk=erased.pk).update(erased_at=timezone.now())
    scope = Scope(workspace).of("rep", str(ben_takes_turns.pk))
    assert endings(scope)[WHOLE].accepted == 2
    assert leads_behind(scope, "ended:accepted").count() == 2
    page = as_ana.get(leads_url(scope, "ended:accepted")).content
    assert sorted(names_in(page)) == ["Erased person", "Hanna Weiss"]
    assert "Leads whose offer was accepted, Rep: Ben Okoye." in page.decode()


def test_the_list_says_the_figure_where_a_lead_counts_more_than_once(
    as_ana: Client, workspace: Workspace
) -> None:
    lead = make_lead(workspace)
    for cycle in (1, 2):
        at = timezone.now() - timedelta(days=9 - cycle)
        fields = {"from_stage": Stage.NEW, "to_stage": Stage.MQL, "cycle": cycle, "at": at}
        StageMove.objects.create(workspace=workspace, lead=lead, recorded_at=at, **fields)
    answer = as_ana.get(leads_url(Scope(workspace), "entered:mql"))
    assert [row.lead for row in answer.context["list"].rows] == [lead]
    assert "Leads moved to MQL. That counts 2; who counts more than once" in answer.content.decode()
    rejected = as_ana.get("/w/northwind/leads/?fact=since:returned:no-budget").content.decode()
    assert "That counts" not in rejected


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("mql", "Leads that became MQL, 1 Jan 2025 to 31 Jan 2025, Without a source."),
        (
            "reached:won",
            "Leads that became MQL and reached Won in that cycle, 1 Jan 2025 to 31 Jan 2025, "
            "Without a source.",
        ),
        (
            "path:sal:nurture",
            "Leads that became MQL, came as far as SAL in that cycle and stand in Nurture, "
            "1 Jan 2025 to 31 Jan 2025, Without a source.",
        ),
        (
            "rejected:no-budget",
            "Leads whose offer was rejected for “No budget”, 1 Jan 2025 to 31 Jan 2025, "
            "Without a source.",
        ),
    ],
)
def test_the_list_says_in_words_what_the_figure_counts(
    workspace: Workspace, kind: str, words: str
) -> None:
    january = Period(date(2025, 1, 1), date(2025, 1, 31), workspace.zone)
    assert figure_words(Scope(workspace, january, {"source": NONE}), kind) == words


def test_a_page_of_imports_beyond_all_numbers_is_empty(as_ana: Client) -> None:
    assert as_ana.get("/w/northwind/imports/?before=" + "9" * 30).status_code == 200
