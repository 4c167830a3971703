"""Inviting somebody, and inviting them again: beside the list of accounts.views.members."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.access import Permission, WorkspaceRequest, workspace_view
from accounts.forms import InvitationForm
from accounts.members import MemberError, grantable_roles
from accounts.models import Membership, Role
from leadqual import invitations


@workspace_view(Permission.MANAGE_PEOPLE)
def invite_member(request: WorkspaceRequest) -> HttpResponse:
    roles = grantable_roles(request.membership)
    form = InvitationForm(request.POST or None, roles=roles)
    if request.method == "POST" and form.is_valid():
        try:
            member, is_new = invitations.invite(
                workspace=request.workspace,
                email=form.cleaned_data["email"],
                name=form.cleaned_data["name"],
                role=Role(form.cleaned_data["role"]),
                by=request.membership,
                at=timezone.now(),
            )
        except MemberError as refusal:
            form.add_error("email", str(refusal))
        else:
            messages.success(request, _outcome(member, is_new))
            return redirect("members", request.workspace.slug)
    return render(request, "accounts/invite.html", {"form": form})


@workspace_view(Permission.MANAGE_PEOPLE)
@require_POST
def resend_invitation(request: WorkspaceRequest, member: int) -> HttpResponse:
    found = get_object_or_404(
        Membership.objects.of(request.workspace).current().select_related("user", "workspace"),
        pk=member,
    )
    invitations.resend(found, by=request.membership, at=timezone.now())
    messages.success(request, f"A new link is on its way to {found.user.email}.")
    return redirect("members", request.workspace.slug)


def _outcome(member: Membership, is_new: bool) -> str:
    if not is_new:
        return f"{member.user} is a member already; nothing was sent."
    told = f"{member.user} is invited: a mail is on its way to {member.user.email}."
    if member.role == Role.REP:
        has_password = member.user.has_usable_password()
        when = "from now on" if has_password else "once they have chosen a password"
        told += f" They take turns at being offered leads {when}."
    return told
