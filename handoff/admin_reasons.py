"""Rejection reasons in the admin."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from import_export.fields import Field
from import_export.resources import ModelResource

from accounts.access import Permission
from accounts.models import Workspace
from handoff.admin_signed import SignedPage
from handoff.agreement.signed_reasons import Signed, binding, signed_in
from handoff.forms.reason_settings import ReasonForm
from handoff.models import Handoff, NurtureStay, RejectionReason
from leadqual.admin import ListExport


class ReasonRows(ModelResource):  # type: ignore[misc]
    workspace = Field("workspace__slug", "Workspace")

    class Meta:
        model = RejectionReason
        fields = ("workspace", "code", "name", "outcome", "recycle_days", "position", "is_active")


@admin.register(RejectionReason)
class ReasonPage(ListExport, SignedPage):
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
    signed_clause = "reasons"

    def signed(self, workspaces: Sequence[Workspace], obj: Any = None) -> list[Signed]:
        """What of it counts only from the next version of the agreement on."""
        return signed_in(workspaces, only=obj)

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
