"""The portfolio: the rows of one's own workspaces, with the figures of their own pages."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given, settings
from openpyxl import load_workbook

from accounts.models import Role, User, Workspace
from handoff.compliance import months
from handoff.compliance.marketing import promised
from handoff.compliance.working_days import working_days
from handoff.dashboards.panel import Cell
from handoff.dashboards.portfolio import COLUMNS, portfolio
from handoff.dashboards.portfolio_figures import standings
from handoff.metrics.acceptance import Endings, endings
from handoff.metrics.counting import WHOLE, total
from handoff.metrics.drift import acceptance_drift, usual_volume, volume_drift
from handoff.metrics.durations import DECIDED, Duration, durations
from handoff.metrics.periods import Period
from handoff.models import Decision, ReviewCadence
from handoff.reviews.opening import open_review
from leadqual.models import StageMove
from sla.compliance import Asked, kept
from sla.models import Commitment
from tests.builders import make_lead, make_member, make_workspace
from tests.handoff.compliance_histories import CLOCKS, MOVES, OFFERS, ZONE, History
from tests.handoff.compliance_histories import NOW as HISTORY_NOW
from tests.handoff.dashboards.decided import DAY, NOW, decide
from tests.handoff.import_uploads import words
from tests.handoff.undone import undone
from tests.sla.agreements import make_agreement

pytestmark = pytest.mark.django_db
PAGE = "/portfolio/"


def row(workspace: Workspace, *, now: datetime = NOW) -> dict[str, Cell]:
    [table] = portfolio([workspace], now=now).tables
    return {column.label: cell for column, cell in zip(COLUMNS, table.rows[0], strict=True)}


def make_mqls(workspace: Workspace, n: int, *, at: datetime) -> None:
    for _ in range(n):
        StageMove.objects.create(
            workspace=workspace, lead=make_lead(workspace, captured_at=at), to_stage="mql",
            cycle=1, rule="test", at=at,
        )  # fmt: skip


@settings(max_examples=15, deadline=None)
@given(CLOCKS, MOVES, OFFERS)
def test_figures_are_those_of_each_workspaces_own_pages(
    clocks: Sequence[Any], moves: Sequence[Any], offers: Sequence[Any]
) -> None:
    with undone(timezone=ZONE) as first:
        second = make_workspace(slug="second", timezone="Asia/Tokyo")
        for workspace, part in ((first, slice(None)), (second, slice(0, None, 2))):
            history = History(workspace)
            history.clocks(clocks[part])
            history.moves(moves[part])
            history.offers(offers[part])
        make_agreement(first, at=HISTORY_NOW - timedelta(days=12), leads_a_month=9)
        for one in standings([first, second], now=HISTORY_NOW):
            scope = one.scope
            moved = total(scope, ["entered:mql", "entered:won"])
            assert one.won == moved["entered:won"]
            assert one.endings == endings(scope).get(WHOLE, Endings())
            took = durations(scope, [DECIDED]).get(WHOLE, {})
            assert one.decided == took.get(DECIDED, Duration())
            since, until = scope.period.starts_at, scope.period.ends_at
            assert since
            assert until
            asked = Asked(scope.workspace, [since, until], HISTORY_NOW, Commitment.Code.values)
            judged = next(iter(kept(asked, ())[0].values()), None)
            assert one.level.met == (judged.met if judged else 0)
            assert one.level.judged == (judged.judged if judged else 0)
            month = months.Month(one.month.first or date.min, scope.workspace.zone)
            of_month = months.Scope(scope.workspace, month, HISTORY_NOW)
            [own] = promised([of_month], working_days(scope.workspace))
            in_days = scope.during(one.month)
            assert one.month_mqls == total(in_days, ["entered:mql"])["entered:mql"]
            if own.volume is None or one.volume is None:
                assert one.volume is own.volume is None
            else:  # a move of the future is counted on the page of the month, and not here
                assert (one.volume.owed, one.volume.gone) == (own.volume.owed, own.volume.gone)
            for start, n in zip(one.starts, one.weeks, strict=True):
                week = Period(start, start + timedelta(days=6), scope.workspace.zone)
                assert n == total(scope.during(week), ["entered:mql"])["entered:mql"]


def test_a_volume_is_unlike_usual_beyond_what_chance_makes() -> None:
    steady = [10, 12, 9, 11, 10, 8, 11, 9]
    assert usual_volume(steady) == (25, 55)
    assert volume_drift([*steady, 8, 9, 10, 9]) == ""
    assert volume_drift([*steady, 4, 5, 6, 5]) == (
        "Fewer MQLs than usual: 20 in 4 weeks, usually 25 to 55"
    )
    assert volume_drift([*steady, 14, 15, 16, 15]) == (
        "More MQLs than usual: 60 in 4 weeks, usually 25 to 55"
    )
    assert volume_drift([1, 2, 3, 2, 3, 2, 3, 3, 0, 0, 0, 0]) == ""  # 19 say too little


def test_acceptance_is_unlike_usual_beyond_what_chance_makes() -> None:
    usual = Endings(accepted=80, rejected=20)
    assert acceptance_drift(usual, Endings(accepted=28, rejected=12)) == ""
    assert acceptance_drift(usual, Endings(accepted=20, rejected=20)) == (
        "Acceptance lower than usual: 50 % of 40 in 4 weeks, 80 % of 100 in the 8 before"
    )
    assert acceptance_drift(usual, Endings(accepted=5, rejected=14)) == ""  # 19 say too little


def test_mqls_stand_against_the_target_of_the_agreement(workspace: Workspace) -> None:
    make_agreement(workspace, at=NOW - 90 * DAY, leads_a_month=30)
    make_mqls(workspace, 6, at=NOW - 2 * DAY)
    cell = row(workspace)["MQLs of the target"]
    assert (cell.hits, cell.of, cell.tone) == (6, 30, "bad")
    assert cell.note.startswith("Behind: ")


def test_what_is_not_summed_yet_is_counted_from_facts(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("handoff.metrics.summary.LITTLE", 1)
    for days in (1, 20, 40):
        make_mqls(workspace, 2, at=NOW - days * DAY)
    [one] = standings([workspace], now=NOW)
    assert sum(one.weeks) == 6


def test_without_a_target_there_is_none_to_miss(workspace: Workspace) -> None:
    make_mqls(workspace, 1, at=NOW)
    cell = row(workspace)["MQLs of the target"]
    assert (cell.value, cell.note) == (None, "1 MQLs; no target agreed")


def test_acceptance_has_its_verdict_in_words_and_none_of_few(
    workspace: Workspace, ben: User
) -> None:
    decide(workspace, ben, accepted=5, rejected=14)
    assert row(workspace)["Acceptance"].note == "Too few to judge"
    decide(workspace, ben, rejected=1)
    cell = row(workspace)["Acceptance"]
    assert (cell.hits, cell.of, cell.note, cell.tone) == (5, 20, "Too loose", "bad")


def test_overdue_reviews_and_open_decisions_are_counted(workspace: Workspace, ana: User) -> None:
    ReviewCadence.objects.filter(workspace=workspace).update(next_due=date(2027, 1, 1))
    ReviewCadence.objects.filter(workspace=workspace, kind="metrics").update(
        next_due=date(2026, 11, 10)
    )
    review = open_review(workspace, kind="metrics", by=ana, at=NOW)
    for done in (None, NOW):
        Decision.objects.create(
            workspace=workspace, review=review, text="Call sooner", owner=ana,
            due=date(2026, 12, 1), made_at=NOW, made_by=ana,
            done_at=done, done_by=ana if done else None,
        )  # fmt: skip
    found = row(workspace)
    assert (found["Overdue reviews"].value, found["Overdue reviews"].tone) == (1, "bad")
    assert found["Overdue reviews"].note == "the oldest by 8 d"
    assert found["Open decisions"].value == 1


@pytest.fixture
def elsewhere(ana: User) -> Workspace:
    """Ana’s second workspace."""
    other = make_workspace(name="Southwind", slug="southwind")
    make_member(other, user=ana, role=Role.REP)
    return other


def test_who_has_one_workspace_is_sent_to_its_dashboards(
    as_ana: Client, client: Client, workspace: Workspace
) -> None:
    assert as_ana.get(PAGE)["Location"] == "/w/northwind/dashboards/"
    assert client.get(PAGE).status_code == 302
    assert "/account/login/" in client.get(PAGE)["Location"]


def test_who_has_none_is_told_so(client: Client, db: None) -> None:
    client.force_login(User.objects.create(email="nobody@example.com", name="Nobody"))
    assert client.get(PAGE)["Location"] == "/workspaces/"


def test_the_page_has_a_row_for_each_own_workspace_and_no_other(
    as_ana: Client, as_cleo: Client, elsewhere: Workspace, workspace: Workspace
) -> None:
    page = as_ana.get(PAGE)
    [table] = page.context["panel"].tables
    assert [cells[0].value for cells in table.rows] == ["Northwind", "Southwind"]
    assert "Elsewhere" not in words(page)
    assert as_cleo.get(PAGE)["Location"] == "/w/elsewhere/dashboards/"


def test_a_former_member_sees_it_no_more(as_ana: Client, ana: User, elsewhere: Workspace) -> None:
    ana.memberships.filter(workspace=elsewhere).update(ended_at=timezone.now())
    assert as_ana.get(PAGE)["Location"] == "/w/northwind/dashboards/"


def test_the_navigation_leads_there_where_there_are_several(
    as_ana: Client, as_cleo: Client, elsewhere: Workspace, workspace: Workspace
) -> None:
    assert 'href="/portfolio/"' in as_ana.get("/w/northwind/leads/").content.decode()
    assert 'href="/portfolio/"' not in as_cleo.get("/w/elsewhere/leads/").content.decode()


def test_files_hold_the_workspaces_that_may_be_exported_from(
    as_ana: Client, as_ben: Client, elsewhere: Workspace, workspace: Workspace
) -> None:
    text = as_ana.get(f"{PAGE}export.csv").content.decode("utf-8-sig")
    assert "\nNorthwind," in text.replace("\r", "")
    assert "Southwind" not in text  # there Ana is a rep, who exports nothing
    book = load_workbook(BytesIO(as_ana.get(f"{PAGE}export.xlsx").content))
    assert book.sheetnames == ["Portfolio"]
    assert as_ana.get(f"{PAGE}export.pdf").status_code == 404
    assert as_ben.get(f"{PAGE}export.csv").status_code == 403


def queries(workspaces: Sequence[Workspace]) -> int:
    with CaptureQueriesContext(
        connection,
    ) as asked:
        portfolio(workspaces, now=datetime(2026, 11, 18, 12, tzinfo=UTC))
    return len(asked)


def test_three_workspaces_take_the_queries_of_one(workspace: Workspace, ben: User) -> None:
    three = [workspace, make_workspace(), make_workspace()]
    for each in three:
        decide(each, ben, accepted=2)
        make_mqls(each, 2, at=NOW)
        make_agreement(each, at=NOW - 30 * DAY, leads_a_month=10)
    portfolio(three, now=NOW)  # counts the days that are due
    assert queries([workspace]) == queries(three)
    assert queries(three) <= 12
