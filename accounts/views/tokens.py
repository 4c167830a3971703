"""The tokens with which machines write leads and events into a workspace."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts.access import Permission, WorkspaceRequest, workspace_view
from accounts.api_tokens import NameTaken, issue, revoke
from accounts.forms import TokenForm
from accounts.models import ApiToken


@workspace_view(Permission.MANAGE_PEOPLE)
@never_cache
def tokens(request: WorkspaceRequest) -> HttpResponse:
    """The list; after a POST also the new secret, which is shown this once."""
    form, secret = TokenForm(request.POST or None), ""
    if request.method == "POST" and form.is_valid():
        name = form.cleaned_data["name"]
        try:
            _, secret = issue(workspace=request.workspace, name=name, by=request.user)
            form = TokenForm()
        except NameTaken as refusal:
            form.add_error("name", str(refusal))
    issued = ApiToken.objects.of(request.workspace).select_related("created_by")
    context = {"form": form, "secret": secret, "tokens": issued.order_by("-created_at", "pk")}
    return render(request, "accounts/tokens.html", context)


@workspace_view(Permission.MANAGE_PEOPLE)
@require_POST
def revoke_token(request: WorkspaceRequest, token: int) -> HttpResponse:
    found = get_object_or_404(ApiToken.objects.of(request.workspace), pk=token)
    revoke(found, at=timezone.now())
    messages.success(request, f"“{found.name}” can no longer write here.")
    return redirect("tokens", request.workspace.slug)
