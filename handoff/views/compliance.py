"""Compliance: both sides on one page, panels fetched by their own addresses."""

from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import Permission, WorkspaceRequest, workspace_view
from handoff.compliance.counted_once import counted_once
from handoff.compliance.months import DEFAULTS, Scope
from handoff.compliance.panels import PANELS
from handoff.models import ReviewItem

ITEMS_SHOWN = 5


def scope_of(request: WorkspaceRequest) -> Scope:
    asked = request.GET
    return Scope.typed(
        request.workspace,
        month=asked.get("month", ""),
        version=asked.get("version", ""),
        now=timezone.now(),
    )


@workspace_view(Permission.VIEW_REPORTS)
@require_safe
def compliance(request: WorkspaceRequest) -> HttpResponse:
    scope = scope_of(request)
    context = page_context(scope) | {
        "items": list(
            ReviewItem.objects.of(request.workspace)
            .open()
            .select_related("owner", "agreement")
            .order_by("opened_at", "pk")[:ITEMS_SHOWN]
        ),
        "may_export": request.may(Permission.EXPORT_LEADS),
    }
    return render(request, "handoff/compliance/page.html", context)


def page_context(scope: Scope) -> dict[str, Any]:
    """Which month and version the page shows, and the ways to others."""
    this_month = scope.now.astimezone(scope.workspace.zone).date().replace(day=1)
    after = scope.month.after()
    return {
        "scope": scope,
        "query": urlencode(scope.as_query()),
        "version_query": urlencode({"version": scope.version} if scope.version else {}),
        "is_running": scope.month.first == this_month,
        "next_month": after if after.first <= this_month else None,
        "months": _months(scope),
        "versions": [
            *((str(one.number), f"Agreement {one.number}") for one in scope.agreements),
            (DEFAULTS, "The defaults"),
        ],
    }


def _months(scope: Scope) -> list[tuple[str, str]]:
    """The last twelve, and the one shown where it lies before them."""
    today = scope.now.astimezone(scope.workspace.zone).date()
    month = type(scope.month)(today.replace(day=1), scope.workspace.zone)
    found = []
    for _ in range(12):
        found.append((month.code, month.words))
        month = month.before()
    shown = (scope.month.code, scope.month.words)
    return found if shown in found else [*found, shown]


@workspace_view(Permission.VIEW_REPORTS)
@require_safe
def compliance_panel(request: WorkspaceRequest, panel: str) -> HttpResponse:
    """One panel, for the page's month and version."""
    if panel not in PANELS:
        raise Http404("Compliance has no such panel.")
    scope = scope_of(request)
    context = {"scope": scope, **counted_once(panel, scope, PANELS[panel])}
    return render(request, f"handoff/compliance/{panel}.html", context)
