"""Links to one dashboard: what whoever has one sees, and that it is nothing else."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from accounts.models import User, Workspace
from handoff.dashboards.pages import PAGES
from handoff.dashboards.panel import Cell, Column, Headline, Panel, Table
from handoff.dashboards.shared import LEAD, for_strangers, share_page, take_back
from handoff.models import SharedPage
from tests.accounts.walk import all_views
from tests.builders import make_lead, make_source
from tests.handoff.dashboards.test_pages import make_mql
from tests.handoff.import_uploads import words

ROOT = "/w/northwind/dashboards/"
STRANGER = Client


@pytest.fixture(autouse=True)
def no_limits_used(db: None) -> None:
    cache.clear()


def shared(workspace: Workspace, by: User, query: str = "first=&last=", **said: Any) -> str:
    """The token of a new link to the funnel."""
    said = {"days": 30, "note": "", "now": timezone.now(), "page": PAGES["funnel"], **said}
    return share_page(workspace, query=query, by=by, **said)[1]


def test_sharing_shows_the_address_once_and_lists_the_link(
    as_ana: Client, workspace: Workspace
) -> None:
    make_mql(workspace)
    ask = f"{ROOT}funnel/share/?first=2026-01-01&last=2026-01-31&grade=(blank)"
    assert "Names of reps and everything else in the tables are shown" in words(as_ana.get(ask))
    answer = as_ana.post(ask, {"days": "90", "note": "For the board"})
    [address] = re.findall(r'id="address">([^<]+)<', answer.content.decode())
    link = SharedPage.objects.get()
    assert link.expires_at - link.created_at == timedelta(days=90)
    assert link.query == "first=2026-01-01&last=2026-01-31&grade=%28blank%29"
    assert link.token_hash not in address
    listed = words(as_ana.get(f"{ROOT}shared/"))
    assert "For the board" in listed
    assert "never opened" in listed
    assert address.rstrip("/").rsplit("/", 1)[1] not in listed
    assert STRANGER().get(address).status_code == 200
    assert "last opened" in words(as_ana.get(f"{ROOT}shared/"))


@pytest.mark.parametrize("days", ["0", "366", "", "x"])
def test_a_link_is_not_made_for_longer_than_a_year(
    as_ana: Client, workspace: Workspace, days: str
) -> None:
    answer = as_ana.post(f"{ROOT}funnel/share/", {"days": days})
    assert answer.status_code == 422
    assert SharedPage.objects.count() == 0


def test_reps_share_nothing(as_ben: Client, as_ana: Client, workspace: Workspace) -> None:
    make_lead(workspace)
    assert as_ben.get(f"{ROOT}funnel/share/").status_code == 403
    assert as_ben.get(f"{ROOT}shared/").status_code == 403
    assert "/funnel/share/" not in as_ben.get(f"{ROOT}funnel/").content.decode()
    assert "/funnel/share/" in as_ana.get(f"{ROOT}funnel/").content.decode()


def test_a_stranger_sees_the_page_with_its_days_filters_and_panels(
    workspace: Workspace, ana: User
) -> None:
    fair = make_source(workspace, code="fair", name="Fair")
    make_mql(workspace, first_source=fair)
    make_mql(workspace)
    token = shared(workspace, ana, f"first=2020-01-01&last=2030-12-31&source={fair.pk}")
    answer = STRANGER().get(f"/shared/{token}/")
    said = words(answer)
    assert "1 Jan 2020 to 31 Dec 2030; Source: Fair." in said
    assert "Shared by Ana Marques" in said
    assert (answer["Referrer-Policy"], answer["X-Robots-Tag"]) == (
        "no-referrer",
        "noindex, nofollow",
    )
    shown = re.findall(r'hx-get="([^"]+)"', answer.content.decode())
    assert shown == [f"/shared/{token}/panels/{part}/" for part in PAGES["funnel"].parts]
    panel = STRANGER().get(shown[0])
    assert panel["Referrer-Policy"] == "no-referrer"
    assert "Became MQL 1 " in words(panel)


def test_a_stranger_finds_no_way_into_the_product(workspace: Workspace, ana: User) -> None:
    make_mql(workspace)
    token = shared(workspace, ana)
    pages = [f"/shared/{token}/"]
    pages += [f"/shared/{token}/panels/{part}/" for part in PAGES["funnel"].parts]
    for address in pages:
        page = STRANGER().get(address).content.decode()
        ways = re.findall(r'(?:href|hx-get|action)="([^"]*)"', page)
        outside = [
            way for way in ways if not way.startswith(("#", "/static/", f"/shared/{token}/"))
        ]
        assert outside == []
        assert "northwind" not in page


def test_a_token_opens_nothing_but_its_own_page(workspace: Workspace, ana: User) -> None:
    """Put wherever an address has a gap, as what the gap is for or as a parameter."""
    token, client = shared(workspace, ana), STRANGER()
    walked, opened = 0, set()
    for view in all_views():
        if view.route.startswith(("shared/", "admin/")):
            continue
        path = view.route.replace("<slug:workspace>", workspace.slug)
        for gap in (token, "1"):
            address = re.sub(r"[\\^$?()]", "", re.sub(r"<(?:\w+:)?\w+>", gap, path))
            answer = client.get(f"/{address}", {"token": token})
            assert answer.streaming or "Northwind" not in answer.content.decode(errors="replace")
            walked += 1
            if answer.status_code == 200:
                opened.add(view.route)
    assert walked > 300
    public = {view.route for view in all_views() if view.access == "public"}
    assert {route for route in opened - public if not route.startswith("account/")} == set()


def test_a_token_of_another_workspace_shows_that_one(
    workspace: Workspace, ana: User, cleo: User
) -> None:
    make_mql(workspace)
    elsewhere = Workspace.objects.get(slug="elsewhere")
    said = words(STRANGER().get(f"/shared/{shared(elsewhere, cleo)}/panels/stages/"))
    assert "No lead moved in this period" in said


def test_panels_of_other_pages_are_not_opened(workspace: Workspace, ana: User) -> None:
    token = shared(workspace, ana)
    others = {part for page in PAGES.values() for part in page.parts} - set(PAGES["funnel"].parts)
    for part in {"moon", *others}:
        assert STRANGER().get(f"/shared/{token}/panels/{part}/").status_code == 404


def test_filters_and_days_cannot_be_changed_from_outside(workspace: Workspace, ana: User) -> None:
    make_mql(workspace)
    token = shared(workspace, ana, "first=2020-01-01&last=2020-01-31")
    answer = STRANGER().get(f"/shared/{token}/panels/stages/?first=&last=")
    assert "No lead moved in this period" in words(answer)


def test_nobody_is_told_of_a_token_that_does_not_exist(workspace: Workspace, ana: User) -> None:
    token = shared(workspace, ana)
    for other in ("x" * len(token), token[:-1], f"{token}A", "\N{SNOWMAN}"):
        assert STRANGER().get(f"/shared/{other}/").status_code == 404


def test_an_expired_link_says_so(workspace: Workspace, ana: User) -> None:
    token = shared(workspace, ana, days=1, now=timezone.now() - timedelta(days=1))
    for below in ("", "panels/stages/"):
        answer = STRANGER().get(f"/shared/{token}/{below}")
        assert answer.status_code == 410
        assert "This link is over It was good until" in words(answer)
        assert "Northwind" not in words(answer)


def test_a_link_is_taken_back_at_once(as_ana: Client, workspace: Workspace, ana: User) -> None:
    token = shared(workspace, ana)
    link = SharedPage.objects.get()
    as_ana.post(f"{ROOT}shared/{link.pk}/revoke/")
    answer = STRANGER().get(f"/shared/{token}/")
    assert answer.status_code == 410
    assert "has taken the link back" in words(answer)
    revoked_at = SharedPage.objects.get().revoked_at
    take_back(link, at=timezone.now())
    assert SharedPage.objects.get().revoked_at == revoked_at
    assert "Taken back on" in words(as_ana.get(f"{ROOT}shared/"))


def test_another_workspace_neither_lists_nor_takes_back(
    as_cleo: Client, workspace: Workspace, ana: User
) -> None:
    shared(workspace, ana, note="For the board")
    link = SharedPage.objects.get()
    assert as_cleo.post(f"{ROOT}shared/{link.pk}/revoke/").status_code == 404
    assert as_cleo.post(f"/w/elsewhere/dashboards/shared/{link.pk}/revoke/").status_code == 404
    assert "For the board" not in words(as_cleo.get("/w/elsewhere/dashboards/shared/"))
    assert SharedPage.objects.get().revoked_at is None


def test_too_many_openings_are_slowed_down(workspace: Workspace, ana: User, settings: Any) -> None:
    settings.SHARED_PAGE_REQUESTS = 2
    token = shared(workspace, ana)
    got = [STRANGER().get(f"/shared/{token}/panels/stages/").status_code for _ in range(3)]
    assert got == [200, 200, 429]


def test_a_filter_whose_value_nobody_has_any_more_is_not_widened(
    workspace: Workspace, ana: User
) -> None:
    make_mql(workspace)
    token = shared(workspace, ana, "first=&last=&region=Atlantis")
    answer = STRANGER().get(f"/shared/{token}/panels/stages/")
    assert "No lead moved in this period" in words(answer)


def test_strangers_get_neither_names_of_leads_nor_addresses() -> None:
    lead, leads = "/w/northwind/leads/7/", "/w/northwind/leads/?fact=mql"
    rows = ((Cell("Hanna Weiss", url=lead), Cell(3, url=leads)),)
    columns = (Column("Lead"), Column("Count", "count"))
    panel = Panel(
        "Counts",
        headlines=(Headline("MQLs", Cell(3, url=leads), before=Cell(2, url=leads)),),
        tables=(
            Table("Some", columns, rows),
            Table("Examples", columns, rows, names_leads=True),
        ),
    )
    shown = for_strangers(panel)
    assert shown.headlines == (Headline("MQLs", Cell(3), before=Cell(2)),)
    assert shown.tables == (Table("Some", columns, ((Cell(LEAD), Cell(3)),)),)
    assert shown.notes == ("The table that names leads is not part of a shared page.",)
