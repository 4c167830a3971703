"""Typed facts of a workspace's own, defined in the admin."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponseBase

from accounts.access import Permission
from accounts.workspace_admin import WorkspaceAdmin
from leadqual.custom_field_form import CustomFieldForm
from leadqual.models import CustomField
from leadqual.stored_facts import stored_values


@admin.register(CustomField)
class CustomFieldPage(WorkspaceAdmin):
    needs = frozenset({Permission.CONFIGURE_SCORING})
    group = "Scoring"
    icon = "edit_note"
    about = "Facts of your own about leads and companies, each with its type."
    form = CustomFieldForm
    list_display = ("label", "of", "kind", "key", "is_active")
    list_filter = ("is_active", "of", "kind")
    search_fields = ("label", "key")
    ordering_field = "position"
    hide_ordering_field = True
    list_before_template = "admin/leadqual/custom_fields.html"
    fields = ("label", "of", "key", "kind", "choices", "help_text", "is_active")
    settled = ("of", "key")
    conditional_fields = {"choices": "kind == 'choice'"}

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return (*self.fields, "stored") if obj else self.fields

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return [*super().get_readonly_fields(request, obj), *(["stored"] if obj else [])]

    @admin.display(description="What is known")
    def stored(self, obj: CustomField) -> str:
        return stored_values(obj).words

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponseBase:
        field = self.get_object(request, object_id)
        if field and request.method == "GET" and self.has_delete_permission(request, field):
            stays = f"What is known under “{field.key}” stays, without this label and type."
            messages.info(request, stays)
        return super().delete_view(request, object_id, extra_context)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        stored = stored_values(obj)
        if obj.is_active and stored.misfits:
            messages.warning(request, f"{obj.label}: {stored.words}")
