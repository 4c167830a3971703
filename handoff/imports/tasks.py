"""Imports in the background. A lost task is made up for by `carry_on_imports`, which beat calls."""

from celery import shared_task
from django.utils import timezone

from handoff.imports import runs, uploads
from handoff.models import ImportRun


@shared_task
def carry_on_import(run_id: int) -> None:
    runs.carry_on(run_id, now=timezone.now())


@shared_task
def carry_on_imports() -> int:
    """Go on with imports that nobody works on: the worker died, or its task was lost."""
    done = 0
    for run_id in ImportRun.objects.filter(status__in=runs.AT_WORK).values_list("pk", flat=True):
        done += runs.carry_on(run_id, now=timezone.now())
    return done


@shared_task
def forget_import_files() -> int:
    return uploads.forget_old_files(now=timezone.now())
