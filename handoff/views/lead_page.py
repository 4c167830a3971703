"""The lead's page and its panels, each of which can be fetched alone."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_safe

from accounts.access import Permission, WorkspaceRequest, workspace_view
from handoff.corrections import correct_lead
from handoff.forms.leads import EditLeadForm
from handoff.forms.offers import RepForm
from handoff.forms.touches import CallBackForm, TouchForm
from handoff.handoffs import view_all
from handoff.lead_pages import TIMELINE_PAGE, LeadPage
from handoff.views.answers import REFUSED
from handoff.views.fetch import any_lead_of, lead_of, page_of
from leadqual.models import StageMove
from leadqual.timeline import KINDS, Position

PANELS = (
    *("header", "offer", "touch", "scorecard", "gaps", "packet"),
    *("moves", "score", "facts", "company", "timeline"),
)


@workspace_view(Permission.VIEW_LEADS)
@require_safe
def lead(request: WorkspaceRequest, pk: int) -> HttpResponse:
    found = any_lead_of(request, pk)
    if found.merged_into_id:
        return redirect("lead", request.workspace.slug, found.merged_into_id)
    if found.erased_at:
        return render(request, "handoff/erased_lead.html", {"lead": found})
    page = LeadPage(found, membership=request.membership, now=timezone.now())
    view_all([offer.pk for offer in page.offers], by=request.user, at=page.now)
    return render(request, "handoff/lead.html", _context(request, page))


@workspace_view(Permission.VIEW_LEADS)
@require_safe
def lead_panel(request: WorkspaceRequest, pk: int, panel: str) -> HttpResponse:
    if panel not in PANELS:
        raise Http404("No such panel.")
    return render(request, f"handoff/lead_{panel}.html", _context(request, page_of(request, pk)))


def _context(request: WorkspaceRequest, page: LeadPage) -> dict[str, object]:
    return {
        "page": page,
        "lead": page.lead,
        "touch_form": TouchForm(now=page.now),
        "call_back_form": CallBackForm(now=page.now),
        "offer_form": RepForm(workspace=request.workspace),
        "timeline_page": TIMELINE_PAGE,
    }


@workspace_view(Permission.VIEW_LEADS)
@require_safe
def lead_timeline(request: WorkspaceRequest, pk: int) -> HttpResponse:
    """The page of the timeline beyond an entry."""
    page = page_of(request, pk)
    entries = page.story_beyond(_position(request))
    context = {"entries": entries, "lead": page.lead, "timeline_page": TIMELINE_PAGE}
    return render(request, "handoff/lead_timeline_entries.html", context)


def _position(request: WorkspaceRequest) -> Position:
    try:
        at: datetime | None = parse_datetime(request.GET.get("at", ""))
        pk = int(request.GET.get("row", ""))
    except ValueError as error:
        raise Http404("No such place in the timeline.") from error
    kind = request.GET.get("kind")
    if at is None or timezone.is_naive(at) or kind not in KINDS:
        raise Http404("No such place in the timeline.")
    return at, kind, pk  # type: ignore[return-value]


@workspace_view(Permission.VIEW_LEADS)
@require_safe
def score_then(request: WorkspaceRequest, pk: int, move: int) -> HttpResponse:
    """The explanation that was stored when the lead moved."""
    moves = StageMove.objects.of(request.workspace).filter(lead=pk)
    found = get_object_or_404(moves, pk=move)
    return render(request, "handoff/_explanation.html", {"explanation": found.explanation})


@workspace_view(Permission.EDIT_LEADS)
def edit_lead(request: WorkspaceRequest, pk: int) -> HttpResponseBase:
    """Correct the facts; what is emptied is withdrawn, and the score follows at once."""
    found = lead_of(request, pk)
    form = EditLeadForm(request.POST or None, lead=found)
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                correct_lead(found, facts=form.facts(), now=timezone.now())
            return redirect("lead", request.workspace.slug, pk)
        except IntegrityError:
            form.add_error("email", "Another lead has just been entered with this address.")
    status = REFUSED if form.is_bound else 200
    context = {"form": form, "lead": found}
    return render(request, "handoff/edit_lead.html", context, status=status)
