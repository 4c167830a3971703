"""The admin lets in whoever configures at least one workspace, and shows them theirs."""

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from unfold.sites import UnfoldAdminSite

from accounts.access import ADMIN_PERMISSIONS, workspaces_where
from accounts.models import User


class WorkspaceAdminSite(UnfoldAdminSite):  # type: ignore[misc]
    def has_permission(self, request: HttpRequest) -> bool:
        user: User | AnonymousUser = request.user
        if not isinstance(user, User) or not user.is_active:
            return False
        return user.is_superuser or workspaces_where(user, *ADMIN_PERMISSIONS).exists()
