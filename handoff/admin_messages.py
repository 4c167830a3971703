"""Mail texts in the workspace's words."""

from typing import Any

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import URLPattern, path
from django.views.decorators.http import require_POST

from accounts.access import Permission
from accounts.models import Workspace
from accounts.workspace_admin import WorkspaceAdmin
from handoff.forms.configuration import MessageForm
from handoff.message_texts import BUILT_IN, filled_in, sample_facts
from handoff.models import MessageTemplate


@admin.register(MessageTemplate)
class MessagePage(WorkspaceAdmin):
    """Mail texts in the workspace's words; deleting one brings back the built-in text."""

    needs = frozenset({Permission.CONFIGURE_HANDOFF})
    group = "Hand-off"
    icon = "mail"
    menu_title = "Mail texts"
    about = "What people are told when a lead is offered or nobody takes it, and what was missed."
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
