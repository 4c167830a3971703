"""The admin lets in whoever configures at least one workspace, and shows them theirs."""

from collections.abc import Callable
from functools import update_wrapper
from typing import Any

from django.contrib import admin, auth
from django.contrib.auth.views import redirect_to_login
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.templatetags.static import static
from django.urls import URLPattern, URLResolver, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.text import capfirst
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST
from unfold.sites import UnfoldAdminSite

from accounts.access import ADMIN_PERMISSIONS
from accounts.models import User
from accounts.recent_changes import recent_changes
from accounts.workspace_scope import workspaces_of

GROUPS = ("Scoring", "Hand-off", "SLA", "Sources", "Workspaces", "Installation")
"""The headings of the sidebar, in order; each ModelAdmin names one of them."""


class WorkspaceAdminSite(UnfoldAdminSite):  # type: ignore[misc]
    """Anonymous people go to the product's own login; members without a permission see nothing."""

    index_title = "What you may configure"
    index_template = "admin/start.html"

    def has_permission(self, request: HttpRequest) -> bool:
        user = request.user
        if not isinstance(user, User) or not user.is_active:
            return False
        return user.is_superuser or bool(workspaces_of(request, *ADMIN_PERMISSIONS))

    def admin_view(
        self, view: Callable[..., HttpResponseBase], cacheable: bool = False
    ) -> Callable[..., HttpResponseBase]:
        guarded = super().admin_view(view, cacheable)

        def enter(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            if not self.has_permission(request):
                raise Http404("No such page.")
            response: HttpResponseBase = guarded(request, *args, **kwargs)
            return response

        update_wrapper(enter, guarded)
        enter.access = "admin"  # type: ignore[attr-defined]  # see accounts.access
        return enter

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        recent = {"changes": recent_changes(self, request)}
        page: TemplateResponse = super().index(request, {**(extra_context or {}), **recent})
        return page

    def get_urls(self) -> list[URLPattern | URLResolver]:
        # “View on site” redirects to any row of any table by its id, whosever it is.
        return [url for url in super().get_urls() if getattr(url, "name", "") != "view_on_site"]

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        """Never a login form of its own: a second factor must not be walked around."""
        index = reverse(f"{self.name}:index")
        wanted = request.GET.get("next", "")
        safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()})
        if not request.user.is_authenticated:
            return redirect_to_login(wanted if safe else index)
        if not self.has_permission(request):
            raise Http404("No such page.")
        return HttpResponseRedirect(index)

    def logout(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        return _leave(request)

    def password_change(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        return redirect("account_change_password")

    def search(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Unfold's, without its cache: what somebody may see can end within its five minutes."""
        term = request.GET.get("s", "").strip().lower()
        if not term:
            return HttpResponse()
        apps = self.get_app_list(request)
        results = self._search_models(request, apps, term)
        results = self._search_apps(apps, term) + results
        page = Paginator(results, 100).get_page(request.GET.get("page"))
        extended = "extended" in request.GET
        name = "command_results" if extended else "search_results"
        context = {
            "page_obj": page.paginator,
            "results": page,
            "page_counter": (page.number - 1) * 100,
            "execution_time": 0,
            "command_show_history": False,
        }
        return TemplateResponse(
            request, f"unfold/helpers/{name}.html", context, headers={"HX-Trigger": "search"}
        )


@never_cache
@require_POST
def _leave(request: HttpRequest) -> HttpResponseBase:
    auth.logout(request)
    return redirect("account_login")


def theme(request: HttpRequest) -> str:
    """The theme chosen in the profile; empty where the device decides (Unfold offers a switch)."""
    chosen = getattr(request.user, "theme", User.Theme.AUTO)
    return "" if chosen == User.Theme.AUTO else str(chosen)


def mark(request: HttpRequest) -> str:
    return static("img/leadqual.svg")


def stylesheet(request: HttpRequest) -> str:
    return static("css/admin.css")


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """The sidebar: back to the portal, then what the person may configure, in plain groups."""
    back = {"title": "Back to leadqual", "icon": "arrow_back", "link": "/", "active": False}
    groups: dict[str, list[Any]] = {name: [] for name in GROUPS}
    for model, model_admin in admin.site._registry.items():
        group = getattr(model_admin, "group", "")
        if not group or not model_admin.has_module_permission(request):
            continue
        meta = model._meta
        groups[group].append(
            {
                "title": getattr(model_admin, "menu_title", "")
                or capfirst(meta.verbose_name_plural),
                "icon": getattr(model_admin, "icon", "") or "tune",
                "link": reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist"),
                "about": getattr(model_admin, "about", ""),
                "order": getattr(model_admin, "menu_order", 50),
            }
        )
    filled: list[dict[str, Any]] = [
        {"title": title, "items": sorted(items, key=lambda item: (item["order"], item["title"]))}
        for title, items in groups.items()
        if items
    ]
    return [{"items": [back]}, *filled]
