"""A draft previewed on the last quarter, as the worker does it."""

import time

from django.utils import timezone

from accounts.models import User, Workspace
from handoff.bench.figures import Figure
from handoff.bench.fill import moment_of
from handoff.bench.targets import PREVIEWED
from handoff.previews import carry_on
from leadqual.models import Lead
from scoring.models import AttributeRule, ModelVersion, Preview
from scoring.previews import runs
from scoring.publishing import open_draft


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
        if preview.leads_done >= PREVIEWED:  # of a larger database no more
            break
    seconds = time.perf_counter() - began
    preview.refresh_from_db()
    done = preview.leads_done
    if preview.status not in (Preview.Status.DONE, Preview.Status.RUNNING) or not steps:
        raise RuntimeError(f"The preview ended as {preview.status}: {preview.error}")
    runs.stop(preview, now=timezone.now())
    Preview.objects.filter(pk=preview.pk).delete()
    draft.delete()
    share = done / Lead.objects.of(workspace).count()
    return Figure("preview of a quarter", seconds, "s", scan * share, done)
