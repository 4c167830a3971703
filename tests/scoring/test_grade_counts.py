"""The matrix of grades: the same counts as grading every lead."""

import random
from collections import Counter

import pytest

from accounts.models import Workspace
from leadqual.models import Lead
from scoring.engine.definitions import definitions_of
from scoring.grade_counts import cell_counts
from scoring.models import Band, GradeCell, ModelVersion, Score
from scoring.models.versions import Axis
from scoring.publishing import open_draft, publish
from scoring.standing import grade_case
from tests.builders import MONDAY_NOON, make_workspace
from tests.scoring.builders import make_draft, make_model

pytestmark = pytest.mark.django_db


def graded(version: ModelVersion) -> dict[str, int]:
    scores = Score.objects.of(version.workspace)
    return dict(Counter(scores.values_list(grade_case(version, prefix=""), flat=True)))


def counted(version: ModelVersion) -> dict[str, int]:
    definitions, found = definitions_of(version), Counter[str]()
    for cell, leads in cell_counts(version.workspace, definitions).items():
        found[definitions.grades[cell]] += leads
    return dict(found)


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
    version = publish(draft, by=None, now=MONDAY_NOON)
    make_scores(workspace, version, leads=400)
    elsewhere = make_model(make_workspace())
    make_scores(elsewhere.workspace, elsewhere, leads=10)
    assert sorted(counted(version)) == ["A", "B", "C", "D"]
    assert counted(version) == graded(version)
    assert sum(counted(version).values()) == 400


def test_a_draft_cuts_the_scores_there_are_by_its_own_bands() -> None:
    version = make_model(make_workspace())
    make_scores(version.workspace, version, leads=100)
    draft = open_draft(workspace=version.workspace, by=None)
    draft.bands.filter(axis=Axis.FIT, floor__gt=0).update(floor=100)
    fit, intent = definitions_of(draft).fit_bands[-1][1], definitions_of(draft).intent_bands[0][1]
    there = Score.objects.filter(fit=100, intent__lt=definitions_of(draft).intent_bands[1][0])
    assert cell_counts(version.workspace, definitions_of(draft))[fit, intent] == there.count() > 0


def test_without_scores_every_cell_is_empty() -> None:
    version = make_model(make_workspace())
    assert set(cell_counts(version.workspace, definitions_of(version)).values()) == {0}
