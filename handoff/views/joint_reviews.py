"""Joint reviews: what is due, opening one, how often each is held, and those that were held."""

from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db.models import Count, Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.access import Permission, WorkspaceRequest, workspace_view
from handoff.forms.joint_reviews import CadenceForm
from handoff.models import Decision, Review, ReviewCadence, ReviewKind
from handoff.reviews.agenda.making import PARTS
from handoff.reviews.cadences import cadences_of, set_cadence
from handoff.reviews.deciding import open_decisions
from handoff.reviews.measured import Measured, measure
from handoff.reviews.opening import open_review
from handoff.views.answers import REFUSED

HISTORY: Final = 20
OPEN_SHOWN: Final = 50
MEASURED: Final = 12
"""Decisions whose effect is counted at once; older ones stand in their own minutes."""


@workspace_view(Permission.VIEW_REPORTS)
@require_safe
def reviews(request: WorkspaceRequest) -> HttpResponse:
    """`before`: the id of the last review of the page before."""
    return _page(request)


@workspace_view(Permission.HOLD_REVIEWS)
@require_POST
def start_review(request: WorkspaceRequest, kind: str) -> HttpResponse:
    """The open one of that kind; a new one with its agenda, where there is none."""
    if kind not in ReviewKind.values:
        raise Http404("No such review.")
    found = open_review(request.workspace, kind=kind, by=request.user, at=timezone.now())
    return redirect("review", request.workspace.slug, found.pk)


@workspace_view(Permission.HOLD_REVIEWS)
@require_POST
def settle_cadence(request: WorkspaceRequest, kind: str) -> HttpResponse:
    cadence = get_object_or_404(ReviewCadence.objects.of(request.workspace), kind=kind)
    form = CadenceForm(request.POST, cadence=cadence)
    if form.is_valid():
        try:
            set_cadence(cadence, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
    if not form.is_valid():
        return _page(request, refused=form, status=REFUSED)
    return redirect("reviews", request.workspace.slug)


@workspace_view(Permission.VIEW_REPORTS)
@require_safe
def review_effects(request: WorkspaceRequest) -> HttpResponse:
    """What the latest decisions that count have changed: fetched beside the page."""
    return render(request, "handoff/reviews/effects.html", {"found": _measured(request)})


def _measured(request: WorkspaceRequest) -> list[tuple[Decision, Measured]]:
    begun = ~Q(effect="") | Q(done_at__isnull=False)
    joined = ("workspace", "owner", "review", "model_version", "reason", "plan", "agreement")
    rows = Decision.objects.of(request.workspace).filter(begun).select_related(*joined)
    now = timezone.now()
    found = ((row, measure(row, now=now)) for row in rows.order_by("-made_at")[: 3 * MEASURED])
    return [(row, its) for row, its in found if its is not None][:MEASURED]


def _page(
    request: WorkspaceRequest, *, refused: CadenceForm | None = None, status: int = 200
) -> HttpResponse:
    here, now = request.workspace, timezone.now()
    closed, older = _history(request)
    context = {
        "kinds": _kinds(request, refused),
        "open_decisions": list(open_decisions(here)[:OPEN_SHOWN]),
        "closed": closed,
        "older": older,
        "today": now.astimezone(here.zone).date(),
    }
    return render(request, "handoff/reviews/reviews.html", context, status=status)


def _kinds(request: WorkspaceRequest, refused: CadenceForm | None) -> list[dict[str, Any]]:
    """Of each kind: its cadence, the one that is open, and what its agenda has."""
    here = request.workspace
    opened = {row.kind: row for row in Review.objects.of(here).open().select_related("opened_by")}
    cadences = {cadence.kind: cadence for cadence in cadences_of(here)}
    found = []
    for kind in ReviewKind:
        cadence, form = cadences.get(kind), None
        if refused and refused.cadence.kind == kind:
            form = refused
        elif cadence:
            form = CadenceForm(cadence=cadence)
        found.append(
            {
                "kind": kind,
                "cadence": cadence,
                "open": opened.get(kind),
                "parts": [part.label.lower() for part in PARTS[kind]],
                "form": form,
                "is_refused": form is refused and refused is not None,
            }
        )
    return found


def _history(request: WorkspaceRequest) -> tuple[list[Review], int | None]:
    """Closed ones, the newest first, and the id from which the next page goes on."""
    rows = Review.objects.of(request.workspace).filter(closed_at__isnull=False)
    before = request.GET.get("before", "")
    if before.isdecimal() and len(before) < 19:
        rows = rows.filter(pk__lt=int(before))
    counted = rows.select_related("closed_by").annotate(
        decided=Count("decisions"),
        done=Count("decisions", filter=Q(decisions__done_at__isnull=False)),
    )
    found = list(counted.order_by("-pk")[: HISTORY + 1])
    return found[:HISTORY], found[HISTORY - 1].pk if len(found) > HISTORY else None
