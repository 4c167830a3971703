"""A score explains itself: the rules add up to it, and each says how."""

import json
from datetime import timedelta
from typing import Any

import pytest

from accounts.models import Workspace
from leadqual.models import EventKind, Lead
from scoring.evaluate import rounded
from scoring.explanations import explain, explain_by, intent_since, strongest_reasons
from scoring.models import AttributeRule, Disqualifier, IntentRule, Signal
from scoring.models.rules import Operator
from scoring.models.versions import Axis
from scoring.publishing import open_draft, publish
from scoring.scorers import score_lead
from scoring.starter import install_starter_model
from tests.builders import MONDAY_NOON, make_company, make_lead, make_source
from tests.scoring.builders import DAY, WEEK, do, make_draft, make_model

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
    do(lead, *[MONDAY_NOON - n * DAY for n in range(4)], url="/pricing")
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
    publish(draft, by=None, now=MONDAY_NOON)
    lead = make_lead(workspace, email="ada@gmail.com", timeline="immediate")
    do(lead, MONDAY_NOON - 14 * DAY, source=sources[0])
    do(lead, MONDAY_NOON - 28 * DAY, source=sources[1])
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
    assert strongest_reasons(found) == [
        "Selected “Immediate” purchase timeline",
        "Visited pricing page",
        "Decision-maker role (C-suite / Head of)",
    ]
    assert strongest_reasons(found, limit=1) == ["Selected “Immediate” purchase timeline"]
    assert len(strongest_reasons(found, limit=9)) == 4
