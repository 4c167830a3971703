"""Drafts become versions: one of two wins, published ones never change."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import connection, transaction

from accounts.models import User
from leadqual.celery import app
from leadqual.models import Lead
from leadqual.stages import Stage
from scoring.comparison import compare
from scoring.drafts import open_draft
from scoring.locks import own_model
from scoring.models import ModelVersion, QualificationDue, Rescore
from scoring.outlook import SCORED, last_with_same_rules, stands_elsewhere
from scoring.overrides import overridden_sql
from scoring.readiness import problems
from scoring.rescoring import demand_rescore
from scoring.shadows import wake_forgetting
from scoring.versions import once_in_force

__all__ = ["AlreadyPublished", "compare", "open_draft", "problems", "publish"]


class AlreadyPublished(ValidationError):
    """The draft that one wanted to publish was published, by whom and when the message says."""

    def __init__(self, version: ModelVersion) -> None:
        who = str(version.published_by or "Somebody")
        when = f"{version.published_at:%d %B %Y, %H:%M} UTC" if version.published_at else ""
        super().__init__(f"{who} already published version {version.number} on {when}.")
        self.version = version


@transaction.atomic
def publish(draft: ModelVersion, *, by: User | None, now: datetime) -> ModelVersion:
    """Put the draft, or the shadow, in force and retire what it replaces.

    Leads that stand elsewhere by the new thresholds go to QualificationDue; where the rules
    differ, everybody is scored again in the background. Raises AlreadyPublished when somebody
    was faster, ValidationError with what keeps the draft from being published.
    """
    own_model(draft.workspace_id)
    here = ModelVersion.objects.filter(workspace=draft.workspace_id)
    versions = list(here.select_for_update().order_by("number"))
    fresh = next((version for version in versions if version.pk == draft.pk), None)
    if fresh is None:
        raise ValidationError("This draft was deleted meanwhile.")
    if fresh.status == ModelVersion.Status.ENDED:
        raise ValidationError(f"Version {fresh.number} was ended as a shadow meanwhile.")
    if fresh.status not in (ModelVersion.Status.DRAFT, ModelVersion.Status.SHADOW):
        raise AlreadyPublished(fresh)
    if found := problems(fresh):
        raise ValidationError(found)
    old = next((v for v in versions if v.status == ModelVersion.Status.PUBLISHED), None)
    before = last_with_same_rules(fresh, list(once_in_force(here)))
    rule_set = before.rule_set_id if before else fresh.pk
    _put_in_force(fresh, old, rule_set=rule_set, by=by, now=now)
    if before:
        _queue_changed_standings(before, fresh)
    if old is not None and fresh.wake_points < old.wake_points:
        _queue_nurtured(fresh)
    if old is None or old.rule_set_id != rule_set:
        demand_rescore(fresh.workspace_id, reason=Rescore.Reason.PUBLISHED, now=now)
        transaction.on_commit(_wake, robust=True)
    return fresh


def _wake() -> None:
    """Best effort: where the broker is out of reach, beat comes by within seconds."""
    app.send_task("scoring.tasks.rescore")


def _put_in_force(
    draft: ModelVersion,
    old: ModelVersion | None,
    *,
    rule_set: int | None,
    by: User | None,
    now: datetime,
) -> None:
    if old is not None:
        old.status = ModelVersion.Status.RETIRED
        old.save(update_fields=["status"])
    if draft.status == ModelVersion.Status.SHADOW:
        draft.shadow_until = now
        transaction.on_commit(wake_forgetting, robust=True)
    draft.status = ModelVersion.Status.PUBLISHED
    draft.published_at, draft.published_by, draft.rule_set_id = now, by, rule_set
    draft.save(update_fields=["status", "shadow_until", "published_at", "published_by", "rule_set"])


def _queue_changed_standings(old: ModelVersion, new: ModelVersion) -> None:
    """Scores that these rules have made stay, but some leads stand elsewhere now.

    `old` is the last version with the same rules, in force until now or, while a rescore is
    under way, still that of the leads not yet reached.
    """
    elsewhere = stands_elsewhere(old, new)
    text = f"""
        INSERT INTO scoring_qualificationdue (lead_id, published)
        SELECT s.lead_id, true FROM {SCORED}
          AND ({elsewhere.text} OR {overridden_sql("l")})
        ORDER BY s.lead_id"""  # noqa: S608 - every value is bound
    with connection.cursor() as cursor:
        cursor.execute(text, elsewhere.params)


def _queue_nurtured(version: ModelVersion) -> None:
    """Fewer points wake a nurtured lead now, and no number of its tells whether they are there."""
    nurtured = Lead.objects.of(version.workspace).in_stage(Stage.NURTURE).order_by("pk")
    QualificationDue.objects.bulk_create(
        [
            QualificationDue(lead_id=pk, published=True)
            for pk in nurtured.values_list("pk", flat=True)
        ],
        batch_size=5000,
    )
