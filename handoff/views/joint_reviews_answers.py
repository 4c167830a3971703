"""How what is done in a review is answered: by what has changed since the page last asked.

Every request of its page says up to which step it has seen the review (`since`) and which part of
the agenda it shows (`part`); every answer brings the pieces that are newer, each of which takes its
own place on the page, and the step to ask from next time.
"""

import json
from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from accounts.access import WorkspaceRequest
from handoff.models import Review
from handoff.reviews.changes import changes_since
from handoff.transitions import MoveNotAllowed, SomeoneWasFaster
from handoff.views.answers import CONFLICT, REFUSED, faster_words, is_htmx
from handoff.views.joint_reviews_shown import Meeting

NOTHING = 204


def review_of(request: WorkspaceRequest, pk: int) -> Review:
    rows = Review.objects.of(request.workspace).select_related(
        "workspace", "opened_by", "closed_by"
    )
    found: Review = get_object_or_404(rows, pk=pk)
    return found


def tried(request: WorkspaceRequest, deed: Callable[[], object]) -> tuple[str, int]:
    """Do it; why it was refused, in words, and the status that says so."""
    try:
        deed()
    except SomeoneWasFaster as error:
        return faster_words(error, person=request.user), CONFLICT
    except MoveNotAllowed as error:
        return str(error), REFUSED
    return "", 200


def news(
    request: WorkspaceRequest,
    review: Review,
    answer: HttpResponse | None = None,
    *,
    toast: str = "",
    but: int = 0,
) -> HttpResponse:
    """What is newer than the step of the page, behind `answer`; 204 where there is neither.

    `but`: the id of an item whose note is in the answer itself.
    """
    asked = request.GET if request.method == "GET" else request.POST
    changes = changes_since(review, _number(asked.get("since", "")))
    meeting = Meeting(review, request, part=asked.get("part", ""))
    context = meeting.changed(changes)
    if context:
        context["but"] = but
    if answer is None:
        answer = HttpResponse(status=200 if context or toast else NOTHING)
    if context:
        answer.content += render(request, "handoff/reviews/news.html", context).content
    told: dict[str, object] = {"review-step": {"step": changes.step, "closed": changes.is_closed}}
    if toast:
        told["toast"] = {"text": toast, "level": "warning"}
    if context or toast:
        answer["HX-Trigger"] = json.dumps(told)
    return answer


def done(request: WorkspaceRequest, review: Review, deed: Callable[[], object]) -> HttpResponse:
    """Do it; the answer is what changed, and why it was refused."""
    refused, status = tried(request, deed)
    if not is_htmx(request):
        return back(request, review, refused)
    answer = news(request, review, toast=refused)
    if refused:
        answer.status_code = status
    return answer


def back(request: WorkspaceRequest, review: Review, refused: str = "") -> HttpResponse:
    """To the part of the page where one was, where there is no htmx."""
    if refused:
        messages.warning(request, refused)
    page = reverse("review", args=[request.workspace.slug, review.pk])
    part = request.POST.get("part", "")
    return redirect(f"{page}?part={part}" if part.isidentifier() else page)


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 10 else 0
