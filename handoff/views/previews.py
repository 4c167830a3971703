"""What a draft would have done: asked for, followed, stopped, read."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.access import Permission, WorkspaceRequest, workspace_view
from handoff import previews as asking
from handoff.preview_panels import panels
from handoff.views.answers import is_htmx
from leadqual.models import Lead
from scoring.models import ModelVersion, Preview
from scoring.previews import runs

SHOWN = 50


def _preview(request: WorkspaceRequest, pk: int) -> Preview:
    found = Preview.objects.of(request.workspace).defer("partial")
    return get_object_or_404(
        found.select_related("version", "against", "requested_by", "workspace"), pk=pk
    )


@workspace_view(Permission.VIEW_REPORTS)
@require_safe
def previews(request: WorkspaceRequest) -> HttpResponse:
    found = Preview.objects.of(request.workspace).defer("partial", "report")
    shown = found.select_related("version", "requested_by")[:SHOWN]
    weighable = Preview.objects.weighable().filter(pk__in=[each.pk for each in shown])
    context = {
        "previews": shown,
        "weighable": set(weighable.values_list("pk", flat=True)),
        "candidates": _candidates(request),
        "has_leads": Lead.objects.of(request.workspace).exists(),
    }
    return render(request, "handoff/previews.html", context)


def _candidates(request: WorkspaceRequest) -> list[ModelVersion]:
    """The versions that one may want to preview: the draft, and a shadow beside it."""
    status = ModelVersion.Status
    versions = ModelVersion.objects.of(request.workspace)
    return list(versions.filter(status__in=[status.DRAFT, status.SHADOW]).order_by("number"))


@workspace_view(Permission.CONFIGURE_SCORING)
@require_POST
def preview_start(request: WorkspaceRequest) -> HttpResponse:
    wanted = request.POST.get("version", "")
    versions = ModelVersion.objects.of(request.workspace).select_related("workspace")
    version = get_object_or_404(versions, pk=int(wanted) if wanted.isdecimal() else 0)
    try:
        preview = asking.ask(version, by=request.user, now=timezone.now())
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
        return redirect("previews", request.workspace.slug)
    return redirect("preview", request.workspace.slug, preview.pk)


@workspace_view(Permission.VIEW_REPORTS)
@require_safe
def preview(request: WorkspaceRequest, pk: int) -> HttpResponse:
    found = _preview(request, pk)
    context = {"preview": found, "changed": _has_changed(found)}
    if found.report:
        context |= panels(found)
    return render(request, "handoff/preview.html", context)


def _has_changed(preview: Preview) -> bool:
    """Whether the draft says something else by now; other versions cannot."""
    if preview.version.status != ModelVersion.Status.DRAFT:
        return False
    return runs.fingerprint(preview.version) != preview.fingerprint


@workspace_view(Permission.VIEW_REPORTS)
@require_safe
def preview_progress(request: WorkspaceRequest, pk: int) -> HttpResponse:
    """The part that follows the run; when it ends, the whole page comes anew.

    A page that follows a preview of a draft discarded meanwhile is told so, and asks no more.
    """
    try:
        found = _preview(request, pk)
    except Http404:
        if not is_htmx(request):
            raise
        return render(request, "handoff/preview_gone.html")
    answer = render(request, "handoff/preview_progress.html", {"preview": found})
    if not found.is_at_work:
        answer["HX-Refresh"] = "true"
    return answer


@workspace_view(Permission.CONFIGURE_SCORING)
@require_POST
def preview_stop(request: WorkspaceRequest, pk: int) -> HttpResponse:
    found = _preview(request, pk)
    if not runs.stop(found, now=timezone.now()):
        messages.info(request, "The preview had ended already.")
    return redirect("preview", request.workspace.slug, found.pk)
