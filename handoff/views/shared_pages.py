"""Dashboards shared by a link: making and taking back, and what a stranger with a link sees."""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.contrib import messages
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.access import Permission, WorkspaceRequest, public_view, workspace_view
from handoff.dashboards.counted import counted
from handoff.dashboards.pages import PAGES
from handoff.dashboards.shared import (
    LinkIsOver,
    NoSuchLink,
    asked_by,
    for_strangers,
    opened_by,
    share_page,
    take_back,
)
from handoff.forms.shared_pages import ShareForm
from handoff.metrics.summary import due_since
from handoff.metrics.words import filter_words
from handoff.models import SharedPage
from handoff.views.answers import REFUSED
from handoff.views.dashboards import asked_form, page_or_404


@workspace_view(Permission.SHARE_REPORTS)
def share_dashboard(request: WorkspaceRequest, page: str) -> HttpResponse:
    """Asks for how long; after a POST it shows the address, this once."""
    found = page_or_404(page)
    asked, form = asked_form(request, found), ShareForm(request.POST or None)
    context: dict[str, Any] = {
        "page": found,
        "asked": asked.asked,
        "filters": filter_words(asked.asked.scope),
        "query": asked.as_query(),
        "form": form,
    }
    if request.method == "POST" and form.is_valid():
        link, token = share_page(
            request.workspace,
            page=found,
            query=asked.as_query(),
            by=request.user,
            now=timezone.now(),
            **form.cleaned_data,
        )
        address = request.build_absolute_uri(reverse("shared_page", args=[token]))
        context |= {"link": link, "address": address}
    status = REFUSED if form.is_bound and form.errors else 200
    return render(request, "handoff/dashboards/share.html", context, status=status)


@workspace_view(Permission.SHARE_REPORTS)
@require_safe
def shared_pages(request: WorkspaceRequest) -> HttpResponse:
    links = SharedPage.objects.of(request.workspace).select_related("created_by")
    now = timezone.now()
    shown = [
        {"link": link, "page": PAGES.get(link.page), "is_valid": _is_valid(link, now)}
        for link in links.order_by("-created_at", "-pk")[:200]
    ]
    return render(request, "handoff/dashboards/shared_pages.html", {"links": shown})


def _is_valid(link: SharedPage, now: datetime) -> bool:
    return link.revoked_at is None and link.expires_at > now


@workspace_view(Permission.SHARE_REPORTS)
@require_POST
def revoke_shared_page(request: WorkspaceRequest, pk: int) -> HttpResponse:
    link = get_object_or_404(SharedPage.objects.of(request.workspace), pk=pk)
    take_back(link, at=timezone.now())
    messages.success(request, "The link shows nothing any more.")
    return redirect("shared_pages", request.workspace.slug)


def _with_a_link(view: Callable[..., HttpResponse]) -> Any:
    """Finds the link behind the token, in its workspace's days and hours; keeps the address secret:
    it is the right to read."""

    @never_cache
    @require_safe
    @wraps(view)
    def enter(request: HttpRequest, token: str, **kwargs: Any) -> HttpResponse:
        if _is_too_often(request, timezone.now()):
            return _secret(render(request, "handoff/dashboards/shared_slow.html", status=429))
        try:
            link = opened_by(token, now=timezone.now())
        except NoSuchLink:
            raise Http404("No such page.") from None
        except LinkIsOver as over:
            context = {"link": over.link}
            answer = render(request, "handoff/dashboards/shared_over.html", context, status=410)
            return _secret(answer)
        with timezone.override(link.workspace.zone):
            return _secret(view(request, link, token, **kwargs))

    declared: Any = enter  # its own words for “any further arguments” are not those of the type
    return public_view(declared)


def _is_too_often(request: HttpRequest, now: datetime) -> bool:
    """Counted by five minutes. allauth's own counting answers “too often” to what comes at once, as
    the panels of a page do."""
    window = int(now.timestamp()) // 300
    key = f"shared-page:{get_adapter(request).get_client_ip(request)}:{window}"
    cache.add(key, 0, timeout=600)
    try:
        return cache.incr(key) > settings.SHARED_PAGE_REQUESTS
    except ValueError:  # thrown out of the cache in between
        return False


def _secret(response: HttpResponse) -> HttpResponse:
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


@_with_a_link
def shared_page(request: HttpRequest, link: SharedPage, token: str) -> HttpResponse:
    page = page_or_404(link.page)
    asked = asked_by(link, page, now=timezone.now())
    context = {
        "page": page,
        "link": link,
        "token": token,
        "asked": asked,
        "filters": filter_words(asked.scope),
        "workspace": link.workspace,
    }
    return render(request, "handoff/dashboards/shared.html", context)


@_with_a_link
def shared_panel(request: HttpRequest, link: SharedPage, token: str, panel: str) -> HttpResponse:
    page = page_or_404(link.page)
    if panel not in page.parts:
        raise Http404("The page has no such panel.")
    asked = asked_by(link, page, now=timezone.now())
    context = {
        "panel": for_strangers(counted(page, panel, asked)),
        "page": page,
        "asked": asked,
        "workspace": link.workspace,
        "waiting_since": due_since(link.workspace),
    }
    return render(request, "handoff/dashboards/panel.html", context)
