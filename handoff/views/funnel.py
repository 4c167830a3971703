"""The funnel: a page of panels that both teams read, each fetched by its own address."""

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import Permission, WorkspaceRequest, workspace_view
from handoff import funnel_panels
from handoff.forms.funnel import BY, FunnelForm, presets
from leadqual.models import Lead


def _form(request: WorkspaceRequest) -> FunnelForm:
    return FunnelForm(request.GET, workspace=request.workspace, today=timezone.localdate())


@workspace_view(Permission.VIEW_REPORTS)
@require_safe
def funnel(request: WorkspaceRequest) -> HttpResponse:
    form = _form(request)
    context = {
        "form": form,
        "period": form.scope.period,
        "query": form.as_query(),
        "presets": presets(form, today=timezone.localdate()),
        "has_leads": Lead.objects.of(request.workspace).exists(),
    }
    return render(request, "handoff/funnel.html", context)


@workspace_view(Permission.VIEW_REPORTS)
@require_safe
def funnel_panel(request: WorkspaceRequest, panel: str) -> HttpResponse:
    """One panel, for the page's period and filters."""
    form = _form(request)
    context: dict[str, Any]
    if panel == "stages":
        context = funnel_panels.stages_panel(form.scope)
    elif panel == "acceptance":
        context = funnel_panels.acceptance_panel(form.scope)
    elif panel == "reasons":
        context = funnel_panels.reasons_panel(form.scope)
    elif panel == "times":
        context = funnel_panels.times_panel(form.scope)
    elif panel == "lines":
        context = funnel_panels.lines_panel(form.scope, form.line_by_line)
        context["switch"] = [(value, words, form.as_query(by=value)) for value, words in BY]
    else:
        raise Http404("The funnel has no such panel.")
    return render(request, f"handoff/funnel_{panel}.html", context)
