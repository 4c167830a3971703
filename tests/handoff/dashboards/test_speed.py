"""How soon offers are answered, against an obvious computation, and what the page says of it."""

from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any

import pytest
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.models import User, Workspace
from handoff.dashboards.panel import Asked, Panel
from handoff.dashboards.speed import SPEED_PAGE
from handoff.metrics.periods import Period
from handoff.metrics.responses import EDGES, NEVER, Answered, Hour, by_hour, by_span
from handoff.metrics.scope import Scope
from handoff.models import Handoff, RejectionReason
from leadqual.models import StageMove, Touch
from tests.builders import make_lead, make_user
from tests.handoff.undone import undone

pytestmark = pytest.mark.django_db
MONDAY = datetime(2026, 3, 23, 8, 30, tzinfo=UTC)  # Berlin's clocks go forward on the 29th

OFFERS = st.lists(
    st.fixed_dictionaries(
        {
            "after": st.integers(0, 10 * 24 * 60).map(lambda m: timedelta(minutes=m)),
            "answer": st.sampled_from([None, 0, 299, 300, 899, 900, 3_600, 86_400, 700_000]),
            "status": st.sampled_from(["accepted", "accepted", "rejected", "expired"]),
            "won": st.booleans(),
        }
    ),
    min_size=1,
    max_size=8,
)


def live(workspace: Workspace, offers: list[dict[str, Any]]) -> None:
    rep = make_user(name="Rep One")
    for said in offers:
        lead = make_lead(workspace)
        at = MONDAY + said["after"]
        ended: dict[str, Any] = (
            {"expired_at": at} if said["status"] == "expired" else {"decided_at": at}
        )
        if said["status"] != "expired":
            ended["decided_by"] = rep
        if said["status"] == "rejected":
            ended["reason"] = reason_of(workspace)
        Handoff.objects.create(
            workspace=workspace, lead=lead, rep=rep, cycle=1, status=said["status"], offered_at=at,
            fit=50, intent=50, grade="B", model_version=1, why_now="", packet={}, **ended,
        )  # fmt: skip
        if said["answer"] is not None:
            Touch.objects.create(
                workspace=workspace, lead=lead, kind="call", outcome="reached", by=rep,
                occurred_at=at + timedelta(seconds=said["answer"]),
            )  # fmt: skip
        if said["won"]:
            StageMove.objects.create(
                workspace=workspace, lead=lead, cycle=1, from_stage="opportunity", to_stage="won",
                at=at + timedelta(days=9), rule="test",
            )  # fmt: skip


def reason_of(workspace: Workspace) -> RejectionReason:
    found, _ = RejectionReason.objects.get_or_create(
        workspace=workspace, code="no_fit", defaults={"name": "No fit"}
    )
    return found


def place(answer: int | None) -> int:
    if answer is None:
        return NEVER
    return sum(answer >= edge for edge in EDGES)


@settings(max_examples=25, deadline=None)
@given(OFFERS)
def test_offers_stand_where_their_first_contact_came(offers: list[dict[str, Any]]) -> None:
    with undone(timezone="Europe/Berlin") as workspace:
        live(workspace, offers)
        expected = [Answered() for _ in range(NEVER + 1)]
        for said in offers:
            at = place(said["answer"])
            was, status = expected[at], said["status"]
            expected[at] = Answered(
                was.offers + 1,
                was.accepted + (status == "accepted"),
                was.rejected + (status == "rejected"),
                was.won + (status == "accepted" and said["won"]),
            )
        found, _ = by_span(Scope(workspace, Period(zone=workspace.zone)))
        assert found == expected


@settings(max_examples=25, deadline=None)
@given(OFFERS)
def test_a_decision_is_an_answer_where_no_touch_came_before(offers: list[dict[str, Any]]) -> None:
    """Here every decision comes with the offer, so that what is decided is answered at once."""
    with undone(timezone="Europe/Berlin") as workspace:
        live(workspace, offers)
        _, found = by_span(Scope(workspace, Period(zone=workspace.zone)))
        decided = sum(said["status"] != "expired" for said in offers)
        late = [place(said["answer"]) for said in offers if said["status"] == "expired"]
        assert found[0].decided == decided
        assert [one.offers for one in found] == [
            late.count(at) + (decided if at == 0 else 0) for at in range(NEVER + 1)
        ]


@settings(max_examples=25, deadline=None)
@given(OFFERS)
def test_hours_are_those_of_the_workspace(offers: list[dict[str, Any]]) -> None:
    with undone(timezone="Europe/Berlin") as workspace:
        live(workspace, offers)
        cells: dict[tuple[int, int], list[int | None]] = {}
        for said in offers:
            local = (MONDAY + said["after"]).astimezone(workspace.zone)
            cells.setdefault((local.weekday(), local.hour), []).append(said["answer"])
        found = by_hour(Scope(workspace, Period(zone=workspace.zone)))
        assert found == {
            cell: Hour(len(answers), len(known), float(median(known)) if known else None)
            for cell, answers in cells.items()
            for known in [[answer for answer in answers if answer is not None]]
        }


def asked(workspace: Workspace) -> Asked:
    return Asked(Scope(workspace, Period(zone=workspace.zone)), MONDAY + timedelta(days=20))


def panels(workspace: Workspace) -> dict[str, Panel]:
    return {key: part.make(asked(workspace)) for key, part in SPEED_PAGE.parts.items()}


def test_every_panel_of_an_empty_workspace_says_what_to_do(workspace: Workspace) -> None:
    assert [panel.empty is not None for panel in panels(workspace).values()] == [True] * 5


def test_every_chart_has_a_table_beside_it(workspace: Workspace) -> None:
    live(workspace, [{"after": timedelta(), "answer": 60, "status": "accepted", "won": True}])
    found = panels(workspace)
    assert [bool(panel.tables) for panel in found.values()] == [True] * 5
    assert [len(panel.charts) for panel in found.values()] == [0, 1, 1, 1, 1]


def test_a_week_without_answers_is_a_gap_in_the_trend(workspace: Workspace) -> None:
    for days in (0, 21):
        said = {"after": timedelta(days=days), "answer": 60, "status": "accepted", "won": False}
        live(workspace, [said])
    trend = panels(workspace)["trend"]
    assert [row[1].value for row in trend.tables[0].rows] == [0, None, None, 0]
    [chart] = trend.charts
    drawn = [point is not None for point in chart.data["series"][0]["values"]]
    assert drawn == [True, False, False, True]


def test_five_minutes_are_a_headline_with_its_denominator(workspace: Workspace) -> None:
    live(
        workspace,
        [
            {"after": timedelta(), "answer": 299, "status": "accepted", "won": False},
            {"after": timedelta(), "answer": 300, "status": "accepted", "won": False},
            {"after": timedelta(), "answer": None, "status": "rejected", "won": False},
        ],
    )
    fast, contacted = panels(workspace)["contact"].headlines
    assert (fast.cell.hits, fast.cell.of) == (1, 3)
    assert (contacted.cell.hits, contacted.cell.of) == (2, 3)


def test_few_offers_are_shown_as_small(workspace: Workspace) -> None:
    live(workspace, [{"after": timedelta(), "answer": 60, "status": "accepted", "won": True}])
    [table] = panels(workspace)["worth"].tables
    assert [cell.note for cell in table.rows[0]] == ["", "small", "small"]


@pytest.mark.parametrize("part", list(SPEED_PAGE.parts))
def test_another_workspace_sees_no_panel(
    workspace: Workspace, ana: User, cleo: User, client: Client, part: str
) -> None:
    address = f"/w/{workspace.slug}/dashboards/speed/panels/{part}/"
    client.force_login(ana)
    assert client.get(address).status_code == 200
    client.force_login(cleo)
    assert client.get(address).status_code == 404
