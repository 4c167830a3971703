"""A review while it is held: its agenda, marks, notes, who is there, and what the others do."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.access import Permission, WorkspaceRequest, workspace_view
from handoff.models import AgendaItem, Mark
from handoff.reviews.closing import close, discard
from handoff.reviews.deciding import say
from handoff.reviews.marking import mark
from handoff.reviews.taking_part import SIDES, join
from handoff.views.answers import is_htmx
from handoff.views.joint_reviews_answers import back, done, news, review_of, tried
from handoff.views.joint_reviews_minutes import minutes_page
from handoff.views.joint_reviews_shown import Meeting


@workspace_view(Permission.VIEW_REPORTS)
@require_safe
def review(request: WorkspaceRequest, pk: int) -> HttpResponse:
    """While it is open its agenda, `part` by part; then its minutes. `about`: an item of it that
    something is to be decided about."""
    found = review_of(request, pk)
    if found.closed_at:
        return minutes_page(request, found)
    meeting = Meeting(found, request, part=request.GET.get("part", ""))
    context = meeting.context | {"form": meeting.decision_form(request.GET.get("about", ""))}
    return render(request, "handoff/reviews/meeting.html", context)


@workspace_view(Permission.VIEW_REPORTS)
@require_safe
def review_changes(request: WorkspaceRequest, pk: int) -> HttpResponse:
    """What is newer than the step `since`; 204 where nothing is, after one query."""
    return news(request, review_of(request, pk))


@workspace_view(Permission.HOLD_REVIEWS)
@require_POST
def join_review(request: WorkspaceRequest, pk: int) -> HttpResponse:
    """Come in; `side`: for which one speaks."""
    found, side = review_of(request, pk), request.POST.get("side", "")
    by, at, side = request.user, timezone.now(), side if side in SIDES else ""
    return done(request, found, lambda: join(found, by=by, at=at, side=side))


@workspace_view(Permission.HOLD_REVIEWS)
@require_POST
def mark_item(request: WorkspaceRequest, pk: int, item: int) -> HttpResponse:
    """`verdict`: one's word about a rejected lead; blank takes it back."""
    found = review_of(request, pk)
    row = get_object_or_404(AgendaItem, pk=item, review=found)
    said = request.POST.get("verdict", "")
    verdict, by, at = said if said in Mark.Verdict.values else "", request.user, timezone.now()
    return done(request, found, lambda: mark(row, verdict=verdict, by=by, at=at))


@workspace_view(Permission.HOLD_REVIEWS)
@require_POST
def note_item(request: WorkspaceRequest, pk: int, item: int) -> HttpResponse:
    """`words`: what was said about it; `was`: what stood there when one began to write."""
    found = review_of(request, pk)
    row = get_object_or_404(AgendaItem, pk=item, review=found)
    words, was = (request.POST.get(name, "").replace("\0", "") for name in ("words", "was"))
    by, at = request.user, timezone.now()
    refused, status = tried(request, lambda: say(row, words=words, was=was, by=by, at=at))
    if not is_htmx(request):
        return back(request, found, f"{refused} You had written: “{words}”" if refused else "")
    row.refresh_from_db()
    context = {"item": row, "review": found, "refused": refused, "typed": words}
    answer = render(request, "handoff/reviews/note.html", context, status=status)
    return news(request, found, answer, but=row.pk)


@workspace_view(Permission.HOLD_REVIEWS)
@require_POST
def close_review(request: WorkspaceRequest, pk: int) -> HttpResponse:
    """Its minutes are what the page shows from now on, to whoever was slower as well."""
    found = review_of(request, pk)
    close(found, by=request.user, at=timezone.now())
    return redirect("review", request.workspace.slug, found.pk)


@workspace_view(Permission.HOLD_REVIEWS)
@require_POST
def discard_review(request: WorkspaceRequest, pk: int) -> HttpResponse:
    """One that was opened by mistake, in which nobody has said anything yet."""
    found = review_of(request, pk)
    refused, _ = tried(request, lambda: discard(found))
    if refused:
        return back(request, found, refused)
    messages.success(request, "Discarded: as if the review had never been opened.")
    return redirect("reviews", request.workspace.slug)
