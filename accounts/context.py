"""What the portal's shell shows on every page: the workspace one is in, and the others."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from accounts.access import ADMIN_PERMISSIONS, ROLES
from accounts.models import Membership, User

SWITCHER_SHOWS = 12


def workspace(request: HttpRequest) -> dict[str, Any]:
    """The shell's part of a page's context, at a constant number of queries.

    `may` answers `may.edit_leads` for each permission of `accounts.access`; outside a workspace
    it is empty, so every answer is no. `other_workspaces` is fetched only where it is shown.
    """
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        return {"theme": User.Theme.AUTO, "may": {}}
    membership: Membership | None = getattr(request, "membership", None)
    inside = membership.workspace if membership else None
    return {
        "theme": user.theme,
        "workspace": inside,
        "membership": membership,
        "may": _answers(membership),
        "may_configure": bool(membership and ROLES[membership.role] & ADMIN_PERMISSIONS),
        "other_workspaces": SimpleLazyObject(lambda: _others(user, membership)),
    }


def _answers(membership: Membership | None) -> dict[str, bool]:
    if membership is None:
        return {}
    return {granted.name.lower(): True for granted in ROLES[membership.role]}


def _others(user: User, membership: Membership | None) -> list[Membership]:
    mine = Membership.objects.current().filter(user=user).select_related("workspace")
    if membership:
        mine = mine.exclude(pk=membership.pk)
    return list(mine.order_by("workspace__name", "pk")[:SWITCHER_SHOWS])
