"""Drafts become versions: one of two wins, published ones never change."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import connection, transaction

from accounts.models import User
from scoring.definitions import definitions_of
from scoring.locks import own_model
from scoring.models import ModelVersion, Rescore
from scoring.rules import read_rules
from scoring.sql import Binder


class AlreadyPublished(ValidationError):
    """The draft that one wanted to publish was published, by whom and when the message says."""

    def __init__(self, version: ModelVersion) -> None:
        who = str(version.published_by or "Somebody")
        when = f"{version.published_at:%d %B %Y, %H:%M} UTC" if version.published_at else ""
        super().__init__(f"{who} already published version {version.number} on {when}.")
        self.version = version


@transaction.atomic
def publish(draft: ModelVersion, *, by: User | None, now: datetime) -> ModelVersion:
    """Publish the draft; what it replaces is retired. Everybody is scored again in the background
    unless the rules are the same. Raises AlreadyPublished, ValidationError."""
    own_model(draft.workspace_id)
    versions = {
        version.pk: version
        for version in ModelVersion.objects.filter(workspace=draft.workspace_id)
        .select_for_update()
        .order_by("pk")
    }
    fresh = versions.get(draft.pk)
    if fresh is None:
        raise ValidationError("This draft was deleted.")
    if fresh.status != ModelVersion.Status.DRAFT:
        raise AlreadyPublished(fresh)
    old = next((v for v in versions.values() if v.status == v.Status.PUBLISHED), None)
    past = sorted((v for v in versions.values() if v.published_at), key=lambda v: v.number)
    meanings = {pk: rules.meaning() for pk, rules in read_rules([*past, fresh]).items()}
    same = next((v for v in past if meanings[v.pk] == meanings[fresh.pk]), fresh)
    if old is not None:
        old.status = ModelVersion.Status.RETIRED
        old.save(update_fields=["status"])
    fresh.status = ModelVersion.Status.PUBLISHED
    fresh.published_at, fresh.published_by = now, by
    fresh.rule_set_id = same.rule_set_id or fresh.pk
    fresh.save()
    before = next((v for v in reversed(past) if v.rule_set_id == fresh.rule_set_id), None)
    if before is not None:
        _queue_changed_standings(before, fresh)
    if old is None or old.rule_set_id != fresh.rule_set_id:
        Rescore.objects.create(
            workspace_id=fresh.workspace_id, reason=Rescore.Reason.PUBLISHED, requested_at=now
        )
    return fresh


def _queue_changed_standings(old: ModelVersion, new: ModelVersion) -> None:
    """Scores that these rules have made stay, but some leads stand elsewhere now.

    `old` is the last version with the same rules, in force until now or, while a rescore is
    under way, still that of the leads not yet reached.
    """
    bind = Binder()
    before, after = (
        definitions_of(version).standing_sql("s.fit", "s.intent", "s.disqualified", bind)
        for version in (old, new)
    )
    text = f"""
        INSERT INTO scoring_qualificationdue (lead_id)
        SELECT s.lead_id FROM scoring_score s JOIN leadqual_lead l ON l.id = s.lead_id
        LEFT JOIN leadqual_company c ON c.id = l.company_id
        WHERE s.workspace_id = %(workspace)s AND s.rule_set_id = %(rule_set)s
          AND {before} <> {after}
        ORDER BY s.lead_id"""  # noqa: S608 - every value is bound
    with connection.cursor() as cursor:
        cursor.execute(
            text,
            {**bind.params, "workspace": new.workspace_id, "rule_set": new.rule_set_id},
        )
