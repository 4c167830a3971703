"""How many leads or events match, for the admin's pages where rules and signals are written.

Fetched by the page after it is shown, and again for the row that is being typed; nothing of what
is sent here is saved.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponseBase, JsonResponse
from django.urls import URLPattern, path
from django.views.decorators.http import require_POST

from accounts.workspace_admin import WorkspaceAdmin
from leadqual.patience import TooManyToCount
from scoring.contents import Contents
from scoring.editing.known_names import Known
from scoring.editing.matching import COUNTED, matches
from scoring.editing.signal_matching import DAYS, matching_events
from scoring.editing.version_parts import known_of
from scoring.models import ModelVersion, Signal


class MatchingRules(WorkspaceAdmin):
    """The part of the version's admin that counts leads."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.matching_view)
        name = "scoring_modelversion_matching"
        return [path("<int:pk>/matching/", view, name=name), *super().get_urls()]

    def matching_view(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        version = self.get_queryset(request).filter(pk=pk).first()
        if version is None:
            raise Http404("No such version.")
        if request.method == "POST":
            if not self.has_change_permission(request, version):
                raise Http404("No such draft.")
            return JsonResponse(self._of_typed_row(request, version))
        return JsonResponse(_of_stored_rows(known_of(request, version)))

    def _of_typed_row(self, request: HttpRequest, version: ModelVersion) -> dict[str, Any]:
        """The row named by `row`, such as attributerules-3, with the rest of its form as sent."""
        wanted = request.POST.get("row", "")
        formsets, _ = self._create_formsets(request, version, change=True)
        rows = {form.prefix: form for formset in formsets for form in formset.forms}
        if wanted not in rows:
            raise Http404("No such row.")
        form = rows[wanted]
        if form.errors:
            errors = [
                f"{form.fields[name].label}: {error}" if name in form.fields else error
                for name, told in form.errors.items()
                for error in told
            ]
            return {"errors": errors}
        if not getattr(form, "cleaned_data", None):
            return {}
        parts = {
            formset.model: [f.instance for f in formset.kept() if not f.errors]
            for formset in formsets
        }
        typed = Contents(known_of(request, version).contents.settings, _with_only(parts, form))
        return {"words": form.in_words(), **_told(version, typed).get(id(form.instance), {})}


def _with_only(parts: Mapping[Any, list[Any]], form: Any) -> dict[Any, list[Any]]:
    """Of the rules this one; of what it refers to, everything."""
    row = form.instance
    kept = {part: rows for part, rows in parts.items() if part not in COUNTED or _referred(part)}
    return {**kept, type(row): kept.get(type(row)) or [row]}


def _referred(part: Any) -> bool:
    return part._meta.model_name in ("icpcriterion", "personaline", "titleline")


def _of_stored_rows(known: Known) -> dict[str, Any]:
    """By the name of the part and the row's id, what is to be said of each."""
    told = _told(known.version, known.contents)
    return {
        f"{part._meta.model_name}s-{row.pk}": told[id(row)]["matches"]
        for part in COUNTED
        for row in known.contents.rows(part)
    }


def _told(version: ModelVersion, contents: Contents) -> dict[int, dict[str, str]]:
    rows = [row for part in COUNTED for row in contents.rows(part)]
    try:
        found = matches(version, contents, now=datetime.now(UTC))
    except TooManyToCount as error:
        return {id(row): {"matches": str(error)} for row in rows}
    return {row: {"matches": match.sentence()} for row, match in found.items()}


class MatchingSignals(WorkspaceAdmin):
    """The part of the signals' admin that counts events."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_POST(self.matching_view))
        return [path("matching/", view, name="scoring_signal_matching"), *super().get_urls()]

    def matching_view(self, request: HttpRequest) -> HttpResponseBase:
        slug = request.GET.get("workspace", "")
        workspace = next((w for w in self.workspaces(request) if w.slug == slug), None)
        if workspace is None:
            raise Http404("No such workspace.")
        request._admin_workspace = workspace  # type: ignore[attr-defined]
        form = self.get_form(request)(request.POST, instance=Signal(workspace=workspace))
        form.is_valid()
        asked = [name for name in form.fields if name not in ("name", "code")]
        errors = [
            f"{form.fields[name].label}: {error}" for name in asked for error in form[name].errors
        ]
        if errors:
            return JsonResponse({"errors": errors})
        now = datetime.now(UTC)
        try:
            said = matching_events(form.instance, since=now - timedelta(days=DAYS), until=now)
        except TooManyToCount:
            return JsonResponse({"matches": "There are too many events to count at once."})
        return JsonResponse({"matches": said})
