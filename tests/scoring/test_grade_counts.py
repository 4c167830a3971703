"""The matrix of grades: the same counts as grading every lead."""

import random
from collections import Counter

import pytest

from accounts.models import Workspace
from leadqual.models import Lead
from scoring.grade_counts import grade_counts
from scoring.models import Band, GradeCell, ModelVersion, Score
from scoring.models.versions import Axis
from scoring.publishing import open_draft, publish
from scoring.rescoring import rescore_next
from scoring.scorers import score_dirty
from scoring.standing import grade_case
from tests.builders import MONDAY_NOON, make_lead, make_workspace
from tests.scoring.builders import do, make_draft, make_model

pytestmark = pytest.mark.django_db


def graded(workspace: Workspace) -> dict[str, int]:
    version = ModelVersion.objects.published().get(workspace=workspace)
    scores = Score.objects.of(workspace)
    return dict(Counter(scores.values_list(grade_case(version, prefix=""), flat=True)))


def make_scores(workspace: Workspace, version: ModelVersion, *, leads: int) -> None:
    """Around the floors of bands and on them."""
    chance = random.Random(11)
    made = Lead.objects.bulk_create(
        Lead(workspace=workspace, external_id=f"n{n}") for n in range(leads)
    )
    Score.objects.bulk_create(
        Score(
            lead=lead,
            workspace=workspace,
            fit=chance.choice([0, 14.99, 15, 29.99, 30, 49.99, 50, 100]),
            intent=chance.choice([0, 19.99, 20, 39.99, 40, 49.99, 50, 100]),
            disqualified=False,
            scored_at=MONDAY_NOON,
            rule_set_id=version.pk,
        )
        for lead in made
    )


def test_every_cell_counts_the_leads_that_are_graded_so() -> None:
    """Three bands of fit, two of intent."""
    workspace = make_workspace()
    draft = make_draft(workspace)
    Band.objects.create(version=draft, axis=Axis.FIT, name="Some", floor=15)
    for intent, grade in (("Low", "D"), ("High", "B")):
        GradeCell.objects.create(version=draft, fit_band="Some", intent_band=intent, grade=grade)
    make_scores(workspace, publish(draft, by=None, now=MONDAY_NOON), leads=400)
    elsewhere = make_workspace()
    make_scores(elsewhere, make_model(elsewhere), leads=10)
    assert sorted(grade_counts(workspace)) == ["A", "B", "C", "D"]
    assert grade_counts(workspace) == graded(workspace)
    assert sum(grade_counts(workspace).values()) == 400
    assert grade_counts(elsewhere) == graded(elsewhere)


def test_while_a_rescore_is_under_way_old_numbers_count_by_their_own_version() -> None:
    workspace = make_workspace()
    make_model(workspace)
    leads = [make_lead(workspace, job_title="Buyer") for _ in range(4)]
    do(leads[3], MONDAY_NOON, MONDAY_NOON)
    score_dirty(now=MONDAY_NOON)
    draft = open_draft(workspace=workspace, by=None)
    draft.attributerules.update(points=55)
    publish(draft, by=None, now=MONDAY_NOON)
    before = graded(workspace)
    assert grade_counts(workspace) == before
    rescore_next(now=MONDAY_NOON, chunk=2)
    assert grade_counts(workspace) == graded(workspace) != before
    while rescore_next(now=MONDAY_NOON):
        pass
    assert grade_counts(workspace) == graded(workspace)


def test_without_a_model_in_force_nothing_is_graded() -> None:
    assert grade_counts(make_workspace()) == {}
