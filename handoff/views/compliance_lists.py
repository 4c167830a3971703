"""What stands behind the figures of compliance: clocks, untouched leads, and all as a file."""

import csv
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import Permission, WorkspaceRequest, workspace_view
from handoff.compliance.clock_links import STATES, ClockCriteria
from handoff.compliance.clock_list import ClockList
from handoff.compliance.coverage import AGES
from handoff.compliance.export import table
from handoff.compliance.untouched_list import UntouchedList
from handoff.lead_exports import harmless
from handoff.views.compliance import page_context, scope_of


@workspace_view(Permission.VIEW_REPORTS)
@require_safe
def compliance_clocks(request: WorkspaceRequest) -> HttpResponse:
    scope, criteria = scope_of(request), ClockCriteria.typed(request.GET.dict())
    page = ClockList(scope, criteria, after=request.GET.get("after", ""))
    back = urlencode(scope.as_query())
    context = page_context(scope) | {"page": page, "states": STATES, "back": back}
    return render(request, "handoff/compliance/clocks.html", context)


@workspace_view(Permission.VIEW_REPORTS)
@require_safe
def untouched_leads(request: WorkspaceRequest) -> HttpResponse:
    page = UntouchedList(request.workspace, request.GET.dict(), now=timezone.now())
    return render(request, "handoff/compliance/untouched.html", {"page": page, "ages": AGES})


@workspace_view(Permission.EXPORT_LEADS)
@require_safe
def export_compliance(request: WorkspaceRequest) -> HttpResponse:
    """Every table of the page in one file, a figure a row."""
    scope = scope_of(request)
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    name = f"{request.workspace.slug}-compliance-{scope.month.code}.csv"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.write("\ufeff")  # or Excel does not take it for UTF-8
    csv.writer(answer).writerows([harmless(value) for value in row] for row in table(scope))
    return answer
