"""The base of every admin page over a workspace's rows.

Who sees and edits what follows from `accounts.access` alone: Django's own groups and permissions
are not asked. A page shows the rows of those workspaces in which the person holds one of the
permissions that its ModelAdmin `needs`, and offers in its choices only what belongs to the same
workspace. The workspace of a new row is settled before its form is shown and never changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, models, transaction
from django.db.models import ProtectedError, QuerySet, RestrictedError
from django.forms import Media, ModelForm
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from unfold.admin import ModelAdmin

from accounts.access import Permission
from accounts.change_words import describe
from accounts.models import Workspace, WorkspaceOwned
from accounts.workspace_form import PlainForm, WorkspaceForm
from accounts.workspace_scope import ScopedChoices, workspaces_of


class WorkspaceAdmin(ScopedChoices, ModelAdmin):  # type: ignore[misc]
    """Subclasses name the permissions (any of them is enough), their group and their icon."""

    needs: ClassVar[frozenset[Permission]]
    group: ClassVar[str]  # the heading in the sidebar, one of admin_site.GROUPS
    icon: ClassVar[str] = "tune"
    workspace_lookup: ClassVar[str] = "workspace"
    settled: ClassVar[tuple[str, ...]] = ()  # typed once: history and rules name the row by them

    form: ClassVar[type[PlainForm]] = WorkspaceForm
    actions = None  # nothing is done to many rows at once, so nothing to many workspaces
    list_fullwidth = True
    list_select_related: Any = ("workspace",)
    warn_unsaved_form = True
    add_form_template = change_form_template = None

    @property
    def media(self) -> Media:
        """Lists in an order of their own are also moved by keyboard."""
        moved = Media(js=["js/admin-rows.js"]) if self.ordering_field else Media()
        return cast(Media, super().media) + moved

    # Who sees what

    def workspaces(self, request: HttpRequest) -> list[Workspace]:
        return workspaces_of(request, *self.needs)

    def workspace_of(self, obj: models.Model) -> Workspace:
        return cast(WorkspaceOwned, obj).workspace

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        mine = [workspace.pk for workspace in self.workspaces(request)]
        rows = super().get_queryset(request).filter(**{f"{self.workspace_lookup}__in": mine})
        return cast(QuerySet[Any], rows)

    def may(self, request: HttpRequest, obj: models.Model | None) -> bool:
        mine = self.workspaces(request)
        return bool(mine) if obj is None else self.workspace_of(obj) in mine

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.may(request, None)

    def has_view_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return self.may(request, obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.may(request, None)

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return self.may(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return self.may(request, obj)

    # Lists: the workspace is a column and a filter for whoever configures several

    @admin.display(description="Workspace", ordering="workspace__name")
    def workspace_name(self, obj: models.Model) -> str:
        return str(self.workspace_of(obj))

    def is_in_several(self, request: HttpRequest) -> bool:
        return len(self.workspaces(request)) > 1

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        columns = list(super().get_list_display(request))
        return [*columns, "workspace_name"] if self.is_in_several(request) else columns

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        filters = list(super().get_list_filter(request))
        if self.is_in_several(request) and self.workspace_lookup == "workspace":
            filters = [("workspace", admin.RelatedOnlyFieldListFilter), *filters]
        return filters

    # Forms

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> type[ModelForm[Any]]:
        workspace = self.workspace_of(obj) if obj else self.chosen_workspace(request)
        request._admin_workspace = workspace  # type: ignore[attr-defined]
        form: type[ModelForm[Any]] = super().get_form(request, obj, change, **kwargs)
        form.workspace = workspace  # type: ignore[attr-defined]
        return form

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Sequence[Any]:
        fields = [*super().get_readonly_fields(request, obj), *(self.settled if obj else ())]
        return ["workspace_name", *fields] if self.is_in_several(request) else fields

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> dict[str, Any]:
        return {} if obj else dict(super().get_prepopulated_fields(request, obj))

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        fieldsets = list(super().get_fieldsets(request, obj))
        if not self.is_in_several(request):
            return fieldsets
        title, options = fieldsets[0]
        fields = [f for f in options["fields"] if f != "workspace_name"]
        return [(title, {**options, "fields": ["workspace_name", *fields]}), *fieldsets[1:]]

    def chosen_workspace(self, request: HttpRequest) -> Workspace | None:
        """The workspace of a row to be made: the person's only one, or that of ?workspace=slug."""
        mine = self.workspaces(request)
        slug = request.GET.get("workspace", "")
        if not slug:
            return mine[0] if len(mine) == 1 else None
        for workspace in mine:
            if workspace.slug == slug:
                return workspace
        raise Http404("No such workspace.")

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponseBase:
        if not self.has_add_permission(request):
            raise PermissionDenied
        if self.chosen_workspace(request) is None:
            return self.ask_for_workspace(request)
        return cast(HttpResponseBase, super().add_view(request, form_url, extra_context))

    def ask_for_workspace(self, request: HttpRequest) -> HttpResponseBase:
        options = [(f"?workspace={w.slug}", w.name) for w in self.workspaces(request)]
        return self.ask(request, "In which workspace?", options)

    def ask(
        self, request: HttpRequest, question: str, options: list[tuple[str, str]]
    ) -> HttpResponseBase:
        """A page before the form of a new row: one question, its answers as (address, label)."""
        context = {
            **self.admin_site.each_context(request),
            "title": f"Add {self.opts.verbose_name}",
            "opts": self.opts,
            "question": question,
            "options": options,
        }
        return TemplateResponse(request, "admin/choose.html", context)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: Any = None,
    ) -> HttpResponseBase:
        try:
            with transaction.atomic():
                page = super().changeform_view(request, object_id, form_url, extra_context)
        except IntegrityError:
            messages.error(
                request,
                "Somebody saved something at the same moment that contradicts this, so nothing "
                "of yours was saved. Look at it again below.",
            )
            return redirect(request.get_full_path())
        return cast(HttpResponseBase, page)

    # Deleting

    def in_use(self, obj: Any) -> str:
        """Why the row has to stay, as a sentence; empty where it may go."""
        return ""

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponseBase:
        obj = self.get_object(request, object_id)
        why = self.in_use(obj) if obj and self.has_delete_permission(request, obj) else ""
        try:
            if not why:
                with transaction.atomic():
                    page = super().delete_view(request, object_id, extra_context)
                return cast(HttpResponseBase, page)
        except (ProtectedError, RestrictedError):
            why = f"“{obj}” came into use a moment ago, so it stays."
        messages.error(request, why)
        return redirect(self.url_of(obj))

    def _get_obj_does_not_exist_redirect(
        self, request: HttpRequest, opts: Any, object_id: str
    ) -> HttpResponseBase:
        """As everywhere: what is not there, or not one's own, is not found."""
        raise Http404(f"No such {opts.verbose_name}.")

    def url_of(self, obj: models.Model) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[obj.pk])

    # The record of changes: old and new values, in words

    def construct_change_message(
        self, request: HttpRequest, form: Any, formsets: Any, add: bool = False
    ) -> str:
        return describe(form, formsets or [], add=add)

    def log_change(self, request: HttpRequest, obj: models.Model, message: Any) -> Any:
        return super().log_change(request, obj, message) if message else None

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponseBase:
        obj = self.get_object(request, object_id)
        zone = {"zone": self.workspace_of(obj).zone} if obj else {}
        page = super().history_view(request, object_id, {**(extra_context or {}), **zone})
        return cast(HttpResponseBase, page)
