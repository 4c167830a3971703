"""The compliance page: both sides, panels by their own addresses, numbers with their lists."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User, Workspace
from handoff import handoffs
from handoff.models import Handoff, RejectionReason, ReviewItem
from handoff.review_items import open_item
from leadqual.models import Touch
from sla.models import Clock
from tests.builders import MONDAY_NOON, receive_hot_lead
from tests.handoff.import_uploads import words
from tests.sla.agreements import make_agreement

pytestmark = pytest.mark.django_db

PAGE = "/w/northwind/compliance/"
PANELS = ("marketing", "promises", "who", "hours", "coverage", "delays")
MARCH = "month=2026-03"


def panel(client: Client, name: str, query: str = MARCH) -> str:
    answer = client.get(f"{PAGE}{name}/?{query}")
    assert answer.status_code == 200
    return words(answer)


@pytest.fixture
def answered(workspace: Workspace, ben_takes_turns: User) -> list[Handoff]:
    """Of March 2026: one accepted and touched, one accepted late and untouched, one rejected."""
    offers = [receive_hot_lead(workspace, at=MONDAY_NOON).handoffs.get() for _ in range(3)]
    soon, late = MONDAY_NOON + timedelta(minutes=30), MONDAY_NOON + timedelta(days=2)
    handoffs.accept(offers[0], by=ben_takes_turns, at=soon)
    Touch.objects.create(
        workspace=workspace, lead=offers[0].lead, kind="call", outcome="reached",
        occurred_at=soon + timedelta(minutes=10), by=ben_takes_turns,
    )  # fmt: skip
    handoffs.accept(offers[1], by=ben_takes_turns, at=late)
    reason = RejectionReason.objects.of(workspace).get(code="no-budget")
    handoffs.reject(offers[2], by=ben_takes_turns, at=soon, reason=reason)
    return offers


def test_every_panel_of_an_empty_workspace_says_what_will_be_there(
    as_ana: Client, workspace: Workspace
) -> None:
    assert "No agreement is signed, so the figures stand against the defaults" in words(
        as_ana.get(PAGE)
    )
    for name, text in {
        "marketing": "Nothing is signed: no number of leads a month is promised",
        "promises": "0 running, 0 taken back",
        "who": "Nobody was held to a promise that fell due",
        "hours": "Nothing fell due",
        "coverage": "Waiting untouched now",
        "delays": "0 offers made in the month",
    }.items():
        assert text in panel(as_ana, name)


def test_sales_panels_tell_what_was_kept_of_how_many(
    as_ana: Client, answered: list[Handoff]
) -> None:
    assert "66.7 % 2 kept of 3 judged" in panel(as_ana, "promises")
    assert "Ben Okoye" in panel(as_ana, "who")
    assert "1 followed up followed up of 2 accepted accepted" in panel(as_ana, "coverage")


def test_marketing_is_told_what_it_delivered_against_the_promise(
    as_ana: Client, workspace: Workspace, answered: list[Handoff]
) -> None:
    make_agreement(
        workspace,
        at=MONDAY_NOON - timedelta(days=60),
        leads_a_month=2,
        good_grades=["A", "B"],
        good_percent=50,
    )
    text = panel(as_ana, "marketing")
    assert "3 MQLs delivered of 2" in text
    assert "the promise is kept" in text
    assert "66.7 % 2 accepted accepted of 3 decided decided" in text
    assert "0 of 1 rejections reviewed" in text


def test_a_month_of_two_versions_says_so_and_shows_each_alone(
    as_ana: Client, workspace: Workspace, answered: list[Handoff]
) -> None:
    make_agreement(workspace, at=MONDAY_NOON + timedelta(days=9))
    assert "No agreement from 1 to 10 Mar; Agreement 1 from 11 to 31 Mar" in words(
        as_ana.get(f"{PAGE}?{MARCH}")
    )
    assert "2 kept of 3 judged" in panel(as_ana, "promises", f"{MARCH}&version=defaults")
    assert "2 kept of 3 judged" not in panel(as_ana, "promises", f"{MARCH}&version=1")


def test_every_number_of_clocks_leads_to_just_as_many(
    as_ana: Client, answered: list[Handoff]
) -> None:
    seen = 0
    for name in ("promises", "who", "hours", "delays"):
        page = as_ana.get(f"{PAGE}{name}/?{MARCH}").content.decode()
        links = re.findall(r'href="([^"]*compliance/clocks/[^"]*)"[^>]*>(\d+)<', page)
        for address, number in links:
            listed = words(as_ana.get(address.replace("&amp;", "&")))
            assert f"{number} clock" in listed
            seen += 1
    assert seen > 5


def test_the_leads_that_wait_untouched_are_listed(as_ana: Client, answered: list[Handoff]) -> None:
    page = as_ana.get(f"{PAGE}coverage/?{MARCH}").content.decode()
    [address] = re.findall(r'href="([^"]*untouched/[^"]*)"', page)
    listed = as_ana.get(address.replace("&amp;", "&")).content.decode()
    assert f"/leads/{answered[1].lead_id}/" in listed
    assert f"/leads/{answered[0].lead_id}/" not in listed


def test_what_waits_for_a_decision_stands_on_top(as_ben: Client, workspace: Workspace) -> None:
    open_item(
        workspace,
        kind=ReviewItem.Kind.LEVEL,
        key="level:mqls",
        words="MQLs delivered: 3 of 20",
        facts={},
        owner=None,
        agreement=None,
        side="marketing",
        at=timezone.now(),
    )
    assert "MQLs delivered: 3 of 20" in words(as_ben.get(PAGE))


def test_who_may_export_takes_the_tables_and_others_do_not(
    as_ana: Client, as_ben: Client, as_cleo: Client, answered: list[Handoff]
) -> None:
    address = f"{PAGE}export.csv?{MARCH}"
    text = as_ana.get(address).content.decode("utf-8-sig")
    assert "coverage,accepted leads,followed up,1,2,0,0" in text.splitlines()
    assert as_ben.get(address).status_code == 403
    assert as_cleo.get(address).status_code == 404
    assert as_cleo.get(PAGE).status_code == 404


@pytest.mark.parametrize("name", PANELS)
def test_a_panel_asks_the_database_as_often_for_three_offers_as_for_one(
    as_ana: Client, workspace: Workspace, ben_takes_turns: User, name: str
) -> None:
    asked = []
    for _ in range(3):
        offer = receive_hot_lead(workspace, at=MONDAY_NOON).handoffs.get()
        handoffs.accept(offer, by=ben_takes_turns, at=MONDAY_NOON + timedelta(minutes=30))
        with CaptureQueriesContext(connection) as queries:
            panel(as_ana, name)
        asked.append(len(queries))
    assert asked[0] == asked[2]


@pytest.mark.parametrize(
    "query",
    [
        *("month=13", "month=9999-99", "month=0001-01", "version=77", "version=x"),
        "person=-&tier=-&hour=25&weekday=9",
        "after=x~1&person=99999999999999999999",
        "age=x&since=y&after=2026-03-02T00:00:00%2B00:00~1",
    ],
)
def test_an_address_that_means_nothing_is_no_error(
    as_ana: Client, workspace: Workspace, query: str
) -> None:
    for below in ("", "clocks/", "untouched/", *(f"{name}/" for name in PANELS)):
        assert as_ana.get(f"{PAGE}{below}?{query}").status_code == 200


def test_what_is_many_is_counted_once_in_a_while_and_says_when(
    as_ana: Client, answered: list[Handoff], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "Counted at" not in panel(as_ana, "promises")
    monkeypatch.setattr("handoff.compliance.counted_once.MANY", 3)
    assert "Counted at" not in panel(as_ana, "promises")
    Clock.objects.filter(code="decide_offer").update(stopped_by="withdrawn", breached_at=None)
    kept_figures = panel(as_ana, "promises")
    assert "2 kept of 3 judged" in kept_figures
    assert "Counted at" in kept_figures
