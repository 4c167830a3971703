"""A version that runs beside the published one: it scores every lead and decides nothing.

Starting one makes it as final as a published version. From then on it is published, or ended.
"""

from datetime import datetime

from django.contrib.admin.models import CHANGE, LogEntry
from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.models import User
from leadqual.celery import app
from scoring.locks import own_model
from scoring.models import ModelVersion, Rescore
from scoring.readiness import problems
from scoring.rescoring import demand_rescore

_Status = ModelVersion.Status


@transaction.atomic
def start(draft: ModelVersion, *, by: User | None, now: datetime) -> ModelVersion:
    """Let the draft score every lead beside the published version, without any consequence.

    Everybody is scored in the background, the real scores with them. Raises ValidationError
    where it is no draft any more, a shadow runs already, or the draft is not ready.
    """
    fresh = _locked(draft)
    if fresh is None:
        raise ValidationError("This draft was deleted meanwhile.")
    if fresh.status != _Status.DRAFT:
        raise ValidationError(f"Version {fresh.number} is no draft any more.")
    here = ModelVersion.objects.of(fresh.workspace)
    if running := here.shadow().first():
        raise ValidationError(
            f"Version {running.number} runs as a shadow already: publish or end it first."
        )
    if not here.published().exists():
        raise ValidationError("Nothing is published yet that a shadow could be compared with.")
    if found := problems(fresh):
        raise ValidationError(found)
    fresh.status, fresh.shadow_since = _Status.SHADOW, now
    fresh.save(update_fields=["status", "shadow_since"])
    _log(fresh, "Started as a shadow.", by=by)
    demand_rescore(fresh.workspace_id, reason=Rescore.Reason.SHADOW, now=now)
    transaction.on_commit(_wake_rescore, robust=True)
    return fresh


@transaction.atomic
def end(shadow: ModelVersion, *, by: User | None, now: datetime) -> ModelVersion:
    """Stop the shadow; its rules and its number are kept, its scores are cleared away.

    Raises ValidationError where it runs no longer.
    """
    fresh = _locked(shadow)
    if fresh is None or fresh.status != _Status.SHADOW:
        raise ValidationError(f"Version {shadow.number} is no shadow any more.")
    fresh.status, fresh.shadow_until = _Status.ENDED, now
    fresh.save(update_fields=["status", "shadow_until"])
    _log(fresh, "Ended as a shadow.", by=by)
    transaction.on_commit(wake_forgetting, robust=True)
    return fresh


def _locked(version: ModelVersion) -> ModelVersion | None:
    own_model(version.workspace_id)
    return ModelVersion.objects.select_for_update().filter(pk=version.pk).first()


def _log(version: ModelVersion, what: str, *, by: User | None) -> None:
    """In the version's history in the admin, whichever screen it was done on."""
    if by is not None:
        LogEntry.objects.log_actions(by.pk, [version], CHANGE, what, single_object=True)


def _wake_rescore() -> None:
    """Best effort: where the broker is out of reach, beat comes by within seconds."""
    app.send_task("scoring.tasks.rescore")


def wake_forgetting() -> None:
    app.send_task("scoring.tasks.forget_shadows")
