"""What Celery wakes up. Each task reads from the database what is due, and is safe to run twice.

The loops end after some time, so that a worker's slot is never held by one busy queue.
"""

import random
import time
from collections.abc import Callable

from celery import shared_task
from django.utils import timezone

from accounts.models import Workspace
from scoring import overrides, reclassification, rescoring, score_check, scorers, shadow_scores
from scoring.models import ModelVersion, Rescore

SECONDS_A_RUN = 50


def _until_nothing_is_due(work: Callable[[], int]) -> None:
    ends = time.monotonic() + SECONDS_A_RUN
    while work() and time.monotonic() < ends:
        pass


@shared_task(name="scoring.tasks.score_dirty")
def score_dirty() -> None:
    """Leads whose facts or events changed."""
    _until_nothing_is_due(scorers.score_dirty)


@shared_task(name="scoring.tasks.sweep_expired")
def sweep_expired() -> None:
    """Leads whose numbers time alone has changed."""
    _until_nothing_is_due(lambda: scorers.sweep_expired(now=timezone.now()))


@shared_task(name="scoring.tasks.end_overrides")
def end_overrides() -> None:
    """People's numbers whose time is over: their leads are looked at again."""
    _until_nothing_is_due(lambda: overrides.sweep_expired_overrides(now=timezone.now()))


@shared_task(name="scoring.tasks.rescore")
def rescore() -> None:
    """Workspaces to be scored again: a version was published, a source changed, it is night."""
    _until_nothing_is_due(lambda: rescoring.rescore_next(now=timezone.now()))


@shared_task(name="scoring.tasks.reclassify")
def reclassify() -> None:
    """Signals that are new or were edited: their older events are matched."""
    for workspace_id in reclassification.workspaces_waiting():
        reclassification.reclassify(workspace_id)


@shared_task(name="scoring.tasks.demand_nightly")
def demand_nightly() -> None:
    """Every workspace with a model is scored again each night, so that no score can drift."""
    now = timezone.now()
    waiting = Rescore.objects.filter(finished_at=None).values("workspace")
    published = ModelVersion.objects.published().values("workspace")
    for workspace in Workspace.objects.filter(pk__in=published).exclude(pk__in=waiting):
        rescoring.demand_rescore(workspace, reason=Rescore.Reason.NIGHTLY, now=now)


@shared_task(name="scoring.tasks.check_scores")
def check_scores() -> None:
    """Each night a sample of the scores is computed anew; the health page tells what differs."""
    now = timezone.now()
    if score_check.is_due(now=now):
        checked = score_check.check_sample(score_check.SAMPLE, rng=random.SystemRandom())
        score_check.sign(checked, at=now)


@shared_task(name="scoring.tasks.forget_shadows")
def forget_shadows() -> None:
    """Scores of shadows that were published or ended are cleared away."""
    _until_nothing_is_due(shadow_scores.forget_ended)
