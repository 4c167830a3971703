"""In-app notices: the bell, its panel and the page. (Written by leadqual.outbox.notify.)"""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from accounts.access import Permission, WorkspaceRequest, workspace_view
from accounts.models import Membership, WorkspaceQuerySet
from leadqual.models import Notice

BELL_COUNTS_TO = 99
PANEL_SHOWS = 6
PAGE_SHOWS = 50


def unread(request: HttpRequest) -> dict[str, Any]:
    """`unread_notices`: how many the person has not read here, counted only where shown."""
    membership: Membership | None = getattr(request, "membership", None)
    if membership is None:
        return {}
    return {"unread_notices": SimpleLazyObject(lambda: count_unread(membership))}


def count_unread(membership: Membership) -> int:
    """Counted up to one more than the bell shows, so that a flood costs no more than a page."""
    return notices_of(membership).filter(read_at=None)[: BELL_COUNTS_TO + 1].count()


def notices_of(membership: Membership) -> WorkspaceQuerySet[Notice]:
    """The person's notices in this workspace, newest first."""
    mine = Notice.objects.of(membership.workspace).filter(user=membership.user)
    return mine.order_by("-created_at", "-pk")


@workspace_view(Permission.VIEW_LEADS)
@require_safe
def notices(request: WorkspaceRequest) -> HttpResponse:
    """All notices, a page at a time: `?before=` is the last one of the page before."""
    shown = notices_of(request.membership)
    before = request.GET.get("before", "")
    if before.isdecimal():
        last = get_object_or_404(shown, pk=before)
        shown = shown.filter(created_at__lte=last.created_at).exclude(
            created_at=last.created_at, pk__gte=last.pk
        )
    page = list(shown[: PAGE_SHOWS + 1])
    more = len(page) > PAGE_SHOWS
    context = {"notices": page[:PAGE_SHOWS], "more": more, "is_first_page": not before}
    return render(request, "leadqual/notices.html", context)


@workspace_view(Permission.VIEW_LEADS)
@require_safe
def notices_panel(request: WorkspaceRequest) -> HttpResponse:
    """The newest few, for the menu below the bell."""
    newest = notices_of(request.membership)[:PANEL_SHOWS]
    return render(request, "leadqual/_notices_panel.html", {"notices": newest})


@workspace_view(Permission.VIEW_LEADS)
@require_safe
def notices_count(request: WorkspaceRequest) -> HttpResponse:
    """The bell's number, which asks again by itself."""
    return render(request, "leadqual/_notices_count.html")


@workspace_view(Permission.VIEW_LEADS)
@require_POST
def read_notice(request: WorkspaceRequest, notice: int) -> HttpResponse:
    """Mark it read and go to the page that it is about."""
    found = get_object_or_404(notices_of(request.membership), pk=notice)
    notices_of(request.membership).filter(pk=found.pk, read_at=None).update(read_at=timezone.now())
    is_ours = url_has_allowed_host_and_scheme(found.url, allowed_hosts=None)
    return redirect(found.url if is_ours else reverse("notices", args=[request.workspace.slug]))


@workspace_view(Permission.VIEW_LEADS)
@require_POST
def read_all_notices(request: WorkspaceRequest) -> HttpResponse:
    notices_of(request.membership).filter(read_at=None).update(read_at=timezone.now())
    return redirect("notices", request.workspace.slug)
