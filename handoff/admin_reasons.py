"""Rejection reasons in the admin."""

from typing import Any, cast

from django.contrib import admin
from django.http import HttpRequest, HttpResponseBase
from import_export.fields import Field
from import_export.resources import ModelResource

from accounts.access import Permission
from accounts.workspace_admin import WorkspaceAdmin
from handoff.agreement.signed_reasons import binding, signed_in
from handoff.forms.reason_settings import ReasonForm
from handoff.models import Handoff, NurtureStay, RejectionReason
from leadqual.admin import ListExport


class ReasonRows(ModelResource):  # type: ignore[misc]
    workspace = Field("workspace__slug", "Workspace")

    class Meta:
        model = RejectionReason
        fields = ("workspace", "code", "name", "outcome", "recycle_days", "position", "is_active")


@admin.register(RejectionReason)
class ReasonPage(ListExport, WorkspaceAdmin):
    needs = frozenset({Permission.CONFIGURE_HANDOFF})
    group = "Hand-off"
    icon = "thumb_down"
    about = "Why sales may give a lead back, what the rep fills in, and what follows."
    form = ReasonForm
    resource_classes = (ReasonRows,)
    list_display = ("name", "outcome", "recycle_days", "questions", "is_active")
    list_filter = ("is_active", "outcome", "questions")
    search_fields = ("name", "code")
    ordering_field = "position"
    hide_ordering_field = True
    fieldsets = (
        (None, {"fields": ("name", "code")}),
        ("What follows", {"fields": ("outcome", "track", "recycle_days", "wake_points")}),
        (
            "What the rep fills in",
            {"fields": ("note_asks", "note_needed", "asks_date", "asks", "attempts")},
        ),
        ("What it tells marketing", {"fields": ("questions", "is_active")}),
    )
    settled = ("code",)
    prepopulated_fields = {"code": ("name",)}
    list_before_template = "admin/handoff/signed.html"
    change_form_before_template = "admin/handoff/signed.html"

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponseBase:
        """Says what of it counts only from the next version of the agreement on."""
        said = {
            "signed": signed_in(self.workspaces(request)),
            "several": self.is_in_several(request),
            "clause": "reasons",
        }
        page = super().changelist_view(request, {**(extra_context or {}), **said})
        return cast(HttpResponseBase, page)

    def render_change_form(self, request: HttpRequest, context: Any, **kwargs: Any) -> Any:
        workspace = request._admin_workspace  # type: ignore[attr-defined]
        if workspace is not None:
            context["signed"] = signed_in([workspace], only=kwargs.get("obj"))
            context["clause"] = "reasons"
        return super().render_change_form(request, context, **kwargs)

    def in_use(self, obj: RejectionReason) -> str:
        if named_in := binding(obj.workspace_id, reason=obj.code):
            return (
                f"“{obj}” stays: {named_in} names it. Untick “in use”, and it is not in the next "
                "version."
            )
        given = Handoff.objects.filter(reason=obj).count()
        if not given and not NurtureStay.objects.filter(reason=obj).exists():
            return ""
        times = "once" if given == 1 else f"{given} times" if given else "before"
        return (
            f"“{obj}” was given {times} and stays in the history. "
            "To offer it no longer, untick “in use”."
        )
