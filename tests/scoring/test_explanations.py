"""A score explains itself: the rules add up to it, and each says how."""

import json
from datetime import timedelta
from typing import Any

import pytest

from accounts.models import Workspace
from leadqual.models import EventKind, Lead
from scoring.engine.evaluate import rounded
from scoring.explanations import explain, explain_by, intent_since, strongest_reasons
from scoring.models import (
    AttributeRule,
    Disqualifier,
    IntentRule,
    ModelVersion,
    PersonaLine,
    PointsGroup,
    Signal,
)
from scoring.models.rules import Operator
from scoring.models.versions import Axis
from scoring.publishing import open_draft, publish
from scoring.scorers import score_lead
from scoring.starter import install_starter_model
from tests.builders import MONDAY_NOON, make_company, make_lead, make_source
from tests.scoring.builders import DAY, WEEK, do, known_from, make_draft, make_model

pytestmark = pytest.mark.django_db


def explained(lead: Lead, **fields: Any) -> dict[str, Any]:
    found = explain(lead, **fields)
    assert found is not None
    assert json.loads(json.dumps(found)) == found
    return found


def rule_of(explanation: dict[str, Any], name: str) -> dict[str, Any]:
    (rule,) = [rule for rule in explanation["rules"] if rule["name"] == name]
    return dict(rule)


@pytest.mark.parametrize("weeks", [0, 1, 3, 10])
def test_the_rules_add_up_to_the_score(workspace: Workspace, weeks: int) -> None:
    install_starter_model(workspace, by=None, now=MONDAY_NOON)
    company = make_company(workspace, industry="software", employees=50)
    lead = make_lead(
        workspace,
        email="ceo@gmail.com",
        company=company,
        job_title="CEO",
        timeline="immediate",
        captured_at=MONDAY_NOON - WEEK,
    )
    for n in range(4):
        do(lead, MONDAY_NOON - n * DAY, url=f"/pricing/{n}")
    do(lead, MONDAY_NOON, kind=EventKind.EMAIL_OPEN)
    now = MONDAY_NOON + weeks * WEEK
    score = score_lead(lead, now=now)
    assert score is not None
    found = explained(lead)
    by_axis = {
        axis: sum(rule["points"] for rule in found["rules"] if rule["axis"] == axis)
        for axis in ("fit", "intent")
    }
    assert by_axis == {"fit": 25, "intent": 63}
    assert rounded(by_axis["fit"]) == found["fit"] == score.fit
    assert rounded(by_axis["intent"] * found["inactivity"]["factor"]) == score.intent
    assert (found["intent"], found["total"]) == (score.intent, round(score.total, 2))
    assert (found["at"], found["version"]) == (now.isoformat(), 1)
    assert found["inactivity"]["idle_weeks"] == weeks


def test_each_rule_says_how_it_counted(workspace: Workspace) -> None:
    draft = make_draft(workspace)
    signal = Signal.objects.get()
    sources = [make_source(workspace, code=code) for code in ("ads", "webinar")]
    shapes: dict[str, dict[str, Any]] = {
        "By source": {"points": 5, "source_points": {"ads": 7}},
        "Halved": {"points": 40, "half_life_days": 14},
        "Often": {"points": 9, "shape": "times", "at_least": 3},
        "Lately": {"points": 3, "window_days": 1},
        "Once": {"points": 8, "cap": 8},
        "Days": {"points": 3, "shape": "days", "at_least": 2, "window_days": 30},
        "Pages": {"points": 3, "shape": "pages", "at_least": 2},
        "Steps": {"points": 3, "shape": "sequence", "later_steps": [signal.code, "gone"]},
        "People": {"points": 3, "shape": "people", "at_least": 3, "window_days": 60},
        "Fading": {"points": 8, "decay_steps": [[7, 50], [21, 25]]},
    }
    for name, fields in shapes.items():
        IntentRule.objects.create(version=draft, name=name, signal=signal, **fields)
    AttributeRule.objects.create(
        version=draft,
        name="Soon",
        axis=Axis.INTENT,
        points=25,
        field="timeline",
        operator=Operator.EQUALS,
        value=["immediate"],
    )
    AttributeRule.objects.create(
        version=draft,
        name="Free",
        points=-5,
        field="email_domain",
        operator=Operator.FREE_MAILBOX,
    )
    publish_as_it_is(draft)  # there is no signal “gone”
    company = make_company(workspace)
    lead = make_lead(workspace, email="ada@gmail.com", timeline="immediate", company=company)
    do(lead, MONDAY_NOON - 14 * DAY, source=sources[0], url="https://a.example/x?y")
    do(lead, MONDAY_NOON - 28 * DAY, source=sources[1], url="/X")
    score_lead(lead, now=MONDAY_NOON)
    found = explained(lead)
    assert {rule["name"]: (rule["points"], rule["arithmetic"]) for rule in found["rules"]} == {
        "Buyer": (0, "job title is not known"),
        "Free": (-5, "gmail.com is a free mailbox"),
        "Soon": (25, "purchase timeline is “Immediately”"),
        "Views": (40, "2 events × 20"),
        "By source": (12, "2 events at points by source: 5 + 7"),
        "Halved": (30, "2 events × 40, halved every 14 days: 30.00"),
        "Often": (0, "twice, 3 are asked for"),
        "Lately": (0, "no event in 1 day"),
        "Once": (8, "2 events × 8, capped at 8"),
        "Days": (3, "on 2 different days in 30 days, 2 are asked for"),
        "Pages": (0, "1 different page, 2 are asked for"),
        "Steps": (0, "2 of 3 steps in this order"),
        "People": (0, "1 person of the company in 60 days, 3 are asked for"),
        "Fading": (6, "2 events × 8, less with age: 6.00"),
    }
    assert rule_of(found, "Once")["capped_from"] == 16
    assert rule_of(found, "Halved")["capped_from"] is None
    assert {rule["name"]: rule["lines"] for rule in found["rules"] if rule["lines"]} == {
        "Views": [f"{signal} 14 days ago: 20 points", f"{signal} 28 days ago: 20 points"],
        "By source": [f"{signal} 14 days ago: 7 points", f"{signal} 28 days ago: 5 points"],
        "Halved": [
            f"{signal} 14 days ago: 40 points, half-life 14 days, now 20",
            f"{signal} 28 days ago: 40 points, half-life 14 days, now 10",
        ],
        "Once": [f"{signal} 14 days ago: 8 points", f"{signal} 28 days ago: 8 points"],
        "Fading": [
            f"{signal} 14 days ago: 8 points, 50 % from 7 days on, now 4",
            f"{signal} 28 days ago: 8 points, 25 % from 21 days on, now 2",
        ],
    }
    last = (MONDAY_NOON - 14 * DAY).isoformat()
    assert rule_of(found, "Views")["last_at"] == last
    assert rule_of(found, "Soon")["last_at"] is None
    assert found["inactivity"]["sentence"] == "Active within the last week: nothing is taken away."


def test_inactivity_and_disqualifiers_are_said_in_a_sentence(workspace: Workspace) -> None:
    draft = make_draft(workspace)
    Disqualifier.objects.create(
        version=draft,
        name="Student",
        reason="Students do not buy.",
        field="job_title",
        operator=Operator.HAS_WORD,
        value=["student"],
    )
    publish(draft, by=None, now=MONDAY_NOON)
    lead = make_lead(workspace, job_title="Student buyer")
    do(lead, MONDAY_NOON)
    score_lead(lead, now=MONDAY_NOON + 3 * WEEK)
    found = explained(lead)
    assert found["inactivity"]["sentence"] == (
        "3 whole weeks without activity, 10 % less for each: intent × 0.729."
    )
    assert found["disqualifiers"] == [{"name": "Student", "reason": "Students do not buy."}]
    assert (found["grade"], found["fit_band"], found["intent_band"]) == ("D", "Low", "Low")


def test_many_events_are_told_newest_first_and_the_rest_together(workspace: Workspace) -> None:
    draft = make_draft(workspace)
    draft.intentrules.update(name="Requested a demo", points=25, half_life_days=14, cap=None)
    Signal.objects.update(name="Requested a demo")
    publish(draft, by=None, now=MONDAY_NOON)
    lead = make_lead(workspace)
    do(lead, *[MONDAY_NOON - n * DAY for n in (0, 9, 14, 14, 14, 28, 28, 42)])
    do(lead, MONDAY_NOON - timedelta(minutes=61), MONDAY_NOON - timedelta(minutes=5))
    score_lead(lead, now=MONDAY_NOON)
    rule = rule_of(explained(lead), "Requested a demo")
    assert rule["lines"] == [
        "Requested a demo just now: 25 points, half-life 14 days, now 25",
        "Requested a demo 5 minutes ago: 25 points, half-life 14 days, now 25",
        "Requested a demo 1 hour ago: 25 points, half-life 14 days, now 24.95",
        "Requested a demo 9 days ago: 25 points, half-life 14 days, now 16.01",
        "Requested a demo 14 days ago: 25 points, half-life 14 days, now 12.5",
        "and 5 older: 125 points, now 40.62",  # 2 × 12.5 + 2 × 6.25 + 3.125
    ]
    assert round(rule["points"], 2) == 144.08


def test_caps_of_groups_personas_and_flags_say_what_they_did(workspace: Workspace) -> None:
    draft = make_draft(workspace)
    views = draft.intentrules.get()
    PointsGroup.objects.create(version=draft, axis=Axis.INTENT, name="Web", cap=30)
    PersonaLine.objects.create(
        version=draft, persona="CFOs", field="job_title", operator=Operator.HAS_WORD, value=["cfo"]
    )
    draft.intentrules.update(group="Web")
    for name, persona in (("Again", ""), ("For money", "CFOs"), ("For ghosts", "Ghosts")):
        IntentRule.objects.create(
            version=draft, name=name, signal=views.signal, points=9, group="Web", persona=persona
        )
    Disqualifier.objects.create(
        version=draft,
        name="Student",
        reason="Students do not buy.",
        field="job_title",
        operator=Operator.HAS_WORD,
        value=["student"],
    )
    publish_as_it_is(draft)
    lead, cfo = make_lead(workspace, job_title="Buyer"), make_lead(workspace, job_title="CFO")
    for each in (lead, cfo):
        do(each, MONDAY_NOON, MONDAY_NOON)
        score = score_lead(each, now=MONDAY_NOON)
        assert score is not None
        assert score.intent == 30
    found = explained(lead)
    assert found["groups"] == [
        {"axis": "intent", "name": "Web", "cap": 30, "sum": 58, "counted": 30}
    ]
    assert explained(cfo)["groups"][0]["sum"] == 76
    ghosts = rule_of(found, "For ghosts")
    assert (ghosts["hit"], ghosts["points"], ghosts["is_meant"]) == (False, 0, False)
    assert ghosts["arithmetic"] == "only for Ghosts; this lead is not one"
    assert rule_of(explained(cfo), "For money")["arithmetic"] == "2 events × 9"
    assert found["flags"] == [
        {
            "name": "Student",
            "reason": "Students do not buy.",
            "hit": False,
            "arithmetic": "job title is “Buyer”",
        }
    ]
    assert found["bands"]["intent"] == [
        {"name": "Low", "from": 0, "to": 50, "is_here": True},
        {"name": "High", "from": 50, "to": 100, "is_here": False},
    ]


def publish_as_it_is(draft: ModelVersion) -> None:
    """In force although it asks for a persona that nobody is: such rules count for nobody."""
    ModelVersion.objects.filter(pk=draft.pk).update(
        status="published", published_at=MONDAY_NOON, rule_set=draft
    )


def test_a_moment_of_the_past_is_explained_by_what_was_known_then(workspace: Workspace) -> None:
    make_model(workspace)
    lead = make_lead(workspace, captured_at=MONDAY_NOON - WEEK)
    known_from(MONDAY_NOON - DAY)
    Lead.objects.filter(pk=lead.pk).update(job_title="Buyer")
    score_lead(lead, now=MONDAY_NOON)
    assert explained(lead)["fit"] == 30
    assert explained(lead, at=MONDAY_NOON)["fit"] == 30
    then = explained(lead, at=MONDAY_NOON - 2 * DAY)
    assert (then["fit"], rule_of(then, "Buyer")["arithmetic"]) == (0, "job title is not known")


def test_a_lead_that_did_nothing_yet_is_not_called_active(workspace: Workspace) -> None:
    make_model(workspace)
    lead = make_lead(workspace)
    score_lead(lead, now=MONDAY_NOON + DAY)
    assert explained(lead)["inactivity"]["sentence"] == (
        "No activity yet. Weeks count from its capture, less than one ago: nothing is taken away."
    )
    score_lead(lead, now=MONDAY_NOON + 2 * WEEK)
    assert explained(lead)["inactivity"]["sentence"] == (
        "No activity yet, 2 whole weeks since it was captured, 10 % less for each: intent × 0.810."
    )


def test_an_explanation_of_a_moment_counts_only_what_had_happened(workspace: Workspace) -> None:
    make_model(workspace)
    lead = make_lead(workspace, captured_at=MONDAY_NOON - WEEK)
    do(lead, MONDAY_NOON - DAY, MONDAY_NOON)
    score_lead(lead, now=MONDAY_NOON)
    assert explained(lead)["intent"] == 40
    assert explained(lead, at=MONDAY_NOON - timedelta(hours=1))["intent"] == 20
    assert explained(lead, at=MONDAY_NOON + WEEK)["intent"] == 36


def test_a_draft_explains_what_it_would_say(workspace: Workspace) -> None:
    make_model(workspace)
    lead = make_lead(workspace, job_title="Buyer")
    score_lead(lead, now=MONDAY_NOON)
    draft = open_draft(workspace=workspace, by=None)
    draft.attributerules.update(points=44)
    found = explain_by(lead, draft, at=MONDAY_NOON)
    assert found is not None
    assert (found["version"], found["fit"]) == (2, 44)
    assert explained(lead)["fit"] == 30
    draft.attributerules.update(points=45)
    again = explain_by(lead, draft, at=MONDAY_NOON)
    assert again is not None
    assert again["fit"] == 45


def test_what_was_never_scored_has_no_explanation(workspace: Workspace) -> None:
    lead = make_lead(workspace)
    assert explain(lead) is None
    assert explain(lead, at=MONDAY_NOON) is None
    make_model(workspace)
    assert explain(lead) is None
    assert explained(lead, at=MONDAY_NOON)["total"] == 0


def test_only_later_events_wake_a_nurtured_lead(workspace: Workspace) -> None:
    make_model(workspace)
    lead = make_lead(workspace, job_title="Buyer", captured_at=MONDAY_NOON - 9 * WEEK)
    recycled = MONDAY_NOON - DAY
    do(lead, MONDAY_NOON - WEEK, recycled, recycled + timedelta(seconds=1), MONDAY_NOON)
    do(lead, MONDAY_NOON + DAY)
    assert intent_since(lead, since=recycled, at=MONDAY_NOON) == 40
    assert intent_since(lead, since=MONDAY_NOON, at=MONDAY_NOON) == 0
    assert intent_since(lead, since=recycled, at=MONDAY_NOON + DAY) == 60
    assert intent_since(lead, since=recycled, at=MONDAY_NOON + DAY + WEEK) == 54


def test_the_strongest_reasons_come_first(workspace: Workspace) -> None:
    install_starter_model(workspace, by=None, now=MONDAY_NOON)
    lead = make_lead(workspace, job_title="CEO", timeline="immediate", email="ceo@gmail.com")
    do(lead, MONDAY_NOON, url="/pricing")
    do(lead, MONDAY_NOON, kind=EventKind.EMAIL_OPEN)
    score_lead(lead, now=MONDAY_NOON)
    found = explained(lead)
    assert [rule["name"] for rule in strongest_reasons(found)] == [
        "Selected “Immediate” purchase timeline",
        "Visited pricing page",
        "Decision-maker role (C-suite / Head of)",
        "Opened email follow-up",
    ]


def test_a_rule_that_speaks_for_the_lead_says_what_it_rests_on(workspace: Workspace) -> None:
    install_starter_model(workspace, by=None, now=MONDAY_NOON)
    lead = make_lead(workspace, timeline="immediate", email="ceo@gmail.com")
    do(lead, MONDAY_NOON - DAY, MONDAY_NOON, url="/pricing")
    score_lead(lead, now=MONDAY_NOON)
    found = explained(lead)
    assert rule_of(found, "Selected “Immediate” purchase timeline")["because"] == {
        "field": "timeline",
        "shown": "immediate",
    }
    assert rule_of(found, "Visited pricing page")["because"] == {
        "signal": "Visited pricing page",
        "kind": "page_view",
        "path": "/pricing",
        "is_narrow": False,
        "shape": "each",
        "number": 2,
        "own": 2,
        "first_at": (MONDAY_NOON - DAY).isoformat(),
    }
    against = "Generic email domain (Gmail / Yahoo)"
    assert (rule_of(found, against)["points"], rule_of(found, against)["because"]) == (-10, None)
    assert rule_of(found, "Requested a demo")["because"] is None
