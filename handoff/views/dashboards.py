"""The dashboards: pages of panels that both teams read, each panel fetched by its own address."""

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import Permission, WorkspaceRequest, workspace_view
from handoff.dashboards.counted import counted
from handoff.dashboards.pages import PAGES
from handoff.dashboards.panel import Page
from handoff.forms.dashboards import DashboardForm, presets
from leadqual.models import Lead


def asked_form(request: WorkspaceRequest) -> DashboardForm:
    return DashboardForm(request.GET, workspace=request.workspace, now=timezone.now())


def page_or_404(key: str) -> Page:
    try:
        return PAGES[key]
    except KeyError:
        raise Http404("There is no such dashboard.") from None


@workspace_view(Permission.VIEW_REPORTS)
@require_safe
def dashboards(request: WorkspaceRequest) -> HttpResponse:
    return redirect("dashboard", request.workspace.slug, next(iter(PAGES)))


@workspace_view(Permission.VIEW_REPORTS)
@require_safe
def dashboard(request: WorkspaceRequest, page: str) -> HttpResponse:
    form = asked_form(request)
    context = {
        "page": page_or_404(page),
        "pages": PAGES.values(),
        "form": form,
        "asked": form.asked,
        "query": form.as_query(),
        "presets": presets(form),
        "has_leads": Lead.objects.of(request.workspace).exists(),
    }
    return render(request, "handoff/dashboards/page.html", context)


@workspace_view(Permission.VIEW_REPORTS)
@require_safe
def dashboard_panel(request: WorkspaceRequest, page: str, panel: str) -> HttpResponse:
    """One panel, for the page's period, filters and split."""
    found = page_or_404(page)
    if panel not in found.parts:
        raise Http404("The dashboard has no such panel.")
    shown = counted(found, panel, asked_form(request).asked)
    return render(request, "handoff/dashboards/panel.html", {"panel": shown, "page": found})
