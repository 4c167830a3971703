"""The review of rejections: was it right to give the lead back?"""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.access import Permission, WorkspaceRequest, workspace_view
from handoff.models import Handoff
from handoff.rejection_review import Rejections, review
from handoff.views.answers import is_htmx


@workspace_view(Permission.MOVE_LEADS)
@require_safe
def rejections(request: WorkspaceRequest) -> HttpResponse:
    page = Rejections(request.workspace, request.GET.dict())
    return render(request, "handoff/rejections.html", {"page": page})


@workspace_view(Permission.MOVE_LEADS)
@require_POST
def review_rejection(request: WorkspaceRequest, pk: int) -> HttpResponse:
    """`upheld` is right or wrong; the row answers with what is said now."""
    rejected = Handoff.objects.of(request.workspace).filter(
        status=Handoff.Status.REJECTED, lead__erased_at=None
    )
    row = get_object_or_404(rejected, pk=pk)
    said = request.POST.get("upheld")
    if said in ("right", "wrong"):
        row = review(row, upheld=said == "right", by=request.user, at=timezone.now())
    if not is_htmx(request):
        return redirect("rejections", request.workspace.slug)
    return render(request, "handoff/rejection_row.html", {"row": row})
