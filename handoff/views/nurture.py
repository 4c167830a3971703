"""Nurture on a lead's page: how far it is along its track, another track, and that it replied."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.access import Permission, WorkspaceRequest, workspace_view
from handoff import nurture, replies
from handoff.forms.nurture import ReplyForm, TrackForm
from handoff.nurture_panel import NurturePanel
from handoff.transitions import MoveNotAllowed
from handoff.views.answers import LEAD_TOUCHED, REFUSED, saved
from handoff.views.fetch import lead_of
from leadqual.models import Lead


@workspace_view(Permission.VIEW_LEADS)
@require_safe
def lead_nurture(request: WorkspaceRequest, pk: int) -> HttpResponse:
    return _panel(request, lead_of(request, pk))


def _panel(
    request: WorkspaceRequest, lead: Lead, *, problem: str = "", status: int = 200
) -> HttpResponse:
    panel = NurturePanel(lead, now=timezone.now())
    context = {"panel": panel, "lead": lead, "problem": problem}
    context |= {"may_move": request.may(Permission.MOVE_LEADS)}
    return render(request, "handoff/lead_nurture.html", context, status=status)


@workspace_view(Permission.MOVE_LEADS)
@require_POST
def change_nurture(request: WorkspaceRequest, pk: int) -> HttpResponse:
    """Put the lead onto another track, or stop its own."""
    lead = lead_of(request, pk)
    form = TrackForm(request.POST, workspace=request.workspace)
    problem = "" if form.is_valid() else str(form.errors["track"][0])
    if not problem:
        track = form.cleaned_data["track"]
        try:
            nurture.change_track(lead, track=track, by=request.user, at=timezone.now())
        except MoveNotAllowed as refusal:
            problem = str(refusal)
        else:
            words = f"is on the track {track} now" if track else "gets nothing more of its track"
            return saved(request, lead, text=f"{lead.display_name} {words}.")
    return _panel(request, lead, problem=problem, status=REFUSED)


@workspace_view(Permission.EDIT_LEADS)
@require_POST
def lead_replied(request: WorkspaceRequest, pk: int) -> HttpResponse:
    """They replied to a mail: recorded as an event, scored, and the end of their track."""
    lead = lead_of(request, pk)
    now = timezone.now()
    form = ReplyForm(request.POST, now=now)
    problem = "" if form.is_valid() else str(form.errors["moment"][0])
    if not problem:
        try:
            replies.replied(lead, by=request.user, at=form.cleaned_data["moment"], now=now)
        except replies.NoName as refusal:
            problem = str(refusal)
        else:
            text = "Noted: they replied. The score follows within moments."
            return saved(request, lead, text=text, event=LEAD_TOUCHED)
    context = {"lead": lead, "problem": problem, "moment": request.POST.get("moment", "")}
    return render(request, "handoff/_replied.html", context, status=REFUSED)
