"""Rows inside another row's page of the admin: whoever may edit that one may edit these."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from unfold.admin import TabularInline

from accounts.models import Workspace
from accounts.workspace_admin import WorkspaceAdmin
from accounts.workspace_scope import ScopedChoices


class _Inline(ScopedChoices):
    admin_site: admin.AdminSite
    parent_model: type[models.Model]
    extra = 0

    @property
    def parent(self) -> WorkspaceAdmin:
        return cast(WorkspaceAdmin, self.admin_site.get_model_admin(self.parent_model))

    def workspaces(self, request: HttpRequest) -> list[Workspace]:
        return self.parent.workspaces(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.parent.has_view_permission(request, obj)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.parent.has_change_permission(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.parent.has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.parent.has_change_permission(request, obj)


class WorkspaceTabularInline(_Inline, TabularInline):  # type: ignore[misc]
    class Media:
        js = ("js/admin-rows.js",)

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        formset = super().get_formset(request, obj, **kwargs)
        for name, field in formset.form.base_fields.items():
            # In a table only the heading of the column names a field.
            field.widget.attrs.setdefault("aria-label", str(field.label or name))
        return formset


class WordedInline(WorkspaceTabularInline):
    """Rows that are fields to who may change them, and to everybody else one sentence each."""

    @admin.display(description="In words")
    def in_words(self, row: Any) -> str:
        return str(row)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        may_change = self.has_change_permission(request, obj)
        return tuple(self.fields) if may_change else ("in_words",)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return () if self.has_change_permission(request, obj) else ("in_words",)
