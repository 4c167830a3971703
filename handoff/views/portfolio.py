"""The portfolio: a person's workspaces side by side, as a page and as a file."""

from typing import cast

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import Permission, roles_with, signed_in_view
from accounts.models import Membership, User, Workspace
from handoff.dashboards import files
from handoff.dashboards.portfolio import SAYS, TITLE
from handoff.dashboards.portfolio import portfolio as counted
from handoff.metrics.several import waiting_since


def _mine(request: HttpRequest, permission: Permission) -> list[Workspace]:
    mine = Membership.objects.current().filter(
        user=cast(User, request.user), role__in=roles_with(permission)
    )
    rows = mine.select_related("workspace").order_by("workspace__name", "pk")
    return [one.workspace for one in rows]


@signed_in_view
@require_safe
def portfolio(request: HttpRequest) -> HttpResponse:
    """Who has one workspace reads its dashboards instead."""
    mine = _mine(request, Permission.VIEW_REPORTS)
    if not mine:
        return redirect("workspaces")
    if len(mine) == 1:
        return redirect("dashboards", mine[0].slug)
    context = {
        "title": TITLE,
        "says": SAYS,
        "panel": counted(mine, now=timezone.now()),
        "waiting_since": waiting_since(mine),
        "may_export": bool(_mine(request, Permission.EXPORT_LEADS)),
    }
    return render(request, "handoff/dashboards/portfolio.html", context)


@signed_in_view
@require_safe
def portfolio_export(request: HttpRequest, form: str) -> HttpResponse:
    """The rows of those workspaces that the person may export from."""
    if form not in files.CONTENT_TYPES:
        raise Http404("The portfolio is exported as CSV or XLSX.")
    mine = _mine(request, Permission.EXPORT_LEADS)
    if not mine:
        raise PermissionDenied("You may not export from any of your workspaces.")
    now = timezone.now()
    made = files.panel_as(form, TITLE, counted(mine, now=now), now=now)
    answer = HttpResponse(made, content_type=files.CONTENT_TYPES[form])
    name = f"portfolio-{now:%Y-%m-%d}.{form}"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
