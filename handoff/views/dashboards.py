"""The dashboards: pages of panels that both teams read, each panel fetched by its own address."""

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import Permission, WorkspaceRequest, workspace_view
from handoff.dashboards import files
from handoff.dashboards.counted import counted, whole
from handoff.dashboards.pages import PAGES
from handoff.dashboards.panel import Page
from handoff.forms.dashboards import DashboardForm, presets
from handoff.metrics.summary import due_since
from leadqual.models import Lead


def asked_form(request: WorkspaceRequest, page: Page) -> DashboardForm:
    return DashboardForm(
        request.GET, workspace=request.workspace, now=timezone.now(), splits=page.splits
    )


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
    found = page_or_404(page)
    form = asked_form(request, found)
    if form.is_wordy:
        return redirect(f"{request.path}?{form.as_query()}")
    context = {
        "page": found,
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
def dashboard_panel(request: WorkspaceRequest, page: str, part: str) -> HttpResponse:
    """One panel, for the page's period, filters and split."""
    found = page_or_404(page)
    if part not in found.parts:
        raise Http404("The dashboard has no such panel.")
    asked = asked_form(request, found).asked
    context = {
        "panel": counted(found, part, asked),
        "page": found,
        "asked": asked,
        "waiting_since": due_since(request.workspace),
    }
    return render(request, "handoff/dashboards/panel.html", context)


@workspace_view(Permission.EXPORT_LEADS)
@require_safe
def dashboard_export(request: WorkspaceRequest, page: str, form: str) -> HttpResponse:
    """All tables of the page as it is shown, as a file."""
    found = page_or_404(page)
    if form not in files.FORMS:
        raise Http404("Dashboards are exported as CSV or XLSX.")
    asked = asked_form(request, found).asked
    made = files.FORMS[form](found, asked, whole(found, asked))
    answer = HttpResponse(made, content_type=files.CONTENT_TYPES[form])
    name = f"{request.workspace.slug}-{found.key}-{timezone.localdate():%Y-%m-%d}.{form}"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
