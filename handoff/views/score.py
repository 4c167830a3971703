"""The history of a lead's score, fetched when its place on the page is seen."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import Permission, WorkspaceRequest, workspace_view
from handoff.score_chart import ScoreChart
from handoff.views.fetch import lead_of


@workspace_view(Permission.VIEW_LEADS)
@require_safe
def score_over_time(request: WorkspaceRequest, pk: int) -> HttpResponse:
    lead = lead_of(request, pk)
    return render(
        request, "handoff/score_over_time.html", {"chart": ScoreChart(lead, now=timezone.now())}
    )
