"""Overriding a lead's score from its page, and the report of all overrides."""

from collections.abc import Callable
from datetime import datetime

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.access import Permission, WorkspaceRequest, workspace_view
from accounts.models import User
from handoff import score_overrides
from handoff.forms.overrides import OverrideForm
from handoff.lead_pages import LeadPage
from handoff.override_report import OverrideReport
from handoff.views.answers import CONFLICT, LEAD_CHANGED, REFUSED, announce, is_htmx, saved
from handoff.views.fetch import lead_of, page_of
from leadqual.models import Lead
from leadqual.stages import Stage
from scoring.models import ScoreOverride

Deed = Callable[..., bool]


@workspace_view(Permission.OVERRIDE_SCORES)
def override_score(request: WorkspaceRequest, pk: int) -> HttpResponse:
    """GET shows the form, in its place or on a page; POST puts the number beside the score."""
    page = page_of(request, pk)
    if page.standing is None:
        return _form(request, page, None, status=REFUSED)
    said = request.POST if request.method == "POST" else None
    form = OverrideForm(said, workspace=request.workspace, standing=page.standing, now=page.now)
    if form.is_bound and form.is_valid():
        try:
            lead = score_overrides.put(page.lead, by=request.user, now=page.now, **form.said)
            return saved(request, lead, text=f"The score of {_with_stage(lead)} is overridden.")
        except ValidationError as error:
            form.add_error(None, error.messages)
    return _form(request, page, form, status=REFUSED if form.is_bound else 200)


def _with_stage(lead: Lead) -> str:
    return f"{lead.display_name} ({Stage(lead.stage).label})"


def _form(
    request: WorkspaceRequest, page: LeadPage, form: OverrideForm | None, *, status: int
) -> HttpResponse:
    context = {"form": form, "lead": page.lead, "is_page": not is_htmx(request)}
    name = "handoff/override_form.html" if is_htmx(request) else "handoff/override_page.html"
    return render(request, name, context, status=status)


@workspace_view(Permission.OVERRIDE_SCORES)
@require_POST
def end_override(request: WorkspaceRequest, pk: int, override: int) -> HttpResponse:
    return _done(request, pk, override, score_overrides.end, "The computed score counts again.")


@workspace_view(Permission.OVERRIDE_SCORES)
@require_POST
def bring_back_override(request: WorkspaceRequest, pk: int, override: int) -> HttpResponse:
    """Undo, for a quarter of an hour."""
    return _done(request, pk, override, score_overrides.bring_back, "The override is back.")


def _done(request: WorkspaceRequest, pk: int, override: int, deed: Deed, text: str) -> HttpResponse:
    now: datetime = timezone.now()
    by: User = request.user
    lead = lead_of(request, pk)
    found = get_object_or_404(ScoreOverride.objects.filter(lead=lead), pk=override)
    if deed(found, by=by, now=now):
        return saved(request, lead, text=text)
    if is_htmx(request):
        words = "That has changed meanwhile. This is how it stands now."
        answer = HttpResponse(status=CONFLICT)
        return announce(answer, LEAD_CHANGED, text=words, level="warning")
    return saved(request, lead, text="That has changed meanwhile. This is how it stands now.")


@workspace_view(Permission.VIEW_REPORTS)
@require_safe
def overrides(request: WorkspaceRequest) -> HttpResponse:
    report = OverrideReport(request.workspace, query=request.GET, now=timezone.now())
    return render(request, "handoff/overrides.html", {"report": report})
