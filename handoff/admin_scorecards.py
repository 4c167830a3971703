"""Scorecards in the admin: the frameworks with their questions, and which of them is asked when."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse

from accounts.access import Permission
from accounts.models import Workspace
from accounts.workspace_admin import WorkspaceAdmin
from accounts.workspace_inlines import WorkspaceTabularInline
from handoff import frameworks
from handoff.admin_signed import SignedPage
from handoff.agreement.signed_reasons import Signed, binding, policy_signed_in
from handoff.forms.frameworks import (
    FrameworkForm,
    PolicyForm,
    QuestionForm,
    QuestionFormSet,
    chosen_as,
    filled_in,
)
from handoff.models import Framework, FrameworkQuestion, HandoffPolicy
from scoring.fact_choices import askable, fact_choices, own_facts

_HANDOFF = frozenset({Permission.CONFIGURE_HANDOFF})


class QuestionInline(WorkspaceTabularInline):
    model = FrameworkQuestion
    form = QuestionForm
    formset = QuestionFormSet
    template = "admin/handoff/rows.html"
    verbose_name = "question"
    verbose_name_plural = "Questions"
    fields = (*QuestionForm.Meta.fields, "position")
    ordering_field = "position"
    hide_ordering_field = True
    opened = False  # the rows show a sentence until somebody opens them
    about = (
        "In the order in which they are asked on the call: drag them, or move them with the "
        "arrows. Scorecards that were begun keep their answers, also to what is asked no more."
    )

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        formset = super().get_formset(request, obj, **kwargs)
        workspace: Workspace | None = getattr(request, "_admin_workspace", None)
        if workspace:
            choices = fact_choices(own_facts(workspace))
            used = _loose(obj, choices) if obj else []
            formset.form.offered = [("", "Nothing"), *askable(choices), *used]
        return formset


def _loose(framework: Framework, choices: Any) -> list[tuple[str, str]]:
    """Facts that questions name already and no lead has at the moment."""
    named = set(framework.questions.exclude(prefill="").values_list("prefill", flat=True))
    known = {name for _, group in choices if isinstance(group, list) for name, _ in group}
    return [(name, f"{name} (not known of any lead yet)") for name in sorted(named - known)]


@admin.register(Framework)
class FrameworkPage(WorkspaceAdmin):
    needs = _HANDOFF
    group = "Hand-off"
    icon = "checklist"
    menu_title = "Scorecards"
    about = "What reps ask on the call, how answers are judged, and when a scorecard passes."
    form = FrameworkForm
    inlines = (QuestionInline,)
    fields = ("name", "code", "about", "pass_mark", "is_active")
    settled = ("code",)
    prepopulated_fields = {"code": ("name",)}
    list_display = ("name", "asked", "pass_mark", "purpose", "is_active")
    list_filter = ("is_active",)
    search_fields = ("name", "code", "about")

    @admin.display(description="Questions")
    def asked(self, obj: Framework) -> int:
        return int(obj.asked)  # type: ignore[attr-defined]  # annotated

    @admin.display(description="Asked for")
    def purpose(self, obj: Framework) -> str:
        policy: HandoffPolicy | None = getattr(obj.workspace, "handoff_policy", None)
        if policy and obj.pk == policy.discovery_id:
            return "Discovery"
        return "Final word" if policy and obj.pk == policy.final_word_id else ""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Framework]:
        rows: QuerySet[Framework] = super().get_queryset(request)
        asked = Count("questions", filter=Q(questions__is_active=True))
        return rows.select_related("workspace__handoff_policy").annotate(asked=asked)

    def in_use(self, obj: Framework) -> str:
        if named_in := binding(obj.workspace_id, framework=obj.pk):
            return f"“{obj}” stays: {named_in} asks it."
        if purpose := chosen_as(obj):
            return f"“{obj}” is the scorecard for {purpose}. Choose another one under Policy first."
        if leads := filled_in(obj):
            whom = "one lead" if leads == 1 else f"{leads} leads"
            return (
                f"“{obj}” was filled in for {whom}, and the answers stay. "
                "To ask it no longer, untick “in use”."
            )
        return ""

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponseBase:
        """First a choice: one of the library that is not here yet, or one's own."""
        workspace = self.chosen_workspace(request) if self.has_add_permission(request) else None
        if workspace is None or "own" in request.GET:
            return super().add_view(request, form_url, extra_context)
        if code := request.POST.get("library"):
            return self._add_from_library(request, workspace, code)
        there = set(Framework.objects.of(workspace).values_list("code", flat=True))
        context = {
            **self.admin_site.each_context(request),
            "title": "Add a scorecard",
            "opts": self.opts,
            "chosen": workspace,
            "library": [each for each in frameworks.frameworks() if each.code not in there],
        }
        return TemplateResponse(request, "admin/handoff/framework_add.html", context)

    def _add_from_library(
        self, request: HttpRequest, workspace: Workspace, code: str
    ) -> HttpResponseBase:
        for row in frameworks.install(workspace, codes=[code]):
            self.log_addition(request, row, "Added from the library.")
            messages.success(request, f"{row} is here now. Make it your own below.")
            return redirect(self.url_of(row))
        messages.error(request, "The library has no such scorecard, or it is here already.")
        return redirect(request.get_full_path())


@admin.register(HandoffPolicy)
class PolicyPage(SignedPage):
    """One row a workspace, made with it."""

    needs = _HANDOFF
    group = "Hand-off"
    icon = "gavel"
    menu_title = "Policy"
    about = (
        "Which scorecards are asked, whether SQL needs a passed one, how often leads come back, "
        "whether anything is offered before an agreement is signed, and when acceptance out of its "
        "band asks for a decision."
    )
    form = PolicyForm
    list_display = (
        *("__str__", "scorecard_gate", "discovery", "final_word", "max_cycles"),
        "hold_until_signed",
    )
    list_select_related = ("workspace", "discovery", "final_word")
    fields = PolicyForm.Meta.fields
    signed_clause = "stages"

    def signed(self, workspaces: Sequence[Workspace], obj: Any = None) -> list[Signed]:
        """What of it counts only from the next version of the agreement on."""
        return policy_signed_in(workspaces)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def choices_of(self, db_field: Any, request: HttpRequest) -> QuerySet[Any]:
        rows = super().choices_of(db_field, request)
        return rows.filter(is_active=True) if db_field.related_model is Framework else rows
