"""The weekly look at leads whose score is too low: seen, kept warm, or promoted with a reason."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User, Workspace
from handoff import nurture
from handoff.low_scores import LOOKED_FOR, LowScores, Needed, look, needed
from handoff.models import LowScoreLook
from leadqual.models import Lead
from leadqual.stages import Stage
from scoring.engine.definitions import Bounds, Definitions
from scoring.models import ScoreOverride
from scoring.scorers import score_lead
from scoring.standing import Standing
from tests.builders import HOT, make_lead, receive_hot_lead
from tests.handoff.pages import HTMX, events_of, lead_url, names_in

LOW = "/w/northwind/low-scores/"


def receive_low_lead(
    workspace: Workspace, *, name: str = "Hanna", at: datetime | None = None, **said: Any
) -> Lead:
    """With the starter model 35 points, all of them fit: 40 make an MQL, 65 are handed over."""
    facts = replace(HOT, **{"timeline": "", "first_name": name, **said})
    at = at or timezone.now()
    return receive_hot_lead(workspace, facts=facts, pricing_page=False, at=at)


def names(workspace: Workspace, **asked: Any) -> list[str]:
    page = LowScores(workspace, now=timezone.now(), **asked)
    return [row.lead.first_name for row in page.rows]


def test_the_best_come_first_or_the_newest(workspace: Workspace) -> None:
    now = timezone.now()
    receive_low_lead(workspace, name="Best", at=now - timedelta(days=2))
    receive_low_lead(workspace, name="Newest", job_title="Clerk", at=now)
    assert names(workspace) == ["Best", "Newest"]
    assert names(workspace, sort="newest") == ["Newest", "Best"]


def test_only_leads_below_the_definition_that_scores_may_move_are_there(
    workspace: Workspace, ana: User
) -> None:
    low = receive_low_lead(workspace, name="Low")
    receive_low_lead(workspace, name="Mql", timeline="immediate")
    receive_low_lead(workspace, name="Student", job_title="Student")
    imported = receive_low_lead(workspace, name="Imported")
    Lead.objects.filter(pk=imported.pk).update(imported=True)
    spoken_of = receive_low_lead(workspace, name="Overridden")
    now = timezone.now()
    ScoreOverride.objects.create(
        workspace=workspace,
        lead=spoken_of,
        by=ana,
        fit=1,
        reason="Not him",
        at=now,
        expires_at=now + timedelta(days=1),
    )
    make_lead(workspace, first_name="Unscored")
    assert [row.lead for row in LowScores(workspace, now=now).rows] == [low]


def test_those_in_nurture_are_a_list_of_their_own(workspace: Workspace, ana: User) -> None:
    receive_low_lead(workspace, name="New")
    nurture.enter(
        receive_low_lead(workspace, name="Warm"), rule="not_ready", by=ana, at=timezone.now()
    )
    assert (names(workspace), names(workspace, stage="nurture")) == (["New"], ["Warm"])


def test_why_not_and_the_last_activity_are_said(as_ana: Client, workspace: Workspace) -> None:
    receive_low_lead(workspace)
    page = as_ana.get(LOW).content.decode()
    assert "The total is 35 of the 40 points that the MQL definition asks for." in page
    assert "never active" in page


def test_who_was_looked_at_is_out_for_a_week_and_counted(
    as_ana: Client, ana: User, workspace: Workspace
) -> None:
    lead = receive_low_lead(workspace)
    assert "0 leads looked at this week, 1 waiting" in as_ana.get(LOW).content.decode()
    assert as_ana.post(lead_url(lead, "looked-at/")).status_code == 302
    page = as_ana.get(LOW).content.decode()
    assert "1 lead looked at this week, 0 waiting" in page
    assert "That was all for this week" in page
    assert names_in(as_ana.get(f"{LOW}?show=looked").content) == ["Hanna Weiss"]
    LowScoreLook.objects.update(at=timezone.now() - LOOKED_FOR)
    page = as_ana.get(LOW).content.decode()
    assert "0 leads looked at this week, 1 waiting" in page
    assert "by Ana Marques" in page


def test_a_look_is_undone(as_ana: Client, workspace: Workspace) -> None:
    lead = receive_low_lead(workspace)
    row = as_ana.post(lead_url(lead, "looked-at/"), headers=HTMX).content.decode()
    assert "Undo" in row
    answer = as_ana.post(lead_url(lead, "not-looked-at/"), headers=HTMX)
    assert "lead-changed" in events_of(answer)
    assert names(workspace) == ["Hanna"]


def test_a_look_twice_is_one(as_ana: Client, as_mara: Client, workspace: Workspace) -> None:
    lead = receive_low_lead(workspace)
    for client in (as_ana, as_mara):
        client.post(lead_url(lead, "looked-at/"))
    assert LowScoreLook.objects.get(lead=lead).by.name == "Mara Lindt"


def test_promoting_starts_with_what_is_needed_and_offers_the_lead_at_once(
    as_ana: Client, workspace: Workspace, ben_takes_turns: User
) -> None:
    lead = receive_low_lead(workspace)
    form: Any = as_ana.get(lead_url(lead, "promote/")).context["form"]
    assert (form.initial["fit"], form.initial["intent"]) == (None, 30)
    said = {"intent": "30", "reason": "Met at the fair", "until": form.initial["until"]}
    answer = as_ana.post(lead_url(lead, "promote/"), said, headers=HTMX)
    assert events_of(answer)["toast"] == {
        "text": "Hanna Weiss is MQL and offered to Ben Okoye.",
        "level": "success",
    }
    lead.refresh_from_db()
    assert lead.stage == Stage.MQL
    assert lead.handoffs.get().rep == ben_takes_turns
    assert ScoreOverride.objects.get(lead=lead).reason == "Met at the fair"
    assert names(workspace) == []


def test_promoting_asks_for_a_reason_and_an_end(as_ana: Client, workspace: Workspace) -> None:
    lead = receive_low_lead(workspace)
    answer: Any = as_ana.post(lead_url(lead, "promote/"), {"intent": "30"}, headers=HTMX)
    assert answer.status_code == 422
    assert sorted(answer.context["form"].errors) == ["reason", "until"]


def test_promoting_too_little_says_so(as_ana: Client, workspace: Workspace) -> None:
    lead = receive_low_lead(workspace)
    until = f"{timezone.now() + timedelta(days=3):%Y-%m-%d}"
    said = {"intent": "1", "reason": "A little", "until": until}
    answer = as_ana.post(lead_url(lead, "promote/"), said, headers=HTMX)
    assert events_of(answer)["toast"] == {
        "text": "The score of Hanna Weiss is overridden, but that is not enough for an MQL.",
        "level": "success",
    }


def test_what_a_rep_would_not_know_is_named_before(as_ana: Client, workspace: Workspace) -> None:
    lead = make_lead(workspace, email="nobody@gmail.com")
    score_lead(lead, now=timezone.now())
    page = as_ana.get(lead_url(lead, "promote/")).content.decode()
    assert "It is offered only once this is known: name, company." in page


def test_a_lead_in_nurture_is_not_promoted(as_ana: Client, workspace: Workspace, ana: User) -> None:
    lead = receive_low_lead(workspace)
    nurture.enter(lead, rule="not_ready", by=ana, at=timezone.now())
    page = as_ana.get(lead_url(lead, "promote/")).content.decode()
    assert "Hanna Weiss is Nurture: only a new lead is promoted." in page
    assert "Promote …" not in as_ana.get(f"{LOW}?stage=nurture").content.decode()


def test_keeping_warm_is_the_move_that_there_is(as_ana: Client, workspace: Workspace) -> None:
    lead = receive_low_lead(workspace)
    answer = as_ana.post(lead_url(lead, "moves/nurture/"), {"seen": "new"}, headers=HTMX)
    assert "lead-changed" in events_of(answer)
    assert (names(workspace), names(workspace, stage="nurture")) == ([], ["Hanna"])


def numbers(fit: float, intent: float, *, disqualified: bool = False) -> Standing:
    return Standing(
        fit=fit,
        intent=intent,
        fit_band="",
        intent_band="",
        grade="",
        disqualified=disqualified,
        is_mql=False,
        keeps_mql=False,
        is_ready=False,
        version=1,
    )


def defined(mql: list[Bounds], handoff: list[Bounds]) -> Definitions:
    return Definitions(number=1, rule_set=1, mql=tuple(mql), handoff=tuple(handoff))


@pytest.mark.parametrize(
    ("mql", "handoff", "standing", "expected"),
    [
        ([Bounds(None, None, 40)], [Bounds(None, None, 65)], numbers(35, 0), Needed(None, 30)),
        ([Bounds(None, None, 40)], [Bounds(None, None, 65)], numbers(35.5, 9.2), Needed(None, 30)),
        ([Bounds(None, None, 40)], [], numbers(10, 29), Needed(None, 30)),
        ([Bounds(30, None, None)], [Bounds(30, 40, None)], numbers(20, 50), Needed(30, None)),
        (
            [Bounds(60, None, None), Bounds(None, 50, None)],
            [Bounds(None, None, 50)],
            numbers(55, 10),
            Needed(60, None),
        ),
        ([Bounds(None, None, 150)], [], numbers(20, 90), Needed(50, 100)),
        ([], [], numbers(20, 20), None),
        ([Bounds(None, None, 40)], [], numbers(20, 10, disqualified=True), None),
        ([Bounds(101, None, None)], [], numbers(20, 10), None),
    ],
)
def test_what_is_needed_is_the_least_that_satisfies_both_definitions(
    mql: list[Bounds], handoff: list[Bounds], standing: Standing, expected: Needed | None
) -> None:
    assert needed(defined(mql, handoff), standing) == expected


def test_the_page_costs_as_little_for_three_leads_as_for_one(
    as_ana: Client, workspace: Workspace, ana: User, django_assert_num_queries: Any
) -> None:
    look(receive_low_lead(workspace), by=ana, at=timezone.now() - LOOKED_FOR)
    as_ana.get(LOW)
    with django_assert_num_queries(17):
        as_ana.get(LOW)
    for _ in range(2):
        look(receive_low_lead(workspace), by=ana, at=timezone.now() - LOOKED_FOR)
    with django_assert_num_queries(17):
        as_ana.get(LOW)


def test_pages_are_cut_by_keyset_without_loss(
    as_ana: Client, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("handoff.lead_lists.PAGE", 2)
    for number in range(5):
        receive_low_lead(workspace, name=f"Lead {number}")
    page, seen = LowScores(workspace, now=timezone.now()), list[str]()
    while True:
        seen += [row.lead.first_name for row in page.rows]
        if not page.shown.next_page:
            break
        page = LowScores(workspace, now=timezone.now(), after=page.shown.next_page)
    assert seen == [f"Lead {number}" for number in reversed(range(5))]


def test_an_empty_queue_says_what_it_is_for(as_ana: Client, workspace: Workspace) -> None:
    assert "No lead is below the MQL definition here" in as_ana.get(LOW).content.decode()


def test_who_may_not_move_leads_does_not_see_the_queue(
    as_ben: Client, as_cleo: Client, workspace: Workspace
) -> None:
    lead = receive_low_lead(workspace)
    assert (as_ben.get(LOW).status_code, as_cleo.get(LOW).status_code) == (403, 404)
    for what in ("looked-at/", "not-looked-at/", "promote/"):
        codes = [client.post(lead_url(lead, what)).status_code for client in (as_ben, as_cleo)]
        assert codes == [403, 404]
    assert LowScoreLook.objects.count() == 0


def test_the_navigation_leads_there(as_mara: Client, workspace: Workspace) -> None:
    assert f'href="{LOW}"' in as_mara.get("/w/northwind/leads/").content.decode()
