"""Decisions of a review: written down, begun with one click, handed on, done."""

from collections.abc import Callable

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST
from django_htmx.http import reswap, retarget

from accounts.access import Permission, WorkspaceRequest, may_not, workspace_view
from handoff.forms.joint_reviews import DecisionForm, HandOnForm, owners_of
from handoff.models import Decision, Review
from handoff.reviews import deciding
from handoff.reviews.effects import NEEDS, Effect, address_of, begin_effect
from handoff.views.answers import CONFLICT, REFUSED, is_htmx
from handoff.views.joint_reviews_answers import back, done, news, review_of, tried
from handoff.views.joint_reviews_shown import Meeting


@workspace_view(Permission.HOLD_REVIEWS)
@require_POST
def decide_in_review(request: WorkspaceRequest, pk: int) -> HttpResponse:
    """Write a decision down; what is wrong is said where it was typed, and nothing is lost."""
    found = review_of(request, pk)
    form = DecisionForm(request.POST, review=found, owners=owners_of(request.workspace))
    refused, status = _write_down(request, found, form)
    if refused:
        form.add_error(None, refused)
    is_done = status not in (CONFLICT, REFUSED)
    if not is_htmx(request) and (is_done or status == CONFLICT):
        words = f"{refused} You had written: “{request.POST.get('text', '')}”" if refused else ""
        return back(request, found, words)
    meeting = Meeting(found, request, part=request.POST.get("part", ""))
    context = meeting.context | {"form": meeting.decision_form() if is_done else form}
    if not is_htmx(request):
        return render(request, "handoff/reviews/meeting.html", context, status=status)
    answer = render(request, "handoff/reviews/decide.html", context, status=status)
    return news(request, found, answer)


def _write_down(request: WorkspaceRequest, review: Review, form: DecisionForm) -> tuple[str, int]:
    """Why it was refused, in words that no field has said, and the status."""
    if not form.is_valid():
        return "", REFUSED
    said, by, at = form.cleaned_data, request.user, timezone.now()
    return tried(
        request,
        lambda: deciding.decide(
            review,
            text=said["text"],
            owner=form.person,
            due=form.day,
            effect=said["effect"],
            item=said["about"],
            by=by,
            at=at,
        ),
    )


@workspace_view(Permission.VIEW_REPORTS)
@require_POST
def settle_decision(request: WorkspaceRequest, decision: int) -> HttpResponse:
    """`done`: yes or no. For who holds reviews, and for its owner."""
    row = _decision(request, decision)
    if not (request.may(Permission.HOLD_REVIEWS) or row.owner_id == request.user.pk):
        raise PermissionDenied(may_not(request.membership, Permission.HOLD_REVIEWS))
    by, at = request.user, timezone.now()
    if request.POST.get("done") == "no":
        return _answer(request, row, lambda: deciding.undone(row))
    return _answer(request, row, lambda: deciding.done(row, by=by, at=at))


@workspace_view(Permission.HOLD_REVIEWS)
@require_POST
def hand_on_decision(request: WorkspaceRequest, decision: int) -> HttpResponse:
    """To another owner, another day."""
    row = _decision(request, decision)
    form = HandOnForm(request.POST, owners=owners_of(request.workspace))
    if not form.is_valid():
        problems = " ".join(f"{error}" for errors in form.errors.values() for error in errors)
        if not is_htmx(request):
            return back(request, row.review, problems)
        answer = _line(request, row, problem=problems)
        answer.status_code = REFUSED
        return retarget(reswap(answer, "outerHTML"), f"#decision-{row.pk}")
    by, owner, due = request.user, form.person, form.day
    return _answer(request, row, lambda: deciding.hand_on(row, owner=owner, due=due, by=by))


@workspace_view(Permission.HOLD_REVIEWS)
@require_POST
def begin_decision(request: WorkspaceRequest, decision: int) -> HttpResponse:
    """Begin what it starts, and go there; what is begun already is gone to."""
    row = _decision(request, decision)
    needs = NEEDS.get(Effect(row.effect))
    if needs and not request.may(needs):
        raise PermissionDenied(may_not(request.membership, needs))
    refused, _ = tried(request, lambda: begin_effect(row, by=request.user, at=timezone.now()))
    if refused:
        return back(request, row.review, refused)
    row.refresh_from_db()
    return redirect(address_of(row))


def _decision(request: WorkspaceRequest, pk: int) -> Decision:
    rows = Decision.objects.of(request.workspace).select_related(
        "workspace", "review__workspace", "review__closed_by", "owner"
    )
    row: Decision = get_object_or_404(rows, pk=pk)
    return row


def _answer(request: WorkspaceRequest, row: Decision, deed: Callable[[], object]) -> HttpResponse:
    """In an open review what has changed; elsewhere the decision's line as it is now."""
    if row.review.closed_at is None or not is_htmx(request):
        return done(request, row.review, deed)
    tried(request, deed)
    return _line(request, _decision(request, row.pk))


def _line(request: WorkspaceRequest, row: Decision, *, problem: str = "") -> HttpResponse:
    """`problem`: what is wrong with whom or when it was to be handed on."""
    context = {
        "decision": row,
        "review": row.review,
        "may_hold": request.may(Permission.HOLD_REVIEWS),
        "owners": owners_of(request.workspace),
        "closed": row.review.closed_at is not None,
        "today": timezone.localdate(),
        "problem": problem,
    }
    return render(request, "handoff/reviews/decision.html", context)
