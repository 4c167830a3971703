"""The minutes of a closed review, for both sides and for ever; its decisions go on below them."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from accounts.access import Permission, WorkspaceRequest
from handoff.forms.joint_reviews import owners_of
from handoff.models import Review
from handoff.reviews.measured import measure
from handoff.reviews.minutes import is_unaltered


def minutes_page(request: WorkspaceRequest, review: Review) -> HttpResponse:
    """What was frozen; names of people outside our teams, and what was said of them, are read where
    erasure reaches them."""
    now, may_hold = timezone.now(), request.may(Permission.HOLD_REVIEWS)
    joined = ("owner", "made_by", "done_by", "model_version", "reason", "plan", "agreement")
    decisions = list(review.decisions.select_related("workspace", *joined))
    items = review.items.select_related("lead", "outcome_by").defer("facts")
    context = {
        "review": review,
        "minutes": review.minutes,
        "is_unaltered": is_unaltered(review.minutes),
        "items": {item.pk: item for item in items},
        "decisions": decisions,
        "measured": [(one, its) for one in decisions if (its := measure(one, now=now))],
        "owners": owners_of(request.workspace) if may_hold else [],
        "may_hold": may_hold,
        "closed": True,
        "today": now.astimezone(request.workspace.zone).date(),
    }
    return render(request, "handoff/reviews/minutes.html", context)
