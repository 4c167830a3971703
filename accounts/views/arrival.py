"""Where a person lands: the workspace they used last, and in it the page of their role."""

from typing import cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from accounts.access import Permission, WorkspaceRequest, signed_in_view, workspace_view
from accounts.models import Membership, Role, User

LANDING: dict[str, tuple[str, ...]] = {
    Role.REP: ("queue", "leads"),
    Role.SALES_MANAGER: ("queue", "dashboards", "leads"),
    Role.MARKETING_MANAGER: ("dashboards", "leads"),
    Role.LEADERSHIP: ("dashboards", "leads"),
    Role.OPERATOR: ("dashboards", "leads"),
    Role.ADMINISTRATOR: ("dashboards", "leads"),
}


@signed_in_view
def home(request: HttpRequest) -> HttpResponse:
    """Straight into the workspace used last; a choice only for who has never made one."""
    mine = list(Membership.objects.current().recent_of(cast(User, request.user))[:2])
    if not mine or (len(mine) > 1 and mine[0].last_used_at is None):
        return redirect("workspaces")
    return redirect("enter", mine[0].workspace.slug)


@workspace_view(Permission.VIEW_LEADS)
def enter(request: WorkspaceRequest) -> HttpResponse:
    """Step into a workspace; the next login leads here again."""
    Membership.objects.filter(pk=request.membership.pk).update(last_used_at=timezone.now())
    return redirect(landing_page(request.membership))


@signed_in_view
def workspaces(request: HttpRequest) -> HttpResponse:
    mine = Membership.objects.current().filter(user=cast(User, request.user))
    mine = mine.select_related("workspace").order_by("workspace__name", "pk")
    return render(request, "accounts/workspaces.html", {"memberships": mine})


def landing_page(membership: Membership) -> str:
    """The first page of the role, of those that are installed."""
    for name in LANDING[membership.role]:
        try:
            return reverse(name, args=[membership.workspace.slug])
        except NoReverseMatch:
            continue
    return reverse("workspaces")
