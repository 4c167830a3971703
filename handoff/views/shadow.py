"""The shadow beside the published version: what would differ, and what became of the offers."""

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access import Permission, WorkspaceRequest, workspace_view
from handoff import shadow_panels
from leadqual.patience import TooManyToCount, at_most
from scoring.comparison import compare
from scoring.models import ModelVersion
from scoring.rescoring import progress
from scoring.versions import published_version, shadow_version

SECONDS = 10.0
"""Each panel reads every score; what takes longer is given up."""
PANELS = {
    "grades": shadow_panels.grades_panel,
    "mqls": shadow_panels.mqls_panel,
    "offers": shadow_panels.offers_panel,
}


@workspace_view(Permission.VIEW_REPORTS)
@require_safe
def shadow(request: WorkspaceRequest) -> HttpResponse:
    published, shadow = _pair(request)
    context: dict[str, Any] = {
        "shadow": shadow,
        "published": published,
        "may_configure": request.may(Permission.CONFIGURE_SCORING),
    }
    if published and shadow:
        context["changes"] = compare(published, shadow)
        context["progress"] = progress(request.workspace)
    return render(request, "handoff/shadow.html", context)


@workspace_view(Permission.VIEW_REPORTS)
@require_safe
def shadow_panel(request: WorkspaceRequest, panel: str) -> HttpResponse:
    """One panel of the page, computed when it is asked for."""
    published, shadow = _pair(request)
    if published is None or shadow is None:
        ended = {"icon": "ghost-off", "title": "No version runs as a shadow any more"}
        return render(request, "_empty.html", ended)
    build = PANELS.get(panel)
    if build is None:
        raise Http404("The comparison has no such panel.")
    try:
        with at_most(SECONDS):
            context = build(published, shadow)
    except TooManyToCount as error:
        return render(request, "_empty.html", {"icon": "clock", "title": str(error)})
    return render(request, f"handoff/shadow_{panel}.html", context)


def _pair(request: WorkspaceRequest) -> tuple[ModelVersion | None, ModelVersion | None]:
    return published_version(request.workspace), shadow_version(request.workspace)
