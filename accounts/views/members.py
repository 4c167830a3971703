"""The members of a workspace: who is in, as what. Inviting is leadqual.invitation_views."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts import members as domain
from accounts.access import ROLES, Permission, WorkspaceRequest, workspace_view
from accounts.forms import RoleForm
from accounts.models import Membership, Role, WorkspaceQuerySet


@workspace_view(Permission.MANAGE_PEOPLE)
@require_safe
def members(request: WorkspaceRequest) -> HttpResponse:
    current = Membership.objects.of(request.workspace).current().select_related("user")
    ended = Membership.objects.of(request.workspace).exclude(ended_at=None).select_related("user")
    context = {
        "members": current.order_by("user__name", "pk"),
        "ended": ended.order_by("-ended_at", "pk"),
        "roles": domain.grantable_roles(request.membership),
        "meanings": [
            (role.label, sorted(permission.value for permission in ROLES[role])) for role in Role
        ],
    }
    return render(request, "accounts/members.html", context)


@workspace_view(Permission.MANAGE_PEOPLE)
@require_POST
def change_role(request: WorkspaceRequest, member: int) -> HttpResponse:
    found = get_object_or_404(_members(request), pk=member)
    form = RoleForm(request.POST, roles=domain.grantable_roles(request.membership))
    if not form.is_valid():
        messages.error(request, "Choose one of the roles in the list.")
        return redirect("members", request.workspace.slug)
    try:
        domain.change_role(found, Role(form.cleaned_data["role"]), by=request.membership)
    except domain.MemberError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"{found.user} is now {found.get_role_display().lower()}.")
    return redirect("members", request.workspace.slug)


@workspace_view(Permission.MANAGE_PEOPLE)
@require_POST
def end_membership(request: WorkspaceRequest, member: int) -> HttpResponse:
    found = get_object_or_404(_members(request), pk=member)
    try:
        domain.end(found, by=request.membership, at=timezone.now())
    except domain.MemberError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"{found.user} is no longer a member.")
    return redirect("members", request.workspace.slug)


def _members(request: WorkspaceRequest) -> WorkspaceQuerySet[Membership]:
    return Membership.objects.of(request.workspace).select_related("user", "workspace")
