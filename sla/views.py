"""The panels that other pages hang in by URL."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import Permission, WorkspaceRequest, workspace_view
from leadqual.models import Lead
from sla.queries import clock_lines, clocks_of_lead


@workspace_view(Permission.VIEW_LEADS)
@require_safe
def lead_clocks(request: WorkspaceRequest, lead: int) -> HttpResponse:
    """The clocks of one lead: what was promised by whom until when, and how it stands."""
    row = get_object_or_404(Lead.objects.of(request.workspace), pk=lead)
    context = {
        "workspace": request.workspace,
        "lead": row,
        "lines": clock_lines(clocks_of_lead(row), now=timezone.now()),
    }
    return render(request, "sla/lead_clocks.html", context)
