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
from scoring.editing.blocking import blocked
from scoring.editing.grades_now import grades_now
from scoring.editing.known_names import Known, hysteresis_of
from scoring.editing.matching import COUNTED, matches
from scoring.editing.matching_rows import rules_in
from scoring.editing.signal_matching import DAYS, matching_events
from scoring.editing.version_parts import known_of
from scoring.engine.rules import rules_of
from scoring.models import Disqualifier, GradeCell, ModelVersion, QualificationRule, Signal
from scoring.second_looks import of_row
from scoring.versions import published_version

BESIDE = "Beside each grade stands how many of the scored leads are there now."


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
        known = known_of(request, version)
        return JsonResponse(_of_stored_rows(known) | _of_cells(known))

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
        known, row = known_of(request, version), form.instance
        whole, alone = (Contents(known.settings(), p) for p in (parts, _with_only(parts, form)))
        told = {"words": form.in_words(), **_told(known, alone, whole=whole).get(id(row), {})}
        if isinstance(row, QualificationRule):
            told["hysteresis"] = hysteresis_of(whole)
        return told


def _with_only(parts: Mapping[Any, list[Any]], form: Any) -> dict[Any, list[Any]]:
    """Of the rules this one; of what it refers to, everything."""
    row = form.instance
    kept = {part: rows for part, rows in parts.items() if part not in COUNTED or _referred(part)}
    return {**kept, type(row): kept.get(type(row)) or [row]}


def _referred(part: Any) -> bool:
    return part._meta.model_name in ("icpcriterion", "personaline", "titleline")


def _of_stored_rows(known: Known) -> dict[str, Any]:
    """By the name of the part and the row's id, what is to be said of each."""
    told = _told(known, known.contents, whole=known.contents)
    return {
        f"{part._meta.model_name}s-{row.pk}": told[id(row)]["matches"]
        for part in COUNTED
        for row in known.contents.rows(part)
    }


def _of_cells(known: Known) -> dict[str, Any]:
    """By the cell of the matrix who stands there now, and under “grades” by which scores."""
    try:
        told = grades_now(known.version, known.contents.rows(GradeCell))
    except TooManyToCount as error:
        return {"grades": str(error)}
    cells = {f"gradecells-{pk}": sentence for pk, sentence in told.items()}
    return cells | {"grades": f"{BESIDE} {_whose_scores(known.version, known.contents)}".strip()}


def _told(known: Known, contents: Contents, *, whole: Contents) -> dict[int, dict[str, Any]]:
    """By the row's id(); `whole` is the model that the contents are, or are of."""
    rows = [row for part in COUNTED for row in contents.rows(part)]
    try:
        found = matches(known.version, contents, now=datetime.now(UTC))
    except TooManyToCount as error:
        return {id(row): {"matches": str(error)} for row in rows}
    whose = _whose_scores(known.version, whole) if contents.rows(QualificationRule) else ""
    told = {}
    for row in rows:
        said = [found[id(row)].sentence(), of_row(row, whole, known.facts)]
        if isinstance(row, QualificationRule):
            said.append(whose)
        elif isinstance(row, Disqualifier) and (blocks := blocked(found[id(row)])):
            said.append(f"This disqualifier {blocks}.")
        told[id(row)] = {"matches": " ".join(filter(None, said))}
    return told


def _whose_scores(version: ModelVersion, whole: Contents) -> str:
    """Ways to qualify are held against the scores there are: those of other rules, perhaps."""
    there = published_version(version.workspace_id)
    if there is None or rules_in(version, whole).meaning() == rules_of(there).meaning():
        return ""
    return f"That is by the scores of version {there.number}; the preview counts with these rules."


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
