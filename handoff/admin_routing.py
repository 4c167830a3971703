"""Routing in the admin: the ordered rules, drafted beside the plan that is in force."""

from collections.abc import Iterator
from typing import Any, cast

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from unfold.decorators import display

from accounts.models import Workspace
from accounts.seen_form import SeenForm, columns_of
from accounts.workspace_inlines import WordedInline
from handoff.forms.lead_conditions import CONDITION_FIELDS, offered_in
from handoff.forms.routing import RuleForm, RuleFormSet
from handoff.models import RoutingPlan, RoutingRule
from handoff.routing_actions import PlanActions
from handoff.routing_plans import no_draft_any_more, rules_of
from handoff.rule_checks import doubts, faults
from handoff.rule_names import RuleNames

_Status = RoutingPlan.Status


def names_of(request: HttpRequest, workspace: Workspace) -> RuleNames:
    """What rules may name, read once for the whole page."""
    if not hasattr(request, "_rule_names"):
        request._rule_names = RuleNames(workspace)  # type: ignore[attr-defined]
    names: RuleNames = request._rule_names  # type: ignore[attr-defined]
    return names


class RuleInline(WordedInline):
    model = RoutingRule
    form = RuleForm
    formset = RuleFormSet
    template = "admin/handoff/rows.html"
    when_empty = "No rule: every lead goes to the pool Everybody."
    fields = ("name", "result", *CONDITION_FIELDS, "position")
    ordering_field = "position"
    hide_ordering_field = True
    verbose_name = "rule"
    verbose_name_plural = "Rules"
    about = (
        "The company’s owner is asked first. Then the first rule that fits decides; within a rule, "
        "everything that is filled in must hold. Leads that no rule means go to the pool "
        "Everybody. Drag rules, or move them with the arrows."
    )

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        formset = super().get_formset(request, obj, **kwargs)
        if isinstance(obj, RoutingPlan):
            formset.form.workspace = obj.workspace
            formset.form.names = names_of(request, obj.workspace)
            formset.form.offered = offered_in(obj.workspace)
        return formset

    def get_queryset(self, request: HttpRequest) -> QuerySet[RoutingRule]:
        rows: QuerySet[RoutingRule] = super().get_queryset(request)
        return rows.select_related("person", "pool", "track").prefetch_related("tiers")


class PlanForm(SeenForm):
    instance: RoutingPlan
    called = "draft"

    class Meta:
        model = RoutingPlan
        fields: tuple[str, ...] = ()

    def parts(self) -> Iterator[object]:
        for rule in rules_of(self.instance):
            yield columns_of(rule), sorted(tier.pk for tier in rule.tiers.all())


@admin.register(RoutingPlan)
class PlanPage(PlanActions):
    icon = "alt_route"
    menu_title = "Routing"
    menu_order = 1
    about = "Which lead goes to whom: ordered rules; draft a change, try it out, put it in force."
    form = PlanForm
    inlines = (RuleInline,)
    fields = ("seen",)
    list_display = ("number", "state", "rule_count", "in_force", "put_in_force_by")
    list_display_links = ("number", "state")
    list_select_related = ("workspace", "put_in_force_by")
    list_filter = ("status",)
    ordering = ("workspace__name", "-number")
    list_before_template = "admin/handoff/routing_plans.html"
    change_form_outer_before_template = "admin/handoff/routing_state.html"

    @display(  # type: ignore[untyped-decorator]  # it colours the label
        description="Status",
        ordering="status",
        label={"In force": "success", "Draft": "warning", "Retired": "info"},
    )
    def state(self, obj: RoutingPlan) -> str:
        return obj.get_status_display()

    @admin.display(description="Rules")
    def rule_count(self, obj: RoutingPlan) -> int:
        return int(obj.rule_count)  # type: ignore[attr-defined]  # annotated

    @admin.display(description="In force since", ordering="in_force_since")
    def in_force(self, obj: RoutingPlan) -> str:
        if obj.in_force_since is None:
            return "not yet"
        return f"{obj.in_force_since.astimezone(obj.workspace.zone):%-d %b %Y, %H:%M}"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        plans: QuerySet[Any] = super().get_queryset(request)
        return cast(QuerySet[Any], plans.annotate(rule_count=Count("rules")))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # a draft is opened as a copy of what is in force

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # a draft is discarded, a plan that was in force kept

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        is_draft = obj is None or obj.status == _Status.DRAFT
        return is_draft and super().has_change_permission(request, obj)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: Any = None,
    ) -> HttpResponseBase:
        number = object_id or ""
        if request.method != "POST" or not number.isdecimal():
            return super().changeform_view(request, object_id, form_url, extra_context)
        with transaction.atomic():
            # Locked, so that nobody puts it in force between this look and the save.
            mine = RoutingPlan.objects.filter(workspace__in=self.workspaces(request), pk=number)
            plan = mine.select_for_update().first()
            if plan is not None and plan.status != _Status.DRAFT:
                messages.error(request, f"Nothing was saved. {no_draft_any_more(plan)}")
                return redirect(self.url_of(plan))
            return super().changeform_view(request, object_id, form_url, extra_context)

    def render_change_form(self, request: HttpRequest, context: Any, **kwargs: Any) -> Any:
        if isinstance(plan := kwargs.get("obj"), RoutingPlan):
            names, rules = names_of(request, plan.workspace), rules_of(plan)
            wrong = [f"“{f.rule.name}”: {f.text}" for r in rules for f in faults(r, names)]
            context["findings"] = [*wrong, *(finding.text for finding in doubts(rules, names))]
        return super().render_change_form(request, context, **kwargs)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        rules = rules_of(form.instance)
        for finding in doubts(rules, names_of(request, form.instance.workspace)):
            messages.warning(request, finding.text)
