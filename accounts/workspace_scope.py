"""Which workspaces a person configures in the admin, and what forms may offer within them."""

from __future__ import annotations

from typing import Any, cast

from django.core.exceptions import ImproperlyConfigured
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.access import ROLES, Permission
from accounts.models import Membership, User, Workspace, WorkspaceOwned


def memberships_of(request: HttpRequest) -> list[Membership]:
    """The current memberships of whoever asks, read once a request."""
    cached: list[Membership] | None = getattr(request, "_admin_memberships", None)
    if not isinstance(request.user, User):
        return []
    if cached is None:
        mine = Membership.objects.current().filter(user=request.user)
        cached = list(mine.select_related("workspace").order_by("workspace__name", "pk"))
        request._admin_memberships = cached  # type: ignore[attr-defined]
    return cached


def workspaces_of(request: HttpRequest, *permissions: Permission) -> list[Workspace]:
    """The workspaces in which whoever asks holds any of the permissions, by name."""
    wanted = set(permissions)
    return [m.workspace for m in memberships_of(request) if ROLES[m.role] & wanted]


class ScopedChoices:
    """Foreign keys offer only what belongs to the workspace of the row being edited."""

    def workspaces(self, request: HttpRequest) -> list[Workspace]:
        raise NotImplementedError

    def scope(self, request: HttpRequest) -> list[Workspace]:
        """The one workspace of the row being edited; all of the person's where none is open."""
        one: Workspace | None = getattr(request, "_admin_workspace", None)
        return self.workspaces(request) if one is None else [one]

    def formfield_for_foreignkey(
        self, db_field: models.ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> Any:
        kwargs["queryset"] = self.choices_of(db_field, request)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)  # type: ignore[misc]

    def choices_of(
        self, db_field: models.ForeignKey[Any, Any], request: HttpRequest
    ) -> QuerySet[Any]:
        """What a foreign key may name. Raises ImproperlyConfigured rather than offer everything."""
        related = db_field.remote_field.model
        scope = [workspace.pk for workspace in self.scope(request)]
        if issubclass(related, WorkspaceOwned):
            return cast(QuerySet[Any], related._default_manager.filter(workspace__in=scope))
        if related is Workspace:
            return Workspace.objects.filter(pk__in=scope)
        if related is User:
            members = Membership.objects.current().filter(workspace__in=scope)
            return User.objects.filter(pk__in=members.values("user")).order_by("name", "pk")
        raise ImproperlyConfigured(f"No rule says which {related.__name__} {db_field} may name.")

    def formfield_for_dbfield(
        self, db_field: models.Field[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)  # type: ignore[misc]
        if field and hasattr(field.widget, "can_add_related"):
            # The pop-ups of Django's admin know nothing of the workspace of this form.
            for right in ("add", "change", "delete", "view"):
                setattr(field.widget, f"can_{right}_related", False)
        return field
