"""The leads that the list shows, as a file."""

from django.contrib import messages
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe
from import_export.formats.base_formats import XLSX
from tablib import Dataset

from accounts.access import Permission, WorkspaceRequest, workspace_view
from handoff.lead_exports import XLSX_ROWS, csv_lines, export_rows, header
from handoff.views.leads import filtered


@workspace_view(Permission.EXPORT_LEADS)
@require_safe
def export_leads(request: WorkspaceRequest, form: str) -> HttpResponseBase:
    leads, workspace, now = filtered(request).leads, request.workspace, timezone.now()
    name = f"{request.workspace.slug}-leads-{timezone.localdate():%Y-%m-%d}.{form}"
    answer: HttpResponseBase
    if form == "csv":
        answer = StreamingHttpResponse(
            csv_lines(leads, workspace=workspace, now=now), content_type="text/csv; charset=utf-8"
        )
    elif form == "xlsx":
        if leads[: XLSX_ROWS + 1].count() > XLSX_ROWS:
            text = f"A spreadsheet holds up to {XLSX_ROWS:,} leads. Narrow the filter, or take CSV."
            messages.warning(request, text)
            address = reverse("leads", args=[request.workspace.slug])
            return redirect(f"{address}?{request.GET.urlencode()}")
        rows = export_rows(leads, workspace=workspace, now=now)
        answer = HttpResponse(
            XLSX().export_data(Dataset(*rows, headers=header(workspace))),
            content_type=XLSX().get_content_type(),
        )
    else:
        raise Http404("Leads are exported as CSV or XLSX.")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
