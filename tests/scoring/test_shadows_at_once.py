"""Two people decide about a shadow at the same moment, and leads are scored while one starts."""

import pytest
from django.core.exceptions import ValidationError

from scoring import shadows
from scoring.drafts import open_draft
from scoring.models import AttributeRule, ModelVersion, Score, ShadowScore
from scoring.publishing import publish
from scoring.rescoring import rescore_next
from scoring.scorers import score_dirty
from tests.at_once import at_once
from tests.builders import MONDAY_NOON, make_lead, make_workspace
from tests.scoring.builders import make_model

pytestmark = pytest.mark.django_db(transaction=True)


def test_of_two_who_start_the_same_draft_one_does(db: None) -> None:
    workspace = make_workspace()
    make_model(workspace)
    draft = open_draft(workspace=workspace, by=None)
    outcomes = at_once(2, lambda _: shadows.start(draft, by=None, now=MONDAY_NOON).status)
    assert outcomes.count("shadow") == 1
    (refused,) = [outcome for outcome in outcomes if isinstance(outcome, ValidationError)]
    assert refused.messages == ["Version 2 is no draft any more."]


def test_of_publishing_and_ending_one_wins_and_the_other_is_told(db: None) -> None:
    workspace = make_workspace()
    make_model(workspace)
    shadow = shadows.start(open_draft(workspace=workspace, by=None), by=None, now=MONDAY_NOON)

    def decide(n: int) -> str:
        act = publish if n else shadows.end
        return act(shadow, by=None, now=MONDAY_NOON).status

    outcomes = at_once(2, decide)
    (refused,) = [outcome for outcome in outcomes if isinstance(outcome, ValidationError)]
    (status,) = [outcome for outcome in outcomes if isinstance(outcome, str)]
    assert refused.messages
    assert ModelVersion.objects.get(pk=shadow.pk).status == status
    assert ModelVersion.objects.published().filter(workspace=workspace).count() == 1


def test_leads_that_are_scored_while_a_shadow_starts_get_both_scores(db: None) -> None:
    workspace = make_workspace()
    make_model(workspace)
    leads = [make_lead(workspace, job_title="Buyer") for _ in range(40)]
    draft = open_draft(workspace=workspace, by=None)
    AttributeRule.objects.filter(version=draft).update(points=60)

    def work(n: int) -> object:
        if n == 0:
            return shadows.start(draft, by=None, now=MONDAY_NOON)
        while score_dirty(now=MONDAY_NOON, limit=5) or rescore_next(now=MONDAY_NOON, chunk=7):
            pass
        return None

    assert not [outcome for outcome in at_once(4, work) if isinstance(outcome, Exception)]
    while score_dirty(now=MONDAY_NOON) or rescore_next(now=MONDAY_NOON):
        pass
    assert list(Score.objects.values_list("fit", flat=True)) == [30] * len(leads)
    assert list(ShadowScore.objects.values_list("fit", flat=True)) == [60] * len(leads)
