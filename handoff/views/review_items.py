"""What waits for a decision: all may read, who answers misses or owns the item decides."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.access import Permission, WorkspaceRequest, workspace_view
from handoff.compliance.items_page import ItemsPage
from handoff.models import ReviewItem
from handoff.review_items import decide, may_decide
from handoff.transitions import MoveNotAllowed, SomeoneWasFaster
from handoff.views.answers import CONFLICT, REFUSED, faster_words


@workspace_view(Permission.VIEW_REPORTS)
@require_safe
def review_items(request: WorkspaceRequest) -> HttpResponse:
    return _page(request)


@workspace_view(Permission.VIEW_REPORTS)
@require_POST
def decide_item(request: WorkspaceRequest, pk: int) -> HttpResponse:
    """`decision`: what was decided, in writing. Refused words stay in the form."""
    item = get_object_or_404(ReviewItem.objects.of(request.workspace), pk=pk)
    answers = request.may(Permission.ANSWER_MISSES)
    if not may_decide(item, person=request.user, answers_misses=answers):
        raise PermissionDenied(f"This is for {item.owner or 'the managers of both sides'}.")
    said = request.POST.get("decision", "").replace("\0", "")  # which no text in the database has
    try:
        decide(item, by=request.user, at=timezone.now(), decision=said)
    except MoveNotAllowed as error:
        return _page(request, at=pk, problem=str(error), said=said, status=REFUSED)
    except SomeoneWasFaster as error:
        words = faster_words(error, person=request.user)
        return _page(request, faster=words, said=said, status=CONFLICT)
    messages.success(request, "Decided. Everybody can read it below.")
    return redirect("review_items", request.workspace.slug)


def _page(request: WorkspaceRequest, *, status: int = 200, **said: object) -> HttpResponse:
    """`said`: what was just said at which item, and what is wrong with it."""
    page = ItemsPage(
        request.workspace,
        request.GET.dict(),
        person=request.user,
        answers_misses=request.may(Permission.ANSWER_MISSES),
    )
    return render(request, "handoff/compliance/items.html", {"page": page, **said}, status=status)
