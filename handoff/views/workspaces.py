"""Creating a workspace: for the installation's administrator."""

from typing import cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from accounts.access import signed_in_view
from accounts.forms import NewWorkspaceForm
from accounts.models import User, Workspace
from handoff.workspaces import create_workspace
from sla.holidays import countries


@signed_in_view
def new_workspace(request: HttpRequest) -> HttpResponse:
    user = cast(User, request.user)
    if not user.is_superuser:
        raise PermissionDenied("Only an administrator of the installation creates workspaces.")
    form = NewWorkspaceForm(request.POST or None, countries=countries())
    if request.method == "POST" and form.is_valid():
        created = _create(form, by=user)
        if created:
            messages.success(
                request, f"{created.name} is ready, with a starter model and promises to edit."
            )
            return redirect("enter", created.slug)
    return render(request, "handoff/new_workspace.html", {"form": form})


def _create(form: NewWorkspaceForm, *, by: User) -> Workspace | None:
    try:
        return create_workspace(by=by, **form.cleaned_data)
    except IntegrityError:  # somebody took the short name since the form looked
        form.add_error("slug", "Another workspace has this short name.")
        return None
