"""The past computed again: by the version in force then, from what was known then."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Workspace
from leadqual.models import EventKind, Lead
from scoring.engine.evaluate import evaluate
from scoring.engine.gather import gather
from scoring.engine.rules import rules_of
from scoring.explanations import explain
from scoring.models import IntentRule, ModelVersion, Signal
from scoring.publishing import open_draft, publish
from scoring.rescoring import rescore_workspace
from scoring.score_history import LONGEST, ScoreHistory, score_history
from scoring.scorers import score_lead
from scoring.versions import once_in_force
from tests.builders import MONDAY_NOON, make_company, make_lead
from tests.scoring.builders import DAY, WEEK, do, learn, make_draft, make_model

pytestmark = pytest.mark.django_db


def history(lead: Lead, **fields: Any) -> ScoreHistory:
    found = score_history(lead, **fields)
    assert found is not None
    return found


def numbers(found: ScoreHistory) -> list[tuple[float, float]]:
    return [(point.fit, point.intent) for point in found.points]


def fading(draft: ModelVersion) -> ModelVersion:
    """Views fade by half in ten days, and count for thirty."""
    draft.intentrules.update(half_life_days=10, window_days=30)
    return draft


def test_events_facts_and_idle_weeks_are_points_that_say_why(workspace: Workspace) -> None:
    make_model(workspace)
    lead = make_lead(workspace, job_title="Intern")
    do(lead, MONDAY_NOON + DAY, MONDAY_NOON + 2 * DAY)
    learn(MONDAY_NOON + 3 * DAY, lead, job_title="Buyer")
    score_lead(lead, now=MONDAY_NOON + 17 * DAY)
    found = history(lead)
    assert [(p.at, p.fit, p.intent, [c.words for c in p.causes]) for p in found.points] == [
        (MONDAY_NOON, 0, 0, []),
        (MONDAY_NOON + DAY, 0, 20, ["Views"]),
        (MONDAY_NOON + 2 * DAY, 0, 40, ["Views"]),
        (MONDAY_NOON + 3 * DAY, 30, 40, ["Buyer"]),
        (MONDAY_NOON + 9 * DAY, 30, 36, ["1 whole week without activity: intent × 0.900"]),
        (MONDAY_NOON + 16 * DAY, 30, 32.4, ["2 whole weeks without activity: intent × 0.810"]),
        (MONDAY_NOON + 17 * DAY, 30, 32.4, []),
    ]
    assert [c.points for p in found.points[1:4] for c in p.causes] == [20, 20, 30]
    assert found.points[1].causes[0].events == (MONDAY_NOON + DAY,)


def test_each_moment_is_judged_by_the_version_in_force_then(workspace: Workspace) -> None:
    make_model(workspace)
    lead = make_lead(workspace, job_title="Buyer")
    draft = open_draft(workspace=workspace, by=None, now=MONDAY_NOON + DAY)
    draft.attributerules.update(points=55)
    second = publish(draft, by=None, now=MONDAY_NOON + 2 * DAY)
    do(lead, MONDAY_NOON + 3 * DAY)
    rescore_workspace(second, now=MONDAY_NOON + 4 * DAY)
    found = history(lead)
    assert [(p.at - MONDAY_NOON, p.version, p.fit, p.intent, p.grade) for p in found.points] == [
        (0 * DAY, 1, 30, 0, "D"),
        (2 * DAY, 2, 55, 0, "B"),
        (3 * DAY, 2, 55, 20, "B"),
        (4 * DAY, 2, 55, 20, "B"),
    ]
    assert [c.words for c in found.points[1].causes] == ["Version 2 came in force"]


def test_disqualified_and_no_longer(workspace: Workspace) -> None:
    draft = make_draft(workspace)
    draft.disqualifiers.create(
        name="Student", reason="No", field="job_title", operator="has_word", value=["student"]
    )
    publish(draft, by=None, now=MONDAY_NOON)
    lead = make_lead(workspace)
    learn(MONDAY_NOON + DAY, lead, job_title="Student")
    learn(MONDAY_NOON + 2 * DAY, lead, job_title="Buyer")
    score_lead(lead, now=MONDAY_NOON + 3 * DAY)
    said = [[cause.words for cause in point.causes] for point in history(lead).points]
    assert said == [[], ["Disqualified: Student"], ["Buyer", "No longer disqualified: Student"], []]


days = st.integers(0, 90 * 24).map(lambda hours: MONDAY_NOON + timedelta(hours=hours))
titles = st.sampled_from(["Buyer", "Intern", ""])


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    visits=st.lists(days, max_size=12),
    said=st.lists(st.tuples(days, titles), max_size=4),
    published=st.lists(days, max_size=2, unique=True),
)
def test_every_point_is_what_the_evaluator_says_of_the_facts_as_known_then(
    workspace: Workspace,
    visits: list[datetime],
    said: list[tuple[datetime, str]],
    published: list[datetime],
) -> None:
    """And the last one is the stored score, with the explanation's numbers."""
    if not ModelVersion.objects.exists():
        publish(fading(make_draft(workspace)), by=None, now=MONDAY_NOON)
    Signal.objects.update(classified=True)
    lead = make_lead(workspace, job_title="Intern")
    end = MONDAY_NOON + 91 * DAY
    for at, title in sorted(said):
        learn(at, lead, job_title=title)
    do(lead, *visits)
    latest = max(v.published_at for v in ModelVersion.objects.all() if v.published_at)
    for at in sorted(published):
        draft = open_draft(workspace=workspace, by=None, now=at)
        draft.attributerules.update(points=at.hour + 1)
        version = publish(draft, by=None, now=max(at, latest))
        latest = max(at, latest)
        rescore_workspace(version, now=end)
    score = score_lead(lead, now=end)
    found = history(lead)
    versions = list(once_in_force(ModelVersion.objects.filter(workspace=workspace)))
    for point in found.points:
        ruling = [v for v in versions if v.published_at and v.published_at <= point.at][-1]
        rules = rules_of(ruling)
        [facts] = gather([lead.pk], rules, as_of=point.at).values()
        expected = evaluate(facts, rules, at=point.at)
        assert (point.fit, point.intent) == (expected.fit, expected.intent)
        assert point.version == ruling.number
    last, told = found.points[-1], explain(lead)
    assert score is not None
    assert told is not None
    assert (last.at, last.fit, last.intent) == (score.scored_at, score.fit, score.intent)
    assert (last.fit, last.intent, last.grade) == (told["fit"], told["intent"], told["grade"])


def test_the_number_of_queries_does_not_grow_with_what_happened(
    workspace: Workspace, django_assert_num_queries: Any
) -> None:
    make_model(workspace)
    company = make_company(workspace, name="Acme")
    quiet, busy = (make_lead(workspace, company=company) for _ in range(2))
    do(busy, *(MONDAY_NOON + n * DAY for n in range(40)))
    for n in range(10):
        learn(MONDAY_NOON + n * WEEK, busy, job_title=f"Buyer {n}")
    for lead in (quiet, busy):
        score_lead(lead, now=MONDAY_NOON + 80 * DAY)
    history(quiet)
    for lead in (quiet, busy):
        with django_assert_num_queries(21):
            history(lead)


def test_a_very_busy_lead_is_thinned_and_still_ends_at_its_score(workspace: Workspace) -> None:
    draft = fading(make_draft(workspace))
    draft.intentrules.update(points=1, cap=None)
    publish(draft, by=None, now=MONDAY_NOON)
    lead = make_lead(workspace)
    do(lead, *(MONDAY_NOON + n * timedelta(hours=6) for n in range(390)))
    score = score_lead(lead, now=MONDAY_NOON + 100 * DAY)
    found = history(lead)
    assert score is not None
    assert found.is_thinned
    assert 30 <= len(found.points) <= 200
    assert found.points[-1].intent == score.intent
    assert "Views (4 times)" in {cause.words for p in found.points for cause in p.causes}


def test_the_last_180_days_are_shown(workspace: Workspace) -> None:
    make_model(workspace)
    lead = make_lead(workspace)
    do(lead, MONDAY_NOON + DAY, MONDAY_NOON + 200 * DAY)
    score_lead(lead, now=MONDAY_NOON + 300 * DAY)
    found = history(lead)
    assert found.since == MONDAY_NOON + 300 * DAY - LONGEST
    assert numbers(found)[0] == (0, 3.34)  # 20 × 0.9 to the 17th
    said = [(cause.words, cause.points) for cause in found.points[0].causes]
    assert said == [("Views", 20), ("intent × 0.167 after 17 idle weeks", None)]


def test_points_that_the_scale_or_a_group_holds_are_said_to_be_held(workspace: Workspace) -> None:
    """Views come to 120 of 100; of what a group comes to, 35 count."""
    draft = make_draft(workspace)
    draft.intentrules.update(points=60, cap=None)
    draft.attributerules.update(group="Title")
    draft.attributerules.create(
        axis="fit", name="At work", group="Title", points=10, field="job_title",
        operator="known", value=[],
    )  # fmt: skip
    draft.pointsgroups.create(axis="fit", name="Title", cap=35)
    publish(draft, by=None, now=MONDAY_NOON)
    lead = make_lead(workspace, job_title="Intern")
    do(lead, MONDAY_NOON + DAY, MONDAY_NOON + 2 * DAY)
    learn(MONDAY_NOON + 3 * DAY, lead, job_title="Buyer")
    score_lead(lead, now=MONDAY_NOON + 4 * DAY)
    said = [(p.fit, p.intent, [c.words for c in p.causes]) for p in history(lead).points]
    assert said == [
        (10, 0, ["At work"]),
        (10, 60, ["Views"]),
        (10, 100, ["Views", "intent comes to 120, held at 100"]),
        (35, 100, ["Buyer", "group “Title” comes to 40, held at 35"]),
        (35, 100, []),
    ]


def test_a_fact_learned_in_idle_weeks_counts_times_their_factor(workspace: Workspace) -> None:
    draft = make_draft(workspace)
    draft.attributerules.update(axis="intent")
    publish(draft, by=None, now=MONDAY_NOON)
    lead = make_lead(workspace, job_title="Buyer")
    learn(MONDAY_NOON + 8 * DAY, lead, job_title="Intern")
    score_lead(lead, now=MONDAY_NOON + 9 * DAY)
    assert [(p.intent, [c.words for c in p.causes]) for p in history(lead).points[:3]] == [
        (30, ["Buyer"]),
        (27, ["1 whole week without activity: intent × 0.900"]),
        (0, ["Buyer, no longer", "intent × 0.900 after 1 idle week"]),
    ]


def test_before_the_first_version_and_without_a_score_there_is_none(workspace: Workspace) -> None:
    lead = make_lead(workspace)
    assert score_history(lead) is None
    publish(make_draft(workspace), by=None, now=MONDAY_NOON + DAY)
    assert score_history(lead) is None
    score_lead(lead, now=MONDAY_NOON + 2 * DAY)
    assert history(lead).since == MONDAY_NOON + DAY
    assert history(lead).at(MONDAY_NOON) is None


def test_what_time_alone_takes_away_is_shown_too(workspace: Workspace) -> None:
    """A view counts for three days, and another thing counts for ever."""
    draft = make_draft(workspace)
    draft.intentrules.update(window_days=3)
    ModelVersion.objects.filter(pk=draft.pk).update(inactivity_percent=0)
    publish(draft, by=None, now=MONDAY_NOON)
    assert IntentRule.objects.count() == 1
    lead = make_lead(workspace)
    do(lead, MONDAY_NOON + DAY)
    do(lead, MONDAY_NOON + DAY, kind=EventKind.CHAT)
    score_lead(lead, now=MONDAY_NOON + 10 * DAY)
    found = history(lead)
    assert [(p.at - MONDAY_NOON, p.intent) for p in found.points] == [
        *((0 * DAY, 0), (1 * DAY, 20), (4 * DAY, 0), (10 * DAY, 0)),
    ]
    assert [c.words for c in found.points[2].causes] == ["Views, no longer"]
