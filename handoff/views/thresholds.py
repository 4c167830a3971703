"""Thresholds with sliders, weighed on the latest preview while they move."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import F
from django.db.models.lookups import IsNull
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.access import Permission, WorkspaceRequest, workspace_view
from handoff.forms.thresholds import SCALES, Purpose, ThresholdsForm, asked_in
from handoff.views.answers import REFUSED
from scoring.models import ModelVersion, Preview
from scoring.previews.thresholds import (
    Thresholds,
    has_other_rules,
    put_into_draft,
    single_way,
    weigh,
)
from scoring.versions import published_version

STEPS = (-15, -10, -5, 0, 5, 10, 15)
"""Neighbouring totals in the table."""
TITLES = {Purpose.MQL: "MQL from", Purpose.HANDOFF: "Handed to sales from"}


def _weighed(request: WorkspaceRequest) -> Preview | None:
    """The one that the address names; else the latest that a person asked for, or any."""
    found = Preview.objects.of(request.workspace).weighable().defer("partial")
    found = found.select_related("version", "workspace")
    named = request.GET.get("preview", "")
    if named.isdecimal() and len(named) < 19 and (one := found.filter(pk=named).first()):
        return one
    return found.order_by(IsNull(F("requested_by"), True), "-pk").first()


def _draft(request: WorkspaceRequest) -> ModelVersion | None:
    return ModelVersion.objects.of(request.workspace).draft().first()


@workspace_view(Permission.VIEW_REPORTS)
@require_safe
def thresholds(request: WorkspaceRequest) -> HttpResponse:
    return _page(request)


def _page(request: WorkspaceRequest, refused: ThresholdsForm | None = None) -> HttpResponse:
    """The sliders where the draft stands, where the address says, or where they were when they
    were `refused`."""
    preview, draft = _weighed(request), _draft(request)
    running = published_version(request.workspace)
    context: dict[str, Any] = {
        "preview": preview,
        "draft": draft,
        "running": running.number if running else None,
    }
    if preview is None:
        context["has_older"] = Preview.objects.of(request.workspace).done().exists()
    elif preview.report:
        context["has_other_rules"] = draft and has_other_rules(draft, preview.report)
        context["groups"] = [
            _group(preview, draft or preview.version, purpose, refused, request.GET)
            for purpose in Purpose
        ]
    status = REFUSED if refused else 200
    return render(request, "handoff/thresholds.html", context, status=status)


def _group(
    preview: Preview,
    version: ModelVersion,
    purpose: Purpose,
    refused: ThresholdsForm | None,
    query: Mapping[str, str],
) -> dict[str, Any]:
    """The sliders of one definition, where they stand and what that means."""
    report: dict[str, Any] = preview.report or {}
    now = single_way(version, purpose)
    ways = report["versions"]["new"][purpose.value]
    start = now or Thresholds(**{name: ways[0][name] or 0 for name, *_ in SCALES})
    start = replace(start, **asked_in(query, purpose))
    said = refused.said(purpose) if refused else {}
    wrong = refused.errors if refused else {}
    if refused:
        start = replace(start, **refused.understood(purpose))
    return {
        "purpose": purpose.value,
        "title": TITLES[purpose],
        "several": now is None,
        "sliders": [
            (name, label, most, said.get(name, getattr(start, name)), f"{purpose}_{name}" in wrong)
            for name, label, most in SCALES
        ],
        "weighed": weigh(report, start),
        "neighbours": [
            (moved.total, step == 0, weigh(report, moved))
            for step in STEPS
            if 0 <= (moved := start.moved(step)).total == start.total + step
        ],
    }


@workspace_view(Permission.VIEW_REPORTS)
@require_safe
def thresholds_weights(request: WorkspaceRequest) -> HttpResponse:
    """What static/js/thresholds.js weighs, of the latest preview."""
    preview = _weighed(request)
    report: dict[str, Any] = (preview.report if preview else None) or {}
    found = {name: report.get(name, []) for name in ("weeks", "firsts", "sales")}
    return JsonResponse({**found, "won": report.get("won", {}).get("leads", 0)})


@workspace_view(Permission.CONFIGURE_SCORING)
@require_POST
def thresholds_apply(request: WorkspaceRequest) -> HttpResponse:
    slug, draft = request.workspace.slug, _draft(request)
    if draft is None:
        messages.error(request, "There is no open draft. Open one in the scoring model first.")
        return redirect("thresholds", slug)
    purposes = tuple(p for p in Purpose if f"{p.value}_total" in request.POST)
    form = ThresholdsForm(request.POST, purposes=purposes)
    try:
        if not form.is_valid():
            raise ValidationError(form.faults)  # noqa: TRY301 - one place that tells people
        changed = put_into_draft(draft, form.chosen())
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
        return _page(request, form)
    told = "; ".join(changed) or "the thresholds were these already"
    messages.success(request, f"Draft {draft.number}: {told}. Nothing counts until published.")
    return redirect("thresholds", slug)
