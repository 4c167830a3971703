"""What a workspace decides about its hand-offs: reasons, mail texts, the pool, the policy."""

from typing import Any

from django.contrib import admin
from django.db.models import Exists, OuterRef
from django.http import HttpRequest
from import_export.fields import Field
from import_export.resources import ModelResource

from accounts.access import Permission, members_with, roles_with
from accounts.models import Membership
from accounts.workspace_admin import WorkspaceAdmin
from handoff.forms.configuration import ReasonForm
from handoff.models import (
    Handoff,
    HandoffPolicy,
    NurtureStay,
    RejectionReason,
    Rep,
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


@admin.register(Rep)
class RepPage(WorkspaceAdmin):
    needs = _HANDOFF
    group = "Hand-off"
    icon = "groups"
    menu_title = "Reps"
    about = "Who is offered leads, how many, and in which hours."
    list_display = ("user", "is_active", "offers_per_day", "may_decide")
    list_select_related = ("user", "workspace")
    list_filter = ("is_active",)
    search_fields = ("user__name", "user__email")
    fields = ("user", "is_active", "offers_per_day")
    settled = ("user",)

    @admin.display(description="May decide offers", boolean=True)
    def may_decide(self, obj: Rep) -> bool:
        return bool(obj.decides)  # type: ignore[attr-defined]  # annotated

    def get_queryset(self, request: HttpRequest) -> Any:
        holders = Membership.objects.current().filter(
            user=OuterRef("user"),
            workspace=OuterRef("workspace"),
            role__in=roles_with(Permission.DECIDE_OFFERS),
        )
        return super().get_queryset(request).annotate(decides=Exists(holders))

    def choices_of(self, db_field: Any, request: HttpRequest) -> Any:
        people = super().choices_of(db_field, request)
        if db_field.name != "user":
            return people
        ids = [
            person.pk
            for workspace in self.scope(request)
            for person in members_with(workspace, Permission.DECIDE_OFFERS)
        ]
        return people.filter(pk__in=ids)


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


from handoff import admin_messages  # noqa: E402, F401  (registers its page)


from handoff import admin_tiers  # noqa: E402, F401 (registered by importing)
