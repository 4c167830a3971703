"""Two leads are one person: find the other, see what remains, merge, and take it back."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.access import Permission, WorkspaceRequest, workspace_view
from handoff import merging
from handoff.merge_preview import consequences, fingerprint, lines
from handoff.merge_rules import plan_of
from handoff.merge_search import earlier_merges, perhaps_the_same, search
from handoff.merging import CannotMerge
from handoff.models import LeadMerge
from handoff.views.answers import CONFLICT, is_htmx
from handoff.views.fetch import lead_of
from leadqual.models import Lead


@workspace_view(Permission.MERGE_LEADS)
@require_safe
def merge_lead(request: WorkspaceRequest, pk: int) -> HttpResponse:
    """Choose the other one; below, the merges that can be undone."""
    lead = lead_of(request, pk)
    text = request.GET.get("q", "").strip()[:200]
    found = search(lead, text) if text else perhaps_the_same(lead)
    context: dict[str, Any] = {"lead": lead, "text": text, "found": found}
    if is_htmx(request):
        return render(request, "handoff/merge_found.html", context)
    context["merges"] = earlier_merges(lead, at=timezone.now())
    return render(request, "handoff/merge.html", context)


@workspace_view(Permission.MERGE_LEADS)
def merge_two(request: WorkspaceRequest, pk: int, other: int) -> HttpResponseBase:
    """GET shows what would remain; POST merges, if that is still what the person has seen."""
    survivor, absorbed = lead_of(request, pk), lead_of(request, other)
    problem = merging.refusal(survivor, absorbed)
    plan = plan_of(survivor, absorbed)
    seen = "" if problem else fingerprint(plan)
    if request.method == "POST" and not problem:
        if request.POST.get("seen") == seen:
            return _merge(request, survivor, absorbed)
        problem = "Something has changed since you looked. Check once more what remains."
    context = {
        "plan": plan,
        "lines": lines(plan),
        "consequences": list(consequences(plan)),
        "problem": problem,
        "seen": seen,
    }
    status = CONFLICT if request.method == "POST" else 200
    return render(request, "handoff/merge_two.html", context, status=status)


def _merge(request: WorkspaceRequest, survivor: Lead, absorbed: Lead) -> HttpResponseBase:
    try:
        merging.merge(survivor, absorbed, by=request.user, at=timezone.now())
    except CannotMerge as refused:  # somebody was faster
        messages.error(request, str(refused))
        return redirect("merge_lead", request.workspace.slug, survivor.pk)
    messages.success(
        request,
        f"{absorbed.display_name} is part of {survivor.display_name} now. Under “Merge” you can "
        f"undo this for {merging.UNDO_WITHIN.days} days.",
    )
    return redirect("lead", request.workspace.slug, survivor.pk)


@workspace_view(Permission.MERGE_LEADS)
@require_POST
def undo_merge(request: WorkspaceRequest, pk: int) -> HttpResponse:
    merges = LeadMerge.objects.of(request.workspace).select_related("survivor", "absorbed")
    merge = get_object_or_404(merges, pk=pk)
    try:
        merging.undo(merge, by=request.user, at=timezone.now())
    except CannotMerge as refused:
        messages.error(request, str(refused))
    else:
        both = f"{merge.survivor.display_name} and {merge.absorbed.display_name}"
        messages.success(request, f"{both} are two leads again.")
    return redirect("lead", request.workspace.slug, merge.survivor_id)
