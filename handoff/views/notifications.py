"""How I hear of the leads offered to me: each person's own choice, in each workspace."""

import json

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.access import Permission, WorkspaceRequest, workspace_view
from handoff.forms.notifications import NotificationForm, TrialForm
from handoff.notification_choices import NoWayLeft, choose
from handoff.notifications import choice_of
from handoff.views.answers import REFUSED
from handoff.webhook_trial import Trial, sample, try_out


@workspace_view(Permission.DECIDE_OFFERS)
def notifications(request: WorkspaceRequest) -> HttpResponse:
    """GET shows what the person chose; POST writes it down."""
    workspace, person = request.workspace, request.user
    said = request.POST if request.method == "POST" else None
    form = NotificationForm(said, rep=choice_of(workspace, person))
    if form.is_valid():
        try:
            choose(workspace=workspace, by=person, at=timezone.now(), **form.cleaned_data)
        except NoWayLeft as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"Saved for {workspace.name}.")
            return redirect("notifications", workspace.slug)
    return _page(request, form, status=REFUSED if form.is_bound else 200)


def _page(request: WorkspaceRequest, form: NotificationForm, *, status: int) -> HttpResponse:
    document = sample(request.workspace, by=request.user, key="offered:4711", now=timezone.now())
    shown = json.dumps(document | {"occasion": "offered"}, indent=2)
    context = {"form": form, "document": shown}
    return render(request, "handoff/notifications.html", context, status=status)


@workspace_view(Permission.DECIDE_OFFERS)
@require_POST
def try_webhook(request: WorkspaceRequest) -> HttpResponse:
    """Send a test to the address as it is typed, saved or not; the answer replaces the last one."""
    form = TrialForm(request.POST)
    if form.is_valid():
        trial = try_out(
            form.cleaned_data["webhook_url"],
            workspace=request.workspace,
            by=request.user,
            now=timezone.now(),
        )
    else:
        trial = Trial(False, " ".join(map(str, form.errors["webhook_url"])))
    return render(request, "handoff/notifications_test.html", {"trial": trial})
