"""The funnel page: panels by their own addresses, filters in the URL, numbers with their leads."""

import json
import re
from datetime import datetime, time, timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User, Workspace
from handoff import handoffs
from handoff.models import Handoff, RejectionReason
from leadqual.models import Lead, StageMove, Touch
from leadqual.stages import Stage
from tests.builders import make_lead, make_source, receive_hot_lead
from tests.handoff.import_uploads import words

PAGE = "/w/northwind/funnel/"
PANELS = ("stages", "acceptance", "reasons", "times", "lines")


def panel(client: Client, name: str, query: str = "") -> str:
    answer = client.get(f"{PAGE}{name}/?{query}")
    assert answer.status_code == 200
    return words(answer)


@pytest.fixture
def offers(workspace: Workspace, ben_takes_turns: User) -> list[Handoff]:
    """Three offers to ben, made an hour ago."""
    made = timezone.now() - timedelta(hours=1)
    leads = [receive_hot_lead(workspace, at=made) for _ in range(3)]
    return [lead.handoffs.get() for lead in leads]


def decide(offers: list[Handoff], ben: User, at: datetime | None = None) -> None:
    """Two accepted, one rejected for its budget; one of the accepted touched ten minutes later."""
    at = at or offers[0].offered_at + timedelta(minutes=30)
    for offer in offers[:2]:
        handoffs.accept(offer, by=ben, at=at)
    reason = RejectionReason.objects.of(offers[0].workspace).get(code="no-budget")
    handoffs.reject(offers[2], by=ben, at=at, reason=reason)
    Touch.objects.create(
        workspace=offers[0].workspace, lead=offers[0].lead, kind="call", outcome="reached",
        occurred_at=at + timedelta(minutes=10), by=ben,
    )  # fmt: skip


def test_a_workspace_without_leads_is_told_how_a_funnel_fills(
    as_ana: Client, as_ben: Client
) -> None:
    assert "No leads yet, so no funnel" in words(as_ana.get(PAGE))
    assert "Import a file" in words(as_ana.get(PAGE))
    assert "Import a file" not in words(as_ben.get(PAGE))


def test_each_panel_says_when_it_has_nothing(as_ana: Client) -> None:
    assert "No lead moved in this period" in panel(as_ana, "stages")
    assert "No offer was answered in this period" in panel(as_ana, "acceptance")
    assert "No rejections in this period" in panel(as_ana, "reasons")
    assert "Nothing to measure yet" in panel(as_ana, "times")
    assert "Nothing to lay out" in panel(as_ana, "lines")


def test_decisions_are_counted_with_their_denominators(
    as_ana: Client, offers: list[Handoff], ben: User
) -> None:
    decide(offers, ben)
    said = panel(as_ana, "acceptance")
    assert "66.7 % 2 accepted of 3 decided" in said
    assert "Healthy: sales takes most of what marketing promises" in said
    assert "Rejected: 1" in said
    assert "Not counted in the rate: Expired 0, Withdrawn 0, “Not mine” 0" in said
    assert "Of 1 rejection" in panel(as_ana, "reasons")
    times = panel(as_ana, "times")
    assert "30 min in the median 90 % within 30 min; 3 decided" in times
    assert "10 min in the median 90 % within 10 min; 1 touched" in times
    assert "Accepted and not touched up to now: 1" in times


def test_the_stages_show_what_moved_and_how_far_it_came(
    as_ana: Client, offers: list[Handoff], ben: User
) -> None:
    decide(offers, ben)
    said = panel(as_ana, "stages")
    assert "Of the 3 MQLs of the period, so far" in said
    assert "MQL 3 MQL 3 MQL 100 %" in said
    assert "SAL 2 SAL 2 SAL 66.7 % 66.7 % 30 min" in said
    assert "Left the road in the period: Nurture 1" in said


@pytest.mark.parametrize("by", ["week", "month", "source", "rep"])
def test_the_lines_can_be_laid_out_each_way(
    as_ana: Client, offers: list[Handoff], ben: User, by: str
) -> None:
    decide(offers, ben)
    answer = as_ana.get(f"{PAGE}lines/?by={by}")
    said = words(answer)
    assert {"rep": "Ben Okoye 3", "source": "LinkedIn 3"}.get(by, " 3 ") in said
    assert "66.7 % 2 accepted of 3 decided" in said
    chart = re.search(r'data-chart="([^"]*)"', answer.content.decode())
    assert chart
    assert sum(json.loads(unescape(chart[1]))["mqls"]) == 3


@pytest.mark.parametrize(("by", "kinds"), [("week", ["mqls", "acceptance"]), ("rep", ["rates"])])
def test_what_is_counted_and_what_is_a_share_stand_in_charts_of_their_own(
    as_ana: Client, offers: list[Handoff], ben: User, by: str, kinds: list[str]
) -> None:
    decide(offers, ben)
    page = as_ana.get(f"{PAGE}lines/?by={by}").content.decode()
    charts = [json.loads(unescape(one)) for one in re.findall(r'data-chart="([^"]*)"', page)]
    assert [one["kind"] for one in charts] == kinds
    assert charts[-1]["acceptance"].count(66.7) == 1


@pytest.mark.parametrize("by", ["week", "month", "rep"])
def test_lines_that_need_not_add_up_say_so(
    as_ana: Client, offers: list[Handoff], ben: User, by: str
) -> None:
    decide(offers, ben)
    said = panel(as_ana, "lines", f"by={by}")
    assert "A lead counts once a line" in said
    assert "the lines need not add up to the total" in said


@pytest.mark.parametrize(("by", "none"), [("source", "Without a source"), ("rep", "Without a rep")])
def test_filters_and_lines_call_leads_without_one_the_same(
    as_ana: Client, workspace: Workspace, by: str, none: str
) -> None:
    lead = make_lead(workspace)
    StageMove.objects.create(
        workspace=workspace, lead=lead, to_stage="mql", cycle=1, rule="test", at=timezone.now()
    )
    assert f"{none} 1" in panel(as_ana, "lines", f"by={by}")
    assert f'<option value="(blank)">{none}</option>' in as_ana.get(PAGE).content.decode()
    assert f">{none}</option>" in as_ana.get("/w/northwind/leads/").content.decode()


def test_a_number_of_the_page_lists_its_leads(
    as_ana: Client, offers: list[Handoff], ben: User
) -> None:
    decide(offers, ben)
    page = as_ana.get(f"{PAGE}acceptance/").content.decode()
    links = re.findall(r'href="([^"]*decision=rejected[^"]*)"', page)
    answer = as_ana.get(links[0].replace("&amp;", "&"))
    assert [row.lead for row in answer.context["list"].rows] == [offers[2].lead]


def test_imported_history_that_jumps_is_not_counted_against_the_stages_between(
    as_ana: Client, workspace: Workspace
) -> None:
    for n in range(3):
        lead = make_lead(workspace, imported=True)
        at = timezone.now() - timedelta(days=10)
        moves = [(Stage.MQL, at), (Stage.WON, at + timedelta(days=2))]
        for to, when in moves[: 2 if n == 0 else 1]:
            StageMove.objects.create(
                workspace=workspace, lead=lead, to_stage=to, at=when, cycle=1, rule="import",
                imported=True,
            )  # fmt: skip
    said = panel(as_ana, "stages")
    assert "Won 1 Won 1 Won 33.3 % – 2 d" in said
    assert "1 more went past: the file they came from does not say when" in said


def test_the_default_is_the_last_ninety_days(as_ana: Client, workspace: Workspace) -> None:
    today = timezone.localdate(timezone=workspace.zone)
    for days in (89, 90):
        lead = make_lead(workspace)
        StageMove.objects.create(
            workspace=workspace, lead=lead, to_stage="mql", cycle=1, rule="test",
            at=datetime.combine(today - timedelta(days=days), time(12), workspace.zone),
        )  # fmt: skip
    assert "Of the 1 MQL of the period" in panel(as_ana, "stages")
    assert "Of the 2 MQLs of the period" in panel(as_ana, "stages", "first=&last=")
    page = as_ana.get(PAGE)
    assert page.context["presets"][1][2] is True
    assert "hx-get" in page.content.decode()


def test_filters_of_the_page_reach_its_panels(as_ana: Client, workspace: Workspace) -> None:
    make_source(workspace, code="fair", name="Fair")
    make_lead(workspace)
    page = as_ana.get(f"{PAGE}?first=2025-01-01&last=2025-01-31&source=fair&by=rep")
    for name in PANELS:
        address = f"{PAGE}{name}/?first=2025-01-01&amp;last=2025-01-31&amp;source=fair&amp;by=rep"
        assert f'hx-get="{address}"' in page.content.decode()
    assert "1 Jan 2025 to 31 Jan 2025, days of Europe/Berlin" in words(page)


@pytest.mark.parametrize("query", ["first=x&last=y", "source=nope&rep=-1", "by=moon", "rep=9e9"])
def test_nonsense_in_the_address_breaks_nothing(
    as_ana: Client, workspace: Workspace, query: str
) -> None:
    make_lead(workspace)
    assert as_ana.get(f"{PAGE}?{query}").status_code == 200
    for name in PANELS:
        panel(as_ana, name, query)


@pytest.mark.parametrize(
    "query", ["first=2025-01-01&last=9999-12-31", "first=0001-01-01", "first=1989-12-31"]
)
def test_a_day_outside_our_times_is_refused_in_words_and_left_out(
    as_ana: Client, workspace: Workspace, query: str
) -> None:
    make_lead(workspace)
    page = words(as_ana.get(f"{PAGE}?{query}"))
    assert "Write a day in the years 1990 to 2199." in page
    for name in PANELS:
        panel(as_ana, name, query)


def test_the_first_and_the_last_day_of_our_times_are_taken(
    as_ana: Client, workspace: Workspace
) -> None:
    make_lead(workspace)
    query = "first=1990-01-01&last=2199-12-31&by=month"
    page = words(as_ana.get(f"{PAGE}?{query}"))
    assert "1 Jan 1990 to 31 Dec 2199" in page
    for name in PANELS:
        panel(as_ana, name, query)


def test_a_period_that_ends_before_it_begins_is_said(as_ana: Client, workspace: Workspace) -> None:
    make_lead(workspace)
    page = as_ana.get(f"{PAGE}?first=2025-02-01&last=2025-01-01")
    assert "The last day lies before the first." in words(page)


def test_the_panels_of_another_workspace_do_not_exist(as_cleo: Client, ana: User) -> None:
    for address in (PAGE, *(f"{PAGE}{name}/" for name in PANELS)):
        assert as_cleo.get(address).status_code == 404


def test_there_are_no_other_panels(as_ana: Client) -> None:
    assert as_ana.get(f"{PAGE}secrets/").status_code == 404


def test_everybody_of_the_workspace_reads_the_same_page(
    as_ben: Client, as_mara: Client, offers: list[Handoff], ben: User
) -> None:
    decide(offers, ben)
    assert panel(as_ben, "acceptance") == panel(as_mara, "acceptance")


@pytest.mark.parametrize("name", PANELS)
def test_a_panel_takes_as_many_queries_for_nine_leads_as_for_three(
    as_ana: Client,
    workspace: Workspace,
    offers: list[Handoff],
    ben: User,
    name: str,
    django_assert_max_num_queries: Any,
) -> None:
    decide(offers, ben)
    with django_assert_max_num_queries(14) as few:
        panel(as_ana, name)
    made = timezone.now() - timedelta(hours=1)
    more = [receive_hot_lead(workspace, at=made).handoffs.get() for _ in range(3)]
    decide(more, ben)
    with django_assert_max_num_queries(len(few)):
        panel(as_ana, name)
    assert Lead.objects.count() == 6
