"""Why not, for every lead: bands by their names, disqualifiers with their reasons."""

from typing import Any

import pytest

from accounts.models import Workspace
from leadqual.models import Lead
from scoring.engine.definitions import Bounds, definitions_of
from scoring.models import Disqualifier, ModelVersion, QualificationRule
from scoring.models.rules import Operator
from scoring.scorers import score_lead
from scoring.standing import Standing, standing_of
from tests.builders import MONDAY_NOON, make_lead
from tests.scoring.builders import do, make_draft

pytestmark = pytest.mark.django_db


@pytest.fixture
def model(workspace: Workspace) -> ModelVersion:
    """MQL from High fit on, or from Low fit and 40 intent; students and interns are flagged."""
    draft = make_draft(workspace)
    draft.qualificationrules.all().delete()
    rules = QualificationRule.objects
    rules.create(version=draft, purpose="mql", fit_band="High", intent_at_least=20)
    rules.create(version=draft, purpose="mql", fit_band="Low", intent_at_least=40)
    rules.create(version=draft, purpose="handoff", intent_band="High", fit_at_least=20)
    for name in ("Student", "Intern"):
        Disqualifier.objects.create(
            version=draft,
            name=name,
            reason=f"{name}s do not buy",
            field="job_title",
            operator=Operator.HAS_WORD,
            value=[name],
        )
    ModelVersion.objects.filter(pk=draft.pk).update(
        status="published", published_at=MONDAY_NOON, rule_set=draft
    )
    draft.refresh_from_db()
    return draft


def stand(workspace: Workspace, *, views: int, **facts: Any) -> Standing:
    lead = make_lead(workspace, **facts)
    do(lead, *[MONDAY_NOON] * views)
    score_lead(lead, now=MONDAY_NOON)
    found = standing_of(lead)
    assert found is not None
    return found


def test_a_band_is_its_floor(model: ModelVersion) -> None:
    assert definitions_of(model).mql == (
        Bounds(50, 20, None, fit_band="High"),
        Bounds(0, 40, None, fit_band="Low"),
    )
    assert definitions_of(model).handoff == (Bounds(20, 50, None, intent_band="High"),)


def test_of_a_band_and_points_the_higher_counts(model: ModelVersion) -> None:
    draft = ModelVersion.objects.create(workspace=model.workspace, number=2)
    for axis, name, floor in (("fit", "Low", 0), ("fit", "High", 50)):
        draft.bands.create(axis=axis, name=name, floor=floor)
    for points, band in ((60, "High"), (50, "High"), (40, "High"), (5, "Low"), (5, "Gone")):
        draft.qualificationrules.create(purpose="mql", fit_band=band, fit_at_least=points)
    assert [(way.fit, way.fit_band) for way in definitions_of(draft).mql] == [
        (60, ""),
        (50, "High"),
        (50, "High"),
        (5, ""),
        (101, "Gone"),  # nobody gets there by mistake
    ]


def test_what_is_short_is_said_in_bands(model: ModelVersion) -> None:
    found = stand(model.workspace, views=0, job_title="Buyer")
    assert found.why_not_mql == [
        "The MQL definition asks for more: fit is Low (30), High begins at 50, "
        "and intent is 0 of the 20 points.",
        "The MQL definition asks for more: intent is 0 of the 40 points.",
    ]
    assert found.why_not_ready == [
        "The hand-off rule asks for more: intent is Low (0), High begins at 50."
    ]
    ready = stand(model.workspace, views=3, job_title="Buyer")
    assert (ready.why_not_mql, ready.why_not_ready) == ([], [])
    assert ready.is_ready


def test_disqualifiers_are_named_with_their_reasons(model: ModelVersion) -> None:
    found = stand(model.workspace, views=3, job_title="Student, buyer, intern")
    both = [
        "Disqualified: Student. Students do not buy.",
        "Disqualified: Intern. Interns do not buy.",
    ]
    assert found.why_not_mql == both
    assert found.why_not_ready == both


def test_a_flag_that_no_longer_holds_is_still_the_scores(model: ModelVersion) -> None:
    """The facts have changed since; the score says so until it is made again."""
    found = stand(model.workspace, views=3, job_title="Student")
    lead = Lead.objects.get()
    Lead.objects.filter(pk=lead.pk).update(job_title="Buyer")
    again = standing_of(lead)
    assert found.why_not_mql == ["Disqualified: Student. Students do not buy."]
    assert again is not None
    assert again.why_not_mql == ["A disqualifier holds."]
