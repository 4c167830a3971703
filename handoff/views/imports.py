"""Leads from a file, in the browser: send it, map its columns, preview, run, look at what came."""

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.text import slugify
from django.views.decorators.http import require_POST, require_safe

from accounts.access import Permission, WorkspaceRequest, workspace_view
from handoff.forms.imports import ColumnsForm, UploadForm
from handoff.imports import runs, uploads
from handoff.imports.files import BadFile, open_table
from handoff.imports.maps import from_dict
from handoff.imports.toml import write_map
from handoff.models import ImportRun
from handoff.views.answers import REFUSED

PAGE = 30


def _run(request: WorkspaceRequest, pk: int) -> ImportRun:
    return get_object_or_404(ImportRun.objects.of(request.workspace).select_related("by"), pk=pk)


@workspace_view(Permission.IMPORT_LEADS)
@require_safe
def imports(request: WorkspaceRequest) -> HttpResponse:
    found = ImportRun.objects.of(request.workspace).select_related("by").order_by("-pk")
    found = found.defer("mapping", "refusals", "flags", "preview")
    if (before := request.GET.get("before", "")).isdecimal():
        found = found.filter(pk__lt=int(before))
    rows = list(found[: PAGE + 1])
    older = rows[PAGE - 1].pk if len(rows) > PAGE else None
    return render(request, "handoff/imports.html", {"runs": rows[:PAGE], "older": older})


@workspace_view(Permission.IMPORT_LEADS)
def import_new(request: WorkspaceRequest) -> HttpResponse:
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            run = uploads.receive(
                request.workspace,
                form.cleaned_data["file"],
                by=request.user,
                now=timezone.now(),
            )
        except BadFile as problem:
            form.add_error("file", str(problem))
        else:
            return _mapped(request, run, form)
    status = REFUSED if form.is_bound else 200
    return render(request, "handoff/import_new.html", {"form": form}, status=status)


def _mapped(request: WorkspaceRequest, run: ImportRun, form: UploadForm) -> HttpResponse:
    """With a map file straight to the preview, else to the columns."""
    if whole := form.cleaned_data["map_file"]:
        runs.ask_for_preview(run, whole)
        return redirect("import_run", request.workspace.slug, run.pk)
    return redirect("import_columns", request.workspace.slug, run.pk)


@workspace_view(Permission.IMPORT_LEADS)
def import_columns(request: WorkspaceRequest, pk: int) -> HttpResponse:
    run = _run(request, pk)
    if not run.can_be_mapped:
        return redirect("import_run", request.workspace.slug, pk)
    try:
        table = open_table(uploads.stored(run.stored_as), name=run.file_name)
        form = ColumnsForm(request.POST or None, table=table, workspace=request.workspace)
    except BadFile as problem:
        messages.error(request, str(problem))
        return redirect("import_new", request.workspace.slug)
    if request.method == "POST" and form.is_valid():
        runs.ask_for_preview(run, form.cleaned_data["map"])
        return redirect("import_run", request.workspace.slug, pk)
    status = REFUSED if form.is_bound else 200
    return render(request, "handoff/import_columns.html", {"form": form, "run": run}, status=status)


@workspace_view(Permission.IMPORT_LEADS)
@require_safe
def import_run(request: WorkspaceRequest, pk: int) -> HttpResponse:
    run = _run(request, pk)
    if run.status == ImportRun.Status.UPLOADED:
        return redirect("import_columns", request.workspace.slug, pk)
    return render(request, "handoff/import_run.html", {"run": run})


@workspace_view(Permission.IMPORT_LEADS)
@require_safe
def import_progress(request: WorkspaceRequest, pk: int) -> HttpResponse:
    """The part of the page that follows the run; the page asks for it while it is at work."""
    return render(request, "handoff/import_progress.html", {"run": _run(request, pk)})


@workspace_view(Permission.IMPORT_LEADS)
@require_POST
def import_start(request: WorkspaceRequest, pk: int) -> HttpResponse:
    if not runs.start(_run(request, pk)):
        messages.info(request, "This import was started already.")
    return redirect("import_run", request.workspace.slug, pk)


@workspace_view(Permission.IMPORT_LEADS)
@require_POST
def import_discard(request: WorkspaceRequest, pk: int) -> HttpResponse:
    run = _run(request, pk)
    if run.is_at_work or run.has_written:
        messages.info(request, "This import is at work or has written leads; it stays here.")
        return redirect("import_run", request.workspace.slug, pk)
    uploads.discard(run)
    messages.success(request, f"{run.file_name} is deleted. Nothing was imported.")
    return redirect("imports", request.workspace.slug)


@workspace_view(Permission.IMPORT_LEADS)
@require_safe
def import_refused(request: WorkspaceRequest, pk: int) -> HttpResponseBase:
    """The refused rows with their reasons: correct them there and import the file."""
    run = _run(request, pk)
    path = uploads.stored(run.refused_as)
    if not run.refused_as or not path.is_file():
        raise Http404("The refused rows of this import are not kept any more.")
    name = f"refused-{slugify(run.file_name.rsplit('.', 1)[0]) or 'rows'}.csv"
    return FileResponse(path.open("rb"), as_attachment=True, filename=name)


@workspace_view(Permission.IMPORT_LEADS)
@require_safe
def import_map(request: WorkspaceRequest, pk: int) -> HttpResponse:
    """The map as a file, to run the same import again from a shell or with another file."""
    run = _run(request, pk)
    if not run.mapping:
        raise Http404("This import has no map yet.")
    answer = HttpResponse(write_map(from_dict(run.mapping)), content_type="application/toml")
    answer["Content-Disposition"] = f'attachment; filename="import-{run.pk}.toml"'
    return answer
