"""Logging a touch in two clicks."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.access import Permission, WorkspaceRequest, workspace_view
from handoff.forms.touches import TouchForm
from handoff.touches import log_touch as log
from handoff.views.answers import LEAD_TOUCHED, REFUSED, saved
from handoff.views.fetch import lead_of, page_of
from leadqual.models import TouchKind, TouchOutcome


@workspace_view(Permission.EDIT_LEADS)
@require_POST
def log_touch(request: WorkspaceRequest, pk: int) -> HttpResponse:
    now = timezone.now()
    form = TouchForm(request.POST, now=now)
    if form.is_valid():
        said = form.cleaned_data
        lead = lead_of(request, pk)
        touch = log(
            lead,
            by=request.user,
            kind=TouchKind(said["kind"]),
            outcome=TouchOutcome(said["outcome"]),
            at=said["moment"],
            now=now,
            note=said["note"],
        )
        text = f"Logged: {touch.get_kind_display()}, {touch.get_outcome_display().lower()}."
        return saved(request, lead, text=text, event=LEAD_TOUCHED)
    page = page_of(request, pk)
    context = {"page": page, "lead": page.lead, "touch_form": form}
    return render(request, "handoff/lead_touch.html", context, status=REFUSED)
