"""A shadow scores every lead beside the published version, and nothing follows from it."""

import logging
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction

from accounts.models import User, Workspace
from leadqual.models import Lead
from scoring import shadows
from scoring.drafts import open_draft
from scoring.engine.definitions import definitions_of
from scoring.engine.rules import rules_of
from scoring.models import (
    AttributeRule,
    IntentRule,
    ModelVersion,
    QualificationDue,
    QualificationRule,
    Rescore,
    Score,
    ShadowScore,
)
from scoring.publishing import AlreadyPublished, publish
from scoring.rescoring import rescore_next
from scoring.scorers import score_dirty, score_lead, sweep_expired
from scoring.shadow_scores import forget_ended, shadow_standing
from tests.builders import MONDAY_NOON, make_lead
from tests.scoring.builders import DAY, WEEK, do, make_model

pytestmark = pytest.mark.django_db

LATER = MONDAY_NOON + WEEK
Status = ModelVersion.Status


def numbers(lead: Lead) -> tuple[tuple[float, float], tuple[float, float]]:
    """Fit and intent by the published version, and by the shadow."""
    real, beside = Score.objects.get(pk=lead.pk), ShadowScore.objects.get(pk=lead.pk)
    return (real.fit, real.intent), (beside.fit, beside.intent)


def generous_draft(workspace: Workspace) -> ModelVersion:
    """The published version with 60 points for buyers instead of 30."""
    draft = open_draft(workspace=workspace, by=None, now=MONDAY_NOON)
    AttributeRule.objects.filter(version=draft).update(points=60)
    return draft


def score_everybody() -> None:
    while rescore_next(now=LATER):
        pass


@pytest.fixture
def buyer(workspace: Workspace) -> Lead:
    make_model(workspace)
    lead = make_lead(workspace, job_title="Buyer")
    score_dirty(now=MONDAY_NOON)
    while rescore_next(now=MONDAY_NOON):
        pass
    QualificationDue.objects.all().delete()
    return lead


@pytest.fixture
def shadow(workspace: Workspace, buyer: Lead) -> ModelVersion:
    return shadows.start(generous_draft(workspace), by=None, now=LATER)


def test_starting_one_scores_everybody_by_both_and_makes_nobody_due(
    buyer: Lead, shadow: ModelVersion
) -> None:
    assert (shadow.status, shadow.number, shadow.shadow_since) == (Status.SHADOW, 2, LATER)
    assert Rescore.objects.get(finished_at=None).reason == Rescore.Reason.SHADOW
    score_everybody()
    assert numbers(buyer) == ((30, 0), (60, 0))
    assert not QualificationDue.objects.exists()  # 60 points would be an MQL, if it counted
    said = shadow_standing(buyer)
    assert said is not None
    assert (said.version, said.total, said.grade, said.is_mql) == (2, 60, "B", True)


def test_each_scorer_scores_by_both_in_the_same_run(buyer: Lead, shadow: ModelVersion) -> None:
    do(buyer, LATER)
    score_dirty(now=LATER)
    assert numbers(buyer) == ((30, 20), (60, 20))
    sweep_expired(now=LATER + WEEK)
    assert numbers(buyer) == ((30, 18), (60, 18))
    Lead.objects.filter(pk=buyer.pk).update(job_title="Baker")
    score_lead(buyer, now=LATER + WEEK)
    assert numbers(buyer) == ((0, 18), (0, 18))


def test_a_nightly_rescore_writes_only_what_differs(buyer: Lead, shadow: ModelVersion) -> None:
    score_everybody()
    first = ShadowScore.objects.get(pk=buyer.pk).scored_at
    Rescore.objects.create(
        workspace=buyer.workspace, reason=Rescore.Reason.NIGHTLY, requested_at=LATER + DAY
    )
    while rescore_next(now=LATER + DAY):
        pass
    assert ShadowScore.objects.get(pk=buyer.pk).scored_at == first


def test_a_shadow_that_cannot_score_does_not_stop_the_real_scores(
    buyer: Lead, shadow: ModelVersion, caplog: pytest.LogCaptureFixture
) -> None:
    with connection.cursor() as cursor:  # no number of the shadow's is ever taken
        cursor.execute(
            "ALTER TABLE scoring_shadowscore ADD CONSTRAINT never CHECK (false) NOT VALID"
        )
    do(buyer, LATER)
    with caplog.at_level(logging.ERROR):
        score_dirty(now=LATER)
    assert Score.objects.get(pk=buyer.pk).intent == 20
    assert not ShadowScore.objects.exists()
    assert "could not score; real scores go on" in caplog.text


def test_merged_and_erased_leads_lose_both_scores(buyer: Lead, shadow: ModelVersion) -> None:
    score_everybody()
    Lead.objects.filter(pk=buyer.pk).update(erased_at=LATER)
    score_dirty(now=LATER)
    assert not Score.objects.filter(pk=buyer.pk).exists()
    assert not ShadowScore.objects.filter(pk=buyer.pk).exists()


def test_one_shadow_runs_at_a_time(workspace: Workspace, shadow: ModelVersion) -> None:
    draft = open_draft(workspace=workspace, by=None)
    assert draft.number == 3
    with pytest.raises(ValidationError, match="Version 2 runs as a shadow already"):
        shadows.start(draft, by=None, now=LATER)
    with pytest.raises(IntegrityError), transaction.atomic():
        ModelVersion.objects.filter(pk=draft.pk).update(status="shadow", shadow_since=LATER)


def test_a_draft_that_is_not_ready_and_a_first_version_cannot_be_shadows(
    workspace: Workspace,
) -> None:
    draft = open_draft(workspace=workspace, by=None)
    with pytest.raises(ValidationError, match="Nothing is published yet"):
        shadows.start(draft, by=None, now=LATER)
    ModelVersion.objects.filter(pk=draft.pk).delete()
    make_model(workspace)
    unready = open_draft(workspace=workspace, by=None)
    QualificationRule.objects.filter(version=unready).delete()
    with pytest.raises(ValidationError, match="without an MQL definition"):
        shadows.start(unready, by=None, now=LATER)


def test_its_rules_are_final_whoever_writes(shadow: ModelVersion) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        AttributeRule.objects.filter(version=shadow).update(points=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        IntentRule.objects.filter(version=shadow).delete()
    with pytest.raises(IntegrityError), transaction.atomic():
        ModelVersion.objects.filter(pk=shadow.pk).update(inactivity_percent=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        ModelVersion.objects.filter(pk=shadow.pk).update(status="draft", shadow_since=None)
    with pytest.raises(IntegrityError), transaction.atomic():
        shadow.delete()


def test_its_rules_are_read_once(shadow: ModelVersion) -> None:
    assert rules_of(shadow) is rules_of(ModelVersion.objects.get(pk=shadow.pk))
    assert definitions_of(shadow) is definitions_of(ModelVersion.objects.get(pk=shadow.pk))


def test_a_start_that_was_taken_back_leaves_no_rules_in_memory(
    workspace: Workspace, buyer: Lead
) -> None:
    draft = generous_draft(workspace)
    before = transaction.savepoint()
    started = shadows.start(draft, by=None, now=LATER)
    assert rules_of(started).attributes[0].points == 60
    transaction.savepoint_rollback(before)
    AttributeRule.objects.filter(version=draft).update(points=45)
    again = shadows.start(draft, by=None, now=LATER + timedelta(seconds=1))
    assert rules_of(again).attributes[0].points == 45


def test_an_ended_one_keeps_its_number_and_loses_its_scores(
    workspace: Workspace, buyer: Lead, shadow: ModelVersion
) -> None:
    score_everybody()
    ended = shadows.end(shadow, by=None, now=LATER + WEEK)
    assert (ended.status, ended.number, ended.shadow_until) == (Status.ENDED, 2, LATER + WEEK)
    assert shadow_standing(buyer) is None
    assert forget_ended() == 1
    assert forget_ended() == 0
    do(buyer, LATER)
    score_dirty(now=LATER)
    assert not ShadowScore.objects.exists()
    assert open_draft(workspace=workspace, by=None).number == 3
    with pytest.raises(ValidationError, match="is no shadow any more"):
        shadows.end(shadow, by=None, now=LATER + WEEK)
    with pytest.raises(ValidationError, match="was ended as a shadow"):
        publish(shadow, by=None, now=LATER + WEEK)


def test_a_published_one_counts_from_then_on(
    workspace: Workspace, ana: User, buyer: Lead, shadow: ModelVersion
) -> None:
    score_everybody()
    version = publish(shadow, by=ana, now=LATER + WEEK)
    assert (version.status, version.shadow_until) == (Status.PUBLISHED, LATER + WEEK)
    assert version.rule_set_id == version.pk
    assert shadow_standing(buyer) is None
    while rescore_next(now=LATER + WEEK):
        pass
    assert Score.objects.get(pk=buyer.pk).fit == 60
    assert list(QualificationDue.objects.values_list("lead_id", "published")) == [(buyer.pk, True)]
    assert forget_ended() == 1
    with pytest.raises(AlreadyPublished):
        publish(shadow, by=ana, now=LATER + WEEK)


def test_a_lead_that_is_due_by_itself_is_not_due_by_the_publication(
    workspace: Workspace, buyer: Lead
) -> None:
    publish(generous_draft(workspace), by=None, now=LATER)
    score_everybody()
    QualificationDue.objects.all().delete()
    do(buyer, LATER)
    score_dirty(now=LATER)
    assert set(QualificationDue.objects.values_list("published", flat=True)) == {False}
