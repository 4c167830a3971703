"""What a workspace decides about its hand-offs: reasons, mail texts, the pool, the policy."""

from typing import Any

from django.contrib import admin
from django.db.models import Exists, OuterRef
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import URLPattern, path
from django.views.decorators.http import require_POST
from import_export.fields import Field
from import_export.resources import ModelResource

from accounts.access import Permission, members_with, roles_with
from accounts.models import Membership, Workspace
from accounts.workspace_admin import WorkspaceAdmin
from handoff.forms.configuration import MessageForm, ReasonForm
from handoff.message_texts import filled_in, sample_facts
from handoff.messages import BUILT_IN
from handoff.models import (
    Handoff,
    HandoffPolicy,
    MessageTemplate,
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


@admin.register(MessageTemplate)
class MessagePage(WorkspaceAdmin):
    """Mail texts in the workspace's words; deleting one brings back the built-in text."""

    needs = _HANDOFF
    group = "Hand-off"
    icon = "mail"
    menu_title = "Mail texts"
    about = "What people are told when a lead is offered, an offer expires, a promise is missed."
    form = MessageForm
    list_display = ("code", "subject")
    search_fields = ("subject", "body")
    fields = ("occasion", "subject", "body", "preview")
    readonly_fields = ("occasion", "preview")

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_POST(self.preview_view))
        address = path("preview/<slug:slug>/", view, name="handoff_messagetemplate_preview")
        return [address, *super().get_urls()]

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponseBase:
        workspace = self.chosen_workspace(request) if self.has_add_permission(request) else None
        if workspace is None or self._occasion(request):
            return super().add_view(request, form_url, extra_context)
        taken = MessageTemplate.objects.of(workspace).values_list("code", flat=True)
        options = [
            (f"?workspace={workspace.slug}&code={code}", label)
            for code, label in MessageTemplate.Code.choices
            if code not in taken
        ]
        question = "Which mail do you want to write in your own words?"
        done = "Every mail has a text of your own already. Change it in the list."
        return self.ask(request, question if options else done, options)

    def _occasion(self, request: HttpRequest) -> str:
        code = request.GET.get("code", "")
        return code if code in MessageTemplate.Code.values else ""

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        form.code = obj.code if obj else self._occasion(request)  # type: ignore[attr-defined]
        return form

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        subject, body = BUILT_IN[MessageTemplate.Code(self._occasion(request))]
        return {"subject": subject, "body": body}

    @admin.display(description="Occasion")
    def occasion(self, obj: MessageTemplate) -> str:
        return obj.get_code_display()

    @admin.display(description="How it reads")
    def preview(self, obj: MessageTemplate) -> str:
        subject, body = obj.subject, obj.body
        if obj._state.adding:
            subject, body = BUILT_IN[MessageTemplate.Code(obj.code)]
        return self._rendered(obj.workspace, subject, body, live=True)

    def preview_view(self, request: HttpRequest, slug: str) -> HttpResponseBase:
        workspace = next((w for w in self.workspaces(request) if w.slug == slug), None)
        if workspace is None:
            raise Http404("No such workspace.")
        return render(request, "admin/handoff/preview.html", self._filled(workspace, request.POST))

    def _filled(self, workspace: Workspace, typed: Any) -> dict[str, Any]:
        facts = sample_facts(workspace)
        subject, body = filled_in(typed.get("subject", ""), typed.get("body", ""), facts)
        return {"workspace": workspace, "subject": subject, "body": body}

    def _rendered(self, workspace: Workspace, subject: str, body: str, *, live: bool) -> str:
        context = self._filled(workspace, {"subject": subject, "body": body})
        return render_to_string("admin/handoff/preview.html", {**context, "live": live})
