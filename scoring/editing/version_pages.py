"""The versions of a workspace to read: their history, any two compared, how far a rescore is."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.views.decorators.http import require_GET

from accounts.models import Workspace
from accounts.workspace_admin import WorkspaceAdmin
from scoring.comparison import grouped
from scoring.contents import contents_by_version
from scoring.editing.draft_forms import ComparisonForm
from scoring.history import PAGE, history
from scoring.models import ModelVersion
from scoring.rescoring import progress


class VersionPages(WorkspaceAdmin):
    """The part of the version's admin that only shows."""

    def get_urls(self) -> list[URLPattern]:
        guard, prefix = self.admin_site.admin_view, "scoring_modelversion"
        return [
            path(
                "history/<slug:workspace>/",
                guard(require_GET(self.versions_view)),
                name=f"{prefix}_versions",
            ),
            path(
                "compare/<slug:workspace>/",
                guard(require_GET(self.compare_view)),
                name=f"{prefix}_compare",
            ),
            path(
                "<int:pk>/progress/",
                guard(require_GET(self.progress_view)),
                name=f"{prefix}_progress",
            ),
            *super().get_urls(),
        ]

    def versions_view(self, request: HttpRequest, workspace: str) -> HttpResponseBase:
        here = self.one_of_mine(request, workspace)
        below = request.GET.get("below", "")
        entries = history(here, below=int(below) if below.isdecimal() else None)
        is_whole = len(entries) < PAGE or entries[-1].version.number == 1
        return self.page(
            request,
            "history",
            f"Versions of {here}",
            here=here,
            entries=entries,
            older=None if is_whole else entries[-1].version.number,
        )

    def compare_view(self, request: HttpRequest, workspace: str) -> HttpResponseBase:
        """Any two; without a choice the newest two, which is the draft where one is open."""
        here = self.one_of_mine(request, workspace)
        versions = list(ModelVersion.objects.of(here).order_by("-number"))
        newest = [version.number for version in versions[:2]]
        default = {"old": newest[-1], "new": newest[0]} if newest else {}
        form = ComparisonForm({**default, **request.GET.dict()}, versions=versions)
        facts: dict[str, Any] = {"here": here, "form": form}
        if form.is_valid():
            by_number = {version.number: version for version in versions}
            old, new = (by_number[form.cleaned_data[name]] for name in ("old", "new"))
            old.workspace = new.workspace = here
            said = contents_by_version({old, new})
            facts |= {"old": old, "new": new, "groups": grouped(said[old.pk], said[new.pk])}
        return self.page(request, "compare", f"Compare versions of {here}", **facts)

    def progress_view(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        version = self.get_queryset(request).filter(pk=pk).first()
        if version is None:
            raise Http404("No such version.")
        context = {"original": version, "rescore": rescore_of(version), "asked_again": True}
        return TemplateResponse(request, "admin/scoring/state_progress.html", context)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> Any:
        version = context.get("original")
        if isinstance(version, ModelVersion):
            context["rescore"] = rescore_of(version)
        return super().render_change_form(request, context, *args, **kwargs)

    def one_of_mine(self, request: HttpRequest, slug: str) -> Workspace:
        """The workspace of that slug, where the person configures scoring. Raises Http404."""
        for workspace in self.workspaces(request):
            if workspace.slug == slug:
                return workspace
        raise Http404("No such workspace.")

    def page(self, request: HttpRequest, name: str, title: str, **facts: Any) -> TemplateResponse:
        context = {**self.admin_site.each_context(request), "opts": self.opts, "title": title}
        return TemplateResponse(request, f"admin/scoring/{name}.html", {**context, **facts})


def rescore_of(version: ModelVersion) -> dict[str, int] | None:
    """How far the leads are scored by the version in force; None where it is another one's turn
    or all is done."""
    if version.status != ModelVersion.Status.PUBLISHED:
        return None
    under_way = progress(version.workspace)
    if under_way is None:
        return None
    done, leads = under_way
    return {"done": done, "leads": leads, "percent": min(100, 100 * done // max(leads, 1))}
