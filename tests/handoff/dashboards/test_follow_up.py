"""What nobody touched, whether accepted leads were worked, and what is stuck."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User, Workspace
from handoff.dashboards.follow_up import FOLLOW_UP_PAGE
from handoff.dashboards.panel import Asked, Panel
from handoff.metrics.periods import Period
from handoff.metrics.scope import Scope
from handoff.models import Handoff
from leadqual.models import Lead, Touch
from leadqual.stages import Stage
from tests.builders import make_lead
from tests.sla.agreements import make_agreement

pytestmark = pytest.mark.django_db
NOW = timezone.now().replace(microsecond=0)
DAY = timedelta(days=1)


def accepted(workspace: Workspace, rep: User, *, days_ago: float, touched: bool = False) -> Lead:
    lead = make_lead(workspace, stage=Stage.SAL, owner=rep)
    at = NOW - days_ago * DAY
    Handoff.objects.create(
        workspace=workspace, lead=lead, rep=rep, cycle=1, status="accepted", offered_at=at,
        decided_at=at, decided_by=rep, fit=50, intent=50, grade="B", model_version=1, why_now="",
        packet={},
    )  # fmt: skip
    if touched:
        Touch.objects.create(
            workspace=workspace, lead=lead, kind="call", outcome="reached", by=rep,
            occurred_at=at + timedelta(minutes=5),
        )  # fmt: skip
    return lead


def panel(workspace: Workspace, key: str) -> Panel:
    asked = Asked(Scope(workspace, Period(zone=workspace.zone)), NOW)
    return FOLLOW_UP_PAGE.parts[key].make(asked)


def test_untouched_leads_stand_by_their_age(workspace: Workspace, ben: User) -> None:
    for days in (0.5, 2, 2.5, 30):
        accepted(workspace, ben, days_ago=days)
    accepted(workspace, ben, days_ago=2, touched=True)
    [table] = panel(workspace, "waiting").tables
    assert [row[1].value for row in table.rows] == [1, 2, 0, 1]


def test_weeks_in_which_nothing_was_accepted_are_there_too(workspace: Workspace, ben: User) -> None:
    accepted(workspace, ben, days_ago=1)
    accepted(workspace, ben, days_ago=100, touched=True)
    weeks = panel(workspace, "coverage").tables[0].rows
    assert len(weeks) >= 14
    assert [(row[1].hits, row[1].of) for row in (weeks[0], weeks[1], weeks[-1])] == [
        (1, 1),
        (0, 0),
        (0, 1),
    ]


def test_coverage_is_of_the_accepted_and_names_the_reps(
    workspace: Workspace, ben: User, mara: User
) -> None:
    accepted(workspace, ben, days_ago=1, touched=True)
    accepted(workspace, ben, days_ago=1)
    accepted(workspace, mara, days_ago=1, touched=True)
    found = panel(workspace, "coverage")
    [headline] = found.headlines
    assert (headline.cell.hits, headline.cell.of) == (2, 3)
    assert [(row[0].value, row[1].hits, row[1].of) for row in found.tables[1].rows] == [
        (str(ben), 1, 2),
        (str(mara), 1, 1),
    ]


def test_a_number_leads_to_those_that_are_to_be_worked(
    workspace: Workspace, ben: User, ana: User, client: Client
) -> None:
    accepted(workspace, ben, days_ago=1, touched=True)
    waits = accepted(workspace, ben, days_ago=1)
    [headline] = panel(workspace, "coverage").headlines
    client.force_login(ana)
    page = client.get(headline.cell.url)
    assert [row.lead for row in page.context["list"].rows] == [waits]


def test_what_is_promised_is_what_the_agreement_says(
    workspace: Workspace, ben: User, ana: User, mara: User
) -> None:
    accepted(workspace, ben, days_ago=1)
    assert "75 % are promised" in panel(workspace, "coverage").counts
    make_agreement(workspace, coverage_percent=60)
    assert "60 % are promised" in panel(workspace, "coverage").counts


def test_open_leads_are_counted_stage_by_stage(workspace: Workspace, ben: User) -> None:
    accepted(workspace, ben, days_ago=1)
    make_lead(workspace, stage=Stage.SQL)
    [table] = panel(workspace, "stuck").tables
    assert {row[0].value: row[1].value for row in table.rows if row[1].value != ""} == {
        "MQL": 0,
        "SAL": 1,
        "SQL": 1,
        "Opportunity": 0,
    }


def test_an_empty_workspace_is_told_so(workspace: Workspace) -> None:
    assert [panel(workspace, key).empty is None for key in FOLLOW_UP_PAGE.parts] == [False] * 3


@pytest.mark.parametrize("part", list(FOLLOW_UP_PAGE.parts))
def test_another_workspace_sees_no_panel(
    workspace: Workspace, ana: User, cleo: User, client: Client, part: str
) -> None:
    address = f"/w/{workspace.slug}/dashboards/follow-up/panels/{part}/"
    client.force_login(ana)
    assert client.get(address).status_code == 200
    client.force_login(cleo)
    assert client.get(address).status_code == 404
