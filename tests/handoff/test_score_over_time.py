"""The history of a score on the lead's page, held against what was recorded as it happened."""

import html
import json
import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from accounts.models import User, Workspace
from handoff import score_overrides
from handoff.promotion import settle_due
from handoff.score_chart import ScoreChart
from handoff.transitions import MoveNotAllowed
from leadqual.capture import EventFacts
from leadqual.models import Lead
from scoring.explanations import explain
from scoring.models import Score
from scoring.publishing import open_draft, publish
from scoring.rescoring import rescore_workspace
from scoring.score_history import score_history
from scoring.scorers import score_dirty, score_lead, sweep_expired
from tests.builders import (
    MONDAY_NOON,
    make_lead,
    make_workspace,
    receive_event,
    receive_hot_lead,
    visit_pricing_page,
)
from tests.handoff.histories import History
from tests.handoff.pages import lead_url

pytestmark = pytest.mark.django_db


class Life(History):
    """A history in which beat comes by before every deed, weeks pass and models are published.

    Never at the deed's own moment: of one moment a history knows only what held at its end.
    """

    def run(self, lead: Lead, deeds: Any) -> None:
        for deed in deeds:
            self.now += timedelta(minutes=30)
            self._come_by()
            self.now += timedelta(minutes=30)
            with suppress(MoveNotAllowed):
                getattr(self, f"_{deed}")(Lead.objects.get(pk=lead.pk))
        self._come_by()

    def _come_by(self) -> None:
        while sweep_expired(now=self.now) or score_dirty(now=self.now):
            pass
        settle_due(now=self.now)

    def _weeks(self, lead: Lead) -> None:
        for _ in range(9):
            self.now += timedelta(days=1)
            self._come_by()

    def _publish(self, lead: Lead) -> None:
        draft = open_draft(workspace=self.workspace, by=self.by, now=self.now)
        first = draft.intentrules.order_by("pk").first()
        assert first is not None
        first.points = 5 + (first.points + 3) % 10
        first.save()
        rescore_workspace(publish(draft, by=self.by, now=self.now), now=self.now)
        settle_due(now=self.now)


DEEDS = st.sampled_from(
    ["pricing", "demo", "visit", "fact", "accept", "reject", "weeks", "weeks", "publish", "recycle"]
)


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(deeds=st.lists(DEEDS, min_size=4, max_size=10))
@example(deeds=["pricing", "recycle", "pricing", "pricing"])
@example(deeds=["pricing", "pricing", "recycle", "fact"])
@example(deeds=["fact", "pricing", "demo", "pricing"])  # beat makes an MQL of it before the demo
def test_every_recorded_move_says_what_the_history_says_of_its_moment(
    workspace: Workspace, ben_takes_turns: User, deeds: list[str]
) -> None:
    with transaction.atomic():
        life = Life(workspace, by=ben_takes_turns)
        lead = life.capture(email="life@acme.example")
        life.run(lead, deeds)
        moves_are_those_of_the_history(lead)
        transaction.set_rollback(True)


def moves_are_those_of_the_history(lead: Lead) -> None:
    moves = list(lead.moves.exclude(fit=None))
    found, told = score_history(lead, also_at=[move.at for move in moves]), explain(lead)
    assert found is not None
    assert told is not None
    for move in moves:
        point = found.at(move.at)
        assert point is not None
        assert (point.fit, point.intent, point.version) == (
            *(move.fit, move.intent, move.model_version),
        )
    last, score = found.points[-1], Score.objects.get(lead=lead)
    assert (last.at, last.fit, last.intent) == (score.scored_at, score.fit, score.intent)
    assert (last.fit, last.intent, last.version) == (told["fit"], told["intent"], told["version"])


def panel_of(client: Client, lead: Lead) -> tuple[str, dict[str, Any]]:
    page = client.get(lead_url(lead, "score/")).content.decode()
    data = re.findall(r'data-chart="([^"]*)"', page)
    return page, json.loads(html.unescape(data[0])) if data else {}


def test_the_panel_names_events_moves_and_overrides(
    as_mara: Client, workspace: Workspace, ben_takes_turns: User, mara: User
) -> None:
    now = timezone.now()
    lead = receive_hot_lead(workspace, at=now)
    score_overrides.put(
        lead,
        by=mara,
        fit=90,
        intent=None,
        reason="Met",
        expires_at=now + timedelta(days=9),
        now=timezone.now(),
    )
    page, data = panel_of(as_mara, lead)
    assert "Visited pricing page +20: Page view /pricing" in page
    assert "Moved to MQL, at 60 points" in page
    assert "Overridden to fit 90 by Mara Lindt" in page
    assert [point[1:4] for point in data["points"]][-1] == [35, 45, 80]
    now_words = ["As now", "overridden to fit 90 by Mara Lindt: 135 counts"]
    assert data["points"][-1][5] == now_words
    assert [total for _, total in data["overrides"][0][3]] == [135, 135]
    assert [words for _, words in data["moves"]] == ["New, MQL"]
    assert data["overrides"][0][2] == "fit 90 by Mara Lindt"


def rows_of(page: str) -> list[str]:
    """What happened, row by row, as the table says it."""
    return [html.unescape(words) for words in re.findall(r'<td class="lq-wrap">(.*?)</td>', page)]


def test_a_move_under_an_override_names_the_number_that_moved_it(
    as_mara: Client, workspace: Workspace, ben_takes_turns: User, mara: User
) -> None:
    lead = receive_hot_lead(workspace, pricing_page=False, at=timezone.now())
    now = timezone.now()
    fields: dict[str, Any] = {"reason": "No", "expires_at": now + timedelta(days=9)}
    for intent in (1, 2):
        score_overrides.put(lead, by=mara, fit=0, intent=intent, now=timezone.now(), **fields)
    score_overrides.end(lead.overrides.latest("pk"), by=mara, now=timezone.now())
    page, data = panel_of(as_mara, lead)
    rows = rows_of(page)
    assert rows[:7] == [
        "As now",
        "Moved to MQL, at 60 points",
        "The override to fit 0 and intent 2 ended by Mara Lindt",
        "Overridden to fit 0 and intent 2 by Mara Lindt",
        "The override to fit 0 and intent 1 ended by Mara Lindt",
        "Moved to New, at 1, overridden (60 computed)",
        "Overridden to fit 0 and intent 1 by Mara Lindt",
    ]
    assert rows[-1] == "Moved to New"
    assert [words for _, words in data["moves"] if words] == ["New … MQL (4)"]
    assert "Overrides put and ended stand in the table here" in page


def test_the_first_row_of_an_older_lead_says_that_it_is_a_state(
    as_mara: Client, workspace: Workspace
) -> None:
    now = timezone.now()
    lead = receive_hot_lead(workspace, at=now - timedelta(days=180 + 25))
    score_lead(lead, now=now)
    [state] = [words for words in rows_of(panel_of(as_mara, lead)[0]) if "begins" in words]
    assert state.startswith("Where this history begins, with what counted then; ")
    assert state.endswith("; intent × 0.729 after 3 idle weeks")


def test_moments_are_written_in_the_zone_of_the_workspace(
    as_mara: Client, workspace: Workspace
) -> None:
    lead = receive_hot_lead(workspace, at=MONDAY_NOON)
    page, data = panel_of(as_mara, lead)
    assert (data["points"][0][0], data["zone"]) == ("2026-03-02T12:00:00Z", "Europe/Berlin")
    assert "2 Mar 2026, 13:00" in page


def test_the_line_never_runs_backwards_when_the_clock_is_put_back(
    workspace: Workspace,
) -> None:
    at = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)  # 2:30 in Berlin, and an hour later again
    lead = receive_hot_lead(workspace, at=at, pricing_page=False)
    visit_pricing_page(lead, at=at + timedelta(minutes=45))
    points = ScoreChart(lead, now=at + timedelta(hours=1)).data["points"]
    assert [point[0] for point in points] == [
        "2026-10-25T00:30:00Z",
        "2026-10-25T01:15:00Z",
        "2026-10-25T01:30:00Z",
    ]


def test_an_address_is_text_wherever_it_stands(as_mara: Client, workspace: Workspace) -> None:
    now = timezone.now()
    lead = receive_hot_lead(workspace, pricing_page=False, at=now)
    facts = EventFacts("page_view", now, lead.email, url="https://a.example/pricing/<script>'\"")
    receive_event(workspace=workspace, facts=facts, now=now)
    page, data = panel_of(as_mara, lead)
    assert "<script" not in page
    assert "/pricing/<script>'\"" in str(data["points"]).replace("\\'", "'")


def test_without_a_score_there_is_no_history(as_mara: Client, workspace: Workspace) -> None:
    lead = make_lead(workspace)
    page, data = panel_of(as_mara, lead)
    assert "No score yet, so no history of it." in page
    assert data == {}


def test_strangers_see_nothing(as_cleo: Client, workspace: Workspace) -> None:
    lead = make_lead(workspace)
    assert as_cleo.get(lead_url(lead, "score/")).status_code == 404
    elsewhere = make_lead(make_workspace())
    assert as_cleo.get(lead_url(elsewhere, "score/")).status_code == 404


def test_the_panel_costs_the_same_however_much_happened(
    as_mara: Client, workspace: Workspace, ben: User, django_assert_num_queries: Any
) -> None:
    start = timezone.now() - timedelta(days=30)
    quiet, busy = (receive_hot_lead(workspace, at=start) for _ in "12")
    visits = History(workspace, by=ben, start=start)
    visits.run(busy, ["visit", "pricing", "demo", "visit"] * 5)
    for lead in (quiet, busy):
        score_lead(lead, now=timezone.now())
    panel_of(as_mara, quiet)
    for lead in (quiet, busy):
        with django_assert_num_queries(29):
            panel_of(as_mara, lead)
