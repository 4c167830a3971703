"""Logging a touch in two clicks, and when the lead wants to be called back."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.access import Permission, WorkspaceRequest, workspace_view
from handoff import call_backs
from handoff.forms.touches import CallBackForm, TouchForm
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
            call_back=said["call_back"],
        )
        text = f"Logged: {touch.get_kind_display()}, {touch.get_outcome_display().lower()}."
        return saved(request, lead, text=text, event=LEAD_TOUCHED)
    return _refused(request, pk, touch_form=form)


@workspace_view(Permission.EDIT_LEADS)
@require_POST
def call_back(request: WorkspaceRequest, pk: int) -> HttpResponse:
    """The lead has asked to be called back, without a touch of ours."""
    now = timezone.now()
    form = CallBackForm(request.POST, now=now)
    if not form.is_valid():
        return _refused(request, pk, call_back_form=form)
    lead, said = lead_of(request, pk), form.cleaned_data
    asked = call_backs.ask(
        lead, until=said["until"], asked_at=now, by=request.user, now=now, note=said["said"]
    )
    text = f"To be called back on {call_backs.when(asked)}."
    return saved(request, lead, text=text, event=LEAD_TOUCHED)


@workspace_view(Permission.EDIT_LEADS)
@require_POST
def call_back_slip(request: WorkspaceRequest, pk: int) -> HttpResponse:
    """It was a slip: nobody asked for that."""
    lead = lead_of(request, pk)
    asked = call_backs.pending(lead)
    if asked and call_backs.take_back(asked, now=timezone.now()):
        text = "Taken back: the promises run as if nobody had written it down."
    else:
        text = "Nobody is to call back any more: somebody was faster."
    return saved(request, lead, text=text, event=LEAD_TOUCHED)


def _refused(request: WorkspaceRequest, pk: int, **forms: TouchForm | CallBackForm) -> HttpResponse:
    page = page_of(request, pk)
    empty = {"touch_form": TouchForm(now=page.now), "call_back_form": CallBackForm(now=page.now)}
    context = {"page": page, "lead": page.lead, **empty, **forms}
    return render(request, "handoff/lead_touch.html", context, status=REFUSED)
