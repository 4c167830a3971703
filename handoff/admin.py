"""What a workspace decides about its hand-offs: reasons, mail texts, the pool, the policy."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from accounts.access import Permission
from accounts.workspace_admin import WorkspaceAdmin
from handoff.models import HandoffPolicy

_HANDOFF = frozenset({Permission.CONFIGURE_HANDOFF})


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
    admin_reasons,
    admin_reps,
    admin_routing,
    admin_tiers,
)
