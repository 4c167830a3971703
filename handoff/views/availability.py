"""My availability: a rep's own pause and days away."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.access import Permission, WorkspaceRequest, workspace_view
from handoff import fallback
from handoff.availability import BadAbsence, be_away, shown_absences, take_offers
from handoff.forms.availability import AwayForm
from handoff.models import PoolMember, Rep
from handoff.rosters import loads
from handoff.views.answers import REFUSED
from sla.models import Absence


@workspace_view(Permission.DECIDE_OFFERS)
def availability(request: WorkspaceRequest) -> HttpResponseBase:
    """GET shows pause, caps and days away; POST enters days away."""
    workspace, person = request.workspace, request.user
    said = request.POST if request.method == "POST" else None
    form = AwayForm(said, workspace=workspace, person=person)
    if form.is_valid():
        try:
            be_away(workspace=workspace, by=person, **form.cleaned_data)
        except BadAbsence as bad:  # entered twice at the same moment
            form.add_error(bad.field, str(bad))
        else:
            messages.success(request, "Entered. On these days you are offered nothing.")
            return redirect("availability", workspace.slug)
    status = REFUSED if form.is_bound else 200
    return render(request, "handoff/availability.html", _facts(request, form), status=status)


def _facts(request: WorkspaceRequest, form: AwayForm) -> dict[str, Any]:
    workspace, person, now = request.workspace, request.user, timezone.now()
    today = now.astimezone(workspace.zone).date()
    seats = PoolMember.objects.filter(pool__workspace=workspace, rep__user=person)
    return {
        "form": form,
        "rep": Rep.objects.of(workspace).filter(user=person).select_related("calendar").first(),
        "seats": list(seats.select_related("pool__calendar").order_by("pool__name")),
        "load": loads(workspace, at=now).get(person.pk),
        "absences": shown_absences(workspace, person, today=today),
        "today": today,
    }


@workspace_view(Permission.DECIDE_OFFERS)
@require_POST
def set_takes_offers(request: WorkspaceRequest) -> HttpResponse:
    """`takes` is yes or no."""
    takes = request.POST.get("takes") == "yes"
    rep = take_offers(workspace=request.workspace, by=request.user, takes=takes)
    if rep is None:
        messages.error(request, "You are not among the reps here, so nothing is offered by turn.")
    elif takes:
        fallback.setup_changed(request.workspace, at=timezone.now())
        messages.success(request, "You take offers again.")
    else:
        messages.success(request, "Paused: you are offered nothing new. Open offers stay yours.")
    return redirect("availability", request.workspace.slug)


@workspace_view(Permission.DECIDE_OFFERS)
@require_POST
def remove_absence(request: WorkspaceRequest, pk: int) -> HttpResponse:
    """One's own only; anybody else's is not found."""
    mine = Absence.objects.of(request.workspace).filter(person=request.user)
    get_object_or_404(mine, pk=pk).delete()
    fallback.setup_changed(request.workspace, at=timezone.now())
    messages.success(request, "Removed: you are not away on these days.")
    return redirect("availability", request.workspace.slug)
