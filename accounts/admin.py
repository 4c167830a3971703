"""Workspaces for those who manage their people; the installation for its administrator alone.

Members and tokens have their own pages in the portal and are not edited here.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.models import Group
from django.db import models
from django.forms import ModelForm
from django.http import HttpRequest

from accounts.access import Permission
from accounts.currencies import CODES
from accounts.installation_admin import SuperuserOnly
from accounts.models import User, Workspace
from accounts.workspace_admin import WorkspaceAdmin
from accounts.workspace_form import PlainForm, time_zone_field

# Rights follow from roles in code (accounts.access): Django's groups would promise what nothing
# keeps. Whatever else other apps have registered before us belongs to the installation.
admin.site.unregister(Group)
for _model, _page in list(admin.site._registry.items()):
    admin.site.unregister(_model)
    admin.site.register(_model, type(type(_page).__name__, (SuperuserOnly, type(_page)), {}))


class WorkspaceSettingsForm(PlainForm):
    timezone = time_zone_field("Days and weeks in reports begin in this zone.")

    class Meta:
        model = Workspace
        fields = ("name", "timezone", "currency")

    def clean_currency(self) -> str:
        currency = str(self.cleaned_data["currency"]).upper()
        if currency not in CODES and currency != self.instance.currency:
            self.add_error("currency", "Write the ISO code of a currency, such as EUR or GBP.")
        return currency


@admin.register(Workspace)
class WorkspacePage(WorkspaceAdmin):
    """Name, zone and currency; workspaces are made elsewhere and never deleted here."""

    needs = frozenset({Permission.MANAGE_PEOPLE})
    group = "Workspaces"
    icon = "apartment"
    about = "Name, time zone and currency."
    workspace_lookup = "pk"
    list_select_related = False
    form = WorkspaceSettingsForm
    list_display = ("name", "slug", "timezone", "currency")
    search_fields = ("name", "slug")
    fields = ("name", "slug", "timezone", "currency")
    readonly_fields = ("slug",)

    def workspace_of(self, obj: models.Model) -> Workspace:
        assert isinstance(obj, Workspace)  # noqa: S101 - the page's own model
        return obj

    def is_in_several(self, request: HttpRequest) -> bool:
        return False  # the row is the workspace

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(User)
class UserPage(SuperuserOnly):
    """People of the installation: who may still log in. They come by invitation and stay named."""

    icon = "person"
    menu_title = "People"
    list_display = ("name", "email", "is_active", "is_superuser", "last_login")
    list_filter = ("is_active", "is_superuser")
    search_fields = ("name", "email")
    fields = ("name", "email", "is_active", "is_superuser", "last_login", "date_joined")
    readonly_fields = ("email", "last_login", "date_joined")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        own = ("is_active", "is_superuser") if obj == request.user else ()
        return (*self.readonly_fields, *own)  # nobody locks themselves out

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> type[ModelForm[Any]]:
        form: type[ModelForm[Any]] = super().get_form(request, obj, change, **kwargs)
        if "is_superuser" in form.base_fields:
            form.base_fields["is_superuser"].label = "administrator of the installation"
            form.base_fields["is_superuser"].help_text = "May create workspaces."
        return form
