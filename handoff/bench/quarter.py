"""A draft previewed on the last quarter, as the worker does it."""

import time

from django.utils import timezone

from accounts.models import User, Workspace
from handoff.bench.figures import Figure
from handoff.bench.fill import moment_of
from handoff.previews import carry_on
from leadqual.models import Lead
from scoring.models import AttributeRule, ModelVersion, Preview
from scoring.previews import runs
from scoring.publishing import open_draft

MEANT = 100_000
"""Leads for which the issue names a time; a larger database is previewed as far as that."""


def figure(workspace: Workspace, *, scan: float) -> Figure:
    """Every fit rule gives a point more; the floor is one scan of the events' covering index."""
    ModelVersion.objects.draft().filter(workspace=workspace).delete()
    draft = open_draft(workspace=workspace, by=None, now=moment_of(workspace))
    for rule in AttributeRule.objects.filter(version=draft, points__gt=0):
        rule.points += 1
        rule.save(update_fields=["points"])
    preview = runs.request(draft, by=User.objects.earliest("pk"), now=moment_of(workspace))
    began = time.perf_counter()
    steps = 0
    while carry_on(preview, now=timezone.now()):
        preview.refresh_from_db()
        steps += 1
        if preview.leads_done >= MEANT:
            break
    seconds = time.perf_counter() - began
    preview.refresh_from_db()
    done = preview.leads_done
    if preview.status not in (Preview.Status.DONE, Preview.Status.RUNNING) or not steps:
        raise RuntimeError(f"The preview ended as {preview.status}: {preview.error}")
    runs.stop(preview, now=timezone.now())
    Preview.objects.filter(pk=preview.pk).delete()
    draft.delete()
    leads = Lead.objects.of(workspace).count()
    return Figure(
        "preview of a quarter",
        seconds,
        "s",
        scan * done / leads,
        done,
        f"≤ 60 s for {MEANT:,} leads; told {steps} times how far it is",
        seconds <= 60 * max(1, done / MEANT) if done >= MEANT else None,
    )
