"""Whether routing is fair: turns, answers and load per rep against weight."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import Permission, WorkspaceRequest, workspace_view
from handoff.fairness import fairness
from handoff.metrics.periods import Period
from handoff.routing_health import routing_health

PERIODS = {"7": "Last 7 days", "30": "Last 30 days", "90": "Last 90 days"}
USUAL = "30"


@workspace_view(Permission.VIEW_REPORTS)
@require_safe
def fairness_report(request: WorkspaceRequest) -> HttpResponse:
    """`days` in the URL says how far back: 7, 30 or 90."""
    said = request.GET.get("days", USUAL)
    days = said if said in PERIODS else USUAL
    now, zone = timezone.now(), request.workspace.zone
    period = Period.last_days(int(days), today=now.astimezone(zone).date(), zone=zone)
    context = {
        "pools": fairness(request.workspace, period, now=now),
        "period": period,
        "days": days,
        "periods": PERIODS,
        "health": routing_health(request.workspace),
        "may_configure": request.may(Permission.CONFIGURE_HANDOFF),
    }
    return render(request, "handoff/routing_fairness.html", context)
