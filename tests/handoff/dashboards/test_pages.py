"""The frame of all dashboards: address, filters, panels that are fetched one by one."""

import re
from datetime import datetime, time, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User, Workspace
from handoff.dashboards.pages import PAGES
from handoff.metrics.summary import LITTLE, count_due
from leadqual.models import Campaign, StageMove
from tests.builders import make_lead, make_source
from tests.handoff.import_uploads import words

ROOT = "/w/northwind/dashboards/"
PAGE = f"{ROOT}funnel/"
EVERY_PANEL = [(page.key, part) for page in PAGES.values() for part in page.parts]


def make_mql(workspace: Workspace, *, days_ago: int = 0, **facts: Any) -> StageMove:
    """A lead that became MQL at noon, so many of the workspace's days ago."""
    day = timezone.localdate(timezone=workspace.zone) - timedelta(days=days_ago)
    at = datetime.combine(day, time(12), workspace.zone)
    lead = make_lead(workspace, captured_at=at, **facts)
    return StageMove.objects.create(
        workspace=workspace, lead=lead, to_stage="mql", cycle=1, rule="test", at=at
    )


def test_the_first_dashboard_is_the_funnel(as_ana: Client) -> None:
    assert as_ana.get(ROOT)["Location"] == PAGE


def test_a_workspace_without_leads_is_told_how_dashboards_fill(
    as_ana: Client, as_ben: Client
) -> None:
    assert "No leads yet, so nothing to count" in words(as_ana.get(PAGE))
    assert "Import a file" in words(as_ana.get(PAGE))
    assert "Import a file" not in words(as_ben.get(PAGE))


@pytest.mark.parametrize("key", PAGES)
def test_every_page_opens_for_every_member_with_its_panels(
    as_ben: Client, workspace: Workspace, key: str
) -> None:
    make_lead(workspace)
    answer = as_ben.get(f"{ROOT}{key}/")
    assert answer.status_code == 200
    shown = re.findall(r'id="panel-([\w-]+)"', answer.content.decode())
    assert shown == list(PAGES[key].parts)


@pytest.mark.parametrize(("key", "part"), EVERY_PANEL)
def test_every_panel_says_when_it_was_counted(
    as_ben: Client, workspace: Workspace, key: str, part: str
) -> None:
    make_mql(workspace)
    answer = as_ben.get(f"{ROOT}{key}/panels/{part}/?compare=before")
    assert answer.status_code == 200
    assert re.search(r"As of \d\d:\d\d:\d\d \.", words(answer))


def test_the_default_is_the_last_ninety_days_of_the_workspace(
    as_ana: Client, workspace: Workspace
) -> None:
    make_lead(workspace)
    today = timezone.localdate(timezone=workspace.zone)
    page = as_ana.get(PAGE)
    current = [(words, is_current) for words, _, is_current in page.context["presets"]]
    assert ("Last 90 days", True) in current
    assert f"first={today - timedelta(days=89)}&last={today}" in page.context["query"]


def test_filters_of_the_page_reach_its_panels_and_its_files(
    as_ana: Client, workspace: Workspace
) -> None:
    fair = make_source(workspace, code="fair", name="Fair")
    make_mql(workspace, first_source=fair)
    said = f"first=2025-01-01&amp;last=2025-01-31&amp;source={fair.pk}"
    page = as_ana.get(f"{PAGE}?first=2025-01-01&last=2025-01-31&source={fair.pk}").content.decode()
    assert f'hx-get="{PAGE}panels/stages/?{said}"' in page
    assert f'href="{ROOT}funnel.csv?{said}"' in page


def test_a_sent_form_leads_to_an_address_that_says_only_what_was_chosen(
    as_ana: Client, workspace: Workspace
) -> None:
    fair = make_source(workspace, code="fair", name="Fair")
    make_mql(workspace, first_source=fair)
    sent = "first=2025-01-01&last=2025-01-31&compare=&every=&source=Fair&campaign=&rep="
    answer = as_ana.get(f"{PAGE}?{sent}")
    assert answer["Location"] == f"{PAGE}?first=2025-01-01&last=2025-01-31&source={fair.pk}"


def test_a_chosen_filter_can_be_taken_away_by_itself(as_ana: Client, workspace: Workspace) -> None:
    fair = make_source(workspace, code="fair", name="Fair")
    make_mql(workspace, first_source=fair)
    form = as_ana.get(f"{PAGE}?first=&last=&source={fair.pk}&segment=(blank)").context["form"]
    assert form.chosen == [
        ("Source: Fair", "first=&last=&segment=%28blank%29"),
        ("Segment: Size not known", f"first=&last=&source={fair.pk}"),
    ]
    assert form.without_filters == "first=&last="


def test_a_value_that_nobody_knows_is_told_at_its_field_and_left_out(
    as_ana: Client, workspace: Workspace
) -> None:
    make_mql(workspace)
    page = as_ana.get(f"{PAGE}?source=Moon&first=2025-02-01&last=2025-01-01")
    assert "There is no “Moon” here, so it is left out." in words(page)
    assert "The last day lies before the first." in words(page)
    assert 'aria-describedby="id_source_error"' in page.content.decode()
    assert page.context["asked"].scope.filters == {}
    assert page.context["asked"].scope.period.last is None


def test_many_values_are_found_by_their_names(as_ana: Client, workspace: Workspace) -> None:
    source = make_source(workspace, code="ads", name="Ads")
    for n in range(21):
        campaign = Campaign.objects.create(
            workspace=workspace, source=source, code=f"c{n}", name=f"Campaign {n}"
        )
        make_mql(workspace, first_source=source, first_campaign=campaign)
    page = as_ana.get(f"{PAGE}?first=&last=&campaign={campaign.pk}").content.decode()
    assert re.search(r'<input[^>]*name="campaign"[^>]*list="id_campaign-names"', page)
    assert re.search(r'<input[^>]*name="campaign"[^>]*value="Campaign 20"', page)
    assert page.count('<option value="Campaign ') == 21
    answer = as_ana.get(f"{PAGE}?first=&last=&campaign=campaign+20")
    assert answer["Location"] == f"{PAGE}?first=&last=&campaign={campaign.pk}"


@pytest.mark.parametrize(
    "query",
    [
        *("first=x&last=y", "source=nope&rep=-1", "by=moon", "rep=9e9", "compare=never"),
        *("first=2025-01-01&last=9999-12-31", "first=0001-01-01", "first=1989-12-31"),
    ],
)
def test_nonsense_in_the_address_breaks_nothing(
    as_ana: Client, workspace: Workspace, query: str
) -> None:
    make_mql(workspace)
    assert as_ana.get(f"{PAGE}?{query}", follow=True).status_code == 200
    assert as_ana.get(f"{PAGE}panels/stages/?{query}").status_code == 200


def test_a_split_of_another_page_is_no_error(as_ana: Client, workspace: Workspace) -> None:
    make_mql(workspace)
    page = as_ana.get(f"{PAGE}?first=&last=&by=rule", follow=True)
    assert not page.context["form"].errors
    assert page.context["asked"].by == ""


def test_a_comparison_is_said_with_its_days(as_ana: Client, workspace: Workspace) -> None:
    make_mql(workspace)
    said = "first=2025-02-01&last=2025-02-28"
    page = words(as_ana.get(f"{PAGE}?{said}&compare=before"))
    assert "1 Feb 2025 to 28 Feb 2025, compared with 4 Jan 2025 to 31 Jan 2025." in page
    page = words(as_ana.get(f"{PAGE}?{said}&compare=year"))
    assert "compared with 3 Feb 2024 to 1 Mar 2024." in page


@pytest.mark.parametrize("below", ["moon/", "moon/panels/stages/", "funnel/panels/moon/"])
def test_there_are_no_other_dashboards(as_ana: Client, below: str) -> None:
    assert as_ana.get(f"{ROOT}{below}").status_code == 404


def test_the_dashboards_of_another_workspace_do_not_exist(as_cleo: Client, ana: User) -> None:
    for below in ("", "funnel/", "funnel/panels/stages/", "funnel.csv", "funnel.xlsx"):
        assert as_cleo.get(f"{ROOT}{below}").status_code == 404


def test_a_panel_says_since_when_facts_wait_to_be_counted(
    as_ana: Client, workspace: Workspace
) -> None:
    for days in range(LITTLE + 5):
        make_mql(workspace, days_ago=days)
    waiting = "is being counted; the figures follow within a minute."
    assert waiting in words(as_ana.get(f"{PAGE}panels/flow/"))
    count_due(workspace, most=100)
    assert waiting not in words(as_ana.get(f"{PAGE}panels/flow/"))
