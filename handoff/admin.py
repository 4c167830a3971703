"""What a workspace decides about its hand-offs: reasons, mail texts, the pool, the policy."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from import_export.fields import Field
from import_export.resources import ModelResource

from accounts.access import Permission
from accounts.workspace_admin import WorkspaceAdmin
from handoff.forms.configuration import ReasonForm
from handoff.models import (
    Handoff,
    HandoffPolicy,
    NurtureStay,
    RejectionReason,
)
from leadqual.admin import ListExport

_HANDOFF = frozenset({Permission.CONFIGURE_HANDOFF})


class ReasonRows(ModelResource):  # type: ignore[misc]
    workspace = Field("workspace__slug", "Workspace")

    class Meta:
        model = RejectionReason
        fields = ("workspace", "code", "name", "outcome", "recycle_days", "position", "is_active")


@admin.register(RejectionReason)
class ReasonPage(ListExport, WorkspaceAdmin):
    needs = _HANDOFF
    group = "Hand-off"
    icon = "thumb_down"
    about = "Why sales may give a lead back, and what follows."
    form = ReasonForm
    resource_classes = (ReasonRows,)
    list_display = ("name", "outcome", "recycle_days", "is_active")
    list_filter = ("is_active", "outcome")
    search_fields = ("name", "code")
    ordering_field = "position"
    hide_ordering_field = True
    fields = ("name", "code", "outcome", "recycle_days", "is_active")
    settled = ("code",)
    prepopulated_fields = {"code": ("name",)}

    def in_use(self, obj: RejectionReason) -> str:
        given = Handoff.objects.filter(reason=obj).count()
        if not given and not NurtureStay.objects.filter(reason=obj).exists():
            return ""
        times = "once" if given == 1 else f"{given} times" if given else "before"
        return (
            f"“{obj}” was given {times} and stays in the history. "
            "To offer it no longer, untick “in use”."
        )


@admin.register(HandoffPolicy)
class PolicyPage(WorkspaceAdmin):
    """One row a workspace, made with it."""

    needs = _HANDOFF
    group = "Hand-off"
    icon = "gavel"
    menu_title = "Policy"
    about = "Whether a lead needs a passed scorecard to become SQL."
    list_display = ("__str__", "scorecard_gate")
    list_select_related = ("workspace",)
    fields = ("scorecard_gate",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


# Pages register themselves when they are imported.
from handoff import (  # noqa: E402, F401
    admin_messages,
    admin_reps,
    admin_routing,
    admin_tiers,
)
