"""The explanation on the page: whole for the present score, honest for those stored before."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Workspace
from handoff.score_parts import parts_of
from leadqual.models import Lead, StageMove
from scoring.explanations import explain
from scoring.models import Disqualifier, PointsGroup
from scoring.models.versions import Axis
from scoring.publishing import open_draft, publish
from scoring.rescoring import rescore_next, rescore_workspace
from tests.builders import receive_hot_lead
from tests.handoff.pages import lead_url

pytestmark = pytest.mark.django_db

STORED_IN_ISSUE_TWO: dict[str, Any] = {
    "version": 1,
    "at": "2026-03-02T12:00:00+00:00",
    "fit": 35.0,
    "intent": 18.0,
    "total": 53.0,
    "grade": "B",
    "fit_band": "Strong",
    "intent_band": "Low",
    "disqualifiers": [{"name": "Student", "reason": "Students do not buy."}],
    "rules": [
        {
            "axis": "fit",
            "name": "Matches the ICP",
            "hit": True,
            "points": 35.0,
            "arithmetic": "every line of the profile holds",
            "last_at": None,
        },
        {
            "axis": "intent",
            "name": "Pricing page",
            "hit": True,
            "points": 20.0,
            "arithmetic": "1 event × 20",
            "last_at": "2026-02-20T12:00:00+00:00",
        },
        {
            "axis": "intent",
            "name": "Webinar",
            "hit": False,
            "points": 0.0,
            "arithmetic": "no event",
            "last_at": None,
        },
    ],
    "inactivity": {"idle_weeks": 1, "factor": 0.9, "percent": 10, "sentence": "1 whole week."},
}
"""Kept by moves and packets before explanations knew bands, groups, flags and lines."""


def text_of(client: Client, address: str) -> str:
    return " ".join(client.get(address).content.decode().split())


def test_what_was_stored_before_is_shown_with_what_it_has(
    as_ana: Client, workspace: Workspace
) -> None:
    lead = receive_hot_lead(workspace, at=timezone.now())
    move = StageMove.objects.create(
        workspace=workspace,
        lead=lead,
        cycle=1,
        from_stage="new",
        to_stage="mql",
        at=timezone.now(),
        rule="mql_definition",
        explanation=STORED_IN_ISSUE_TWO,
    )
    page = text_of(as_ana, lead_url(lead, f"moves/{move.pk}/score/"))
    for words in (
        "Disqualified: Student.</strong> Students do not buy.",
        "every line of the profile holds",
        "1 rule of intent does not count",
        "The rules come to 20, times 0.900 for inactivity 18.",
        "Model version 1, as of",
    ):
        assert words in page


def test_the_present_score_says_everything(as_ana: Client, workspace: Workspace) -> None:
    draft = open_draft(workspace=workspace, by=None)
    PointsGroup.objects.create(version=draft, axis=Axis.INTENT, name="All of it", cap=30)
    draft.intentrules.update(group="All of it")
    draft.attributerules.filter(axis=Axis.INTENT).update(group="All of it")
    rescore_workspace(publish(draft, by=None, now=timezone.now()), now=timezone.now())
    lead = receive_hot_lead(workspace, at=timezone.now())
    page = text_of(as_ana, lead_url(lead, "panels/score/"))
    for words in (
        "Group “All of it”: its rules come to 45, at most 30 count",
        "The rules come to 30.",
        "just now: 20 points",
        "it is the highest band.",
        "more and it is",
        "rules of intent do not count",
        "disqualifiers holds",
    ):
        assert words in page


def test_a_disqualifier_says_by_what_fact(as_ana: Client, workspace: Workspace) -> None:
    lead = receive_hot_lead(workspace, at=timezone.now())
    assert Disqualifier.objects.exists()
    Lead.objects.filter(pk=lead.pk).update(job_title="Student")
    rescore_workspace(
        publish(open_draft(workspace=workspace, by=None), by=None, now=timezone.now()),
        now=timezone.now(),
    )
    page = text_of(as_ana, lead_url(lead, "panels/score/"))
    assert "Disqualified: " in page
    assert "Seniority is “Student”." in page


def test_until_the_leads_turn_the_page_says_whose_score_it_is(
    as_ana: Client, workspace: Workspace
) -> None:
    now = timezone.now()
    lead = receive_hot_lead(workspace, at=now)
    draft = open_draft(workspace=workspace, by=None)
    draft.attributerules.filter(axis=Axis.FIT).update(points=1)
    publish(draft, by=None, now=now + timedelta(seconds=1))
    panel = lead_url(lead, "panels/score/")
    assert "its score and bands are those of version 1" in text_of(as_ana, panel)
    assert "(0 of 1 leads so far)" in text_of(as_ana, panel)
    while rescore_next(now=now + timedelta(seconds=2)):
        pass
    assert "are those of version" not in text_of(as_ana, panel)


def test_the_sums_say_where_they_are_held(workspace: Workspace) -> None:
    lead = receive_hot_lead(workspace, at=timezone.now())
    told = explain(lead)
    assert told is not None
    for points, words in ((90.0, "held at 100"), (-90.0, "held at 0")):
        rules = [{**rule, "points": points} for rule in told["rules"]]
        parts = parts_of({**told, "rules": rules, "groups": []})
        assert all(axis.sum_words.endswith(f"{words}.") for axis in parts.axes)


def test_the_sums_are_rounded_as_the_score_is(workspace: Workspace) -> None:
    """50 × 0.9 to the fourth is 32.805, which is 32.81 wherever it stands."""
    told = explain(receive_hot_lead(workspace, at=timezone.now()))
    assert told is not None
    rules = [
        {**rule, "hit": rule["axis"] == "intent", "points": 50 if not n else 0, "group": ""}
        for n, rule in enumerate(sorted(told["rules"], key=lambda rule: rule["axis"] != "intent"))
    ]
    inactivity = {**told["inactivity"], "factor": 0.9**4}
    parts = parts_of({**told, "rules": rules, "groups": [], "inactivity": inactivity})
    assert "for inactivity 32.81." in parts.axes[1].sum_words
