"""Open a draft of the routing, put it in force, discard it: each a POST, the last two asked for."""

from datetime import UTC, datetime
from typing import Any, ClassVar, cast

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.views.decorators.http import require_GET, require_POST

from accounts.access import Permission
from accounts.models import User, Workspace
from accounts.workspace_admin import WorkspaceAdmin
from handoff import routing_plans
from handoff.dry_run import SHOWN, dry_run
from handoff.forms.routing import DryRunForm
from handoff.models import RoutingPlan, RoutingRule
from handoff.routing_plans import draft_of, plan_in_force, rules_of
from handoff.rule_checks import doubts, faults, rule_in_words
from handoff.rule_names import RuleNames
from leadqual.patience import TooManyToCount

_Status = RoutingPlan.Status
_LIST = "admin:handoff_routingplan_changelist"


class PlanActions(WorkspaceAdmin):
    """The part of the plan's admin that moves plans through their lives."""

    needs: ClassVar[frozenset[Permission]] = frozenset({Permission.CONFIGURE_HANDOFF})
    group: ClassVar[str] = "Hand-off"

    def get_urls(self) -> list[URLPattern]:
        guard, prefix = self.admin_site.admin_view, "handoff_routingplan"
        return [
            path("open/", guard(require_POST(self.open_view)), name=f"{prefix}_open"),
            path("<int:pk>/in-force/", guard(self.put_in_force_view), name=f"{prefix}_in_force"),
            path(
                "<int:pk>/dry-run/",
                guard(require_GET(self.dry_run_view)),
                name=f"{prefix}_dry_run",
            ),
            path("<int:pk>/discard/", guard(self.discard_view), name=f"{prefix}_discard"),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponseBase:
        there = RoutingPlan.objects.filter(workspace__in=self.workspaces(request))
        current = list(there.exclude(status=_Status.RETIRED))
        states = [
            {"workspace": here, **{p.status: p for p in current if p.workspace_id == here.pk}}
            for here in self.workspaces(request)
        ]
        page = super().changelist_view(request, {**(extra_context or {}), "states": states})
        return cast(HttpResponseBase, page)

    def open_view(self, request: HttpRequest) -> HttpResponseBase:
        """The draft; a new one is a copy of the plan in force, or of the `plan` that is named."""
        here = self._named_workspace(request)
        named = request.POST.get("plan", "")
        like = self._mine(request, int(named)) if named.isdecimal() else None
        if like is not None and like.workspace_id != here.pk:
            raise Http404("No such plan.")
        there = draft_of(here)
        draft = routing_plans.open_draft(workspace=here, at=datetime.now(UTC), like=like)
        if there is None:
            copied = f" as a copy of plan {like.number}" if like else ""
            self.log_change(request, draft, f"Opened as a draft{copied}.")
            messages.success(
                request, f"Draft {draft.number} is open. Nothing changes until it is put in force."
            )
        elif like is not None:
            messages.warning(
                request, f"Draft {draft.number} is open already. Discard it to start from another."
            )
        return redirect(self.url_of(draft))

    def put_in_force_view(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        draft = self._still_draft(request, pk)
        if draft is None:
            return redirect(_LIST)
        if request.method == "POST" and self._put_in_force(request, draft):
            return redirect(self.url_of(draft))
        names = RuleNames(draft.workspace)
        old, new = rules_of(plan_in_force(draft.workspace)), rules_of(draft)
        return self._page(
            request,
            draft,
            "routing_in_force",
            f"Put plan {draft.number} of {draft.workspace} in force",
            before=_read_out(old, names),
            after=_read_out(new, names),
            problems=[f"“{f.rule.name}”: {f.text}" for rule in new for f in faults(rule, names)],
            doubts=[finding.text for finding in doubts(new, names)],
        )

    def _put_in_force(self, request: HttpRequest, draft: RoutingPlan) -> bool:
        try:
            plan = routing_plans.put_in_force(
                draft, by=cast(User, request.user), at=datetime.now(UTC)
            )
        except ValidationError as error:  # not right, or somebody was faster: it says what or who
            for message in error.messages:
                messages.error(request, message)
            return False
        self.log_change(request, plan, "Put in force.")
        messages.success(request, f"Plan {plan.number} is in force: leads are routed by it now.")
        return True

    def dry_run_view(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """Any plan may be tried: a draft before it counts, one of the past out of curiosity."""
        plan = self._mine(request, pk)
        form = DryRunForm(request.GET)
        days, timed = form.said
        run, too_many = None, ""
        try:
            run = dry_run(plan, days=days, timed=timed, now=datetime.now(UTC))
        except TooManyToCount as error:
            too_many = str(error)
        title = f"Plan {plan.number} of {plan.workspace} on past leads"
        facts = {"run": run, "too_many": too_many, "form": form, "days": days, "timed": timed}
        return self._page(request, plan, "routing_dry_run", title, shown=SHOWN, **facts)

    def discard_view(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        draft = self._still_draft(request, pk)
        if draft is None:
            return redirect(_LIST)
        if request.method != "POST":
            names = RuleNames(draft.workspace)
            said = _read_out(rules_of(draft), names)
            title = f"Discard the draft {draft.number} of {draft.workspace}"
            return self._page(request, draft, "routing_discard", title, rules=said)
        if routing_plans.discard(draft):
            if plan := plan_in_force(draft.workspace):
                self.log_change(request, plan, f"Draft {draft.number} was discarded.")
            messages.success(request, f"Draft {draft.number} is discarded. Nothing else changed.")
        else:
            messages.error(request, routing_plans.no_draft_any_more(draft))
        return redirect(_LIST)

    def _named_workspace(self, request: HttpRequest) -> Workspace:
        slug = request.POST.get("workspace", "")
        for workspace in self.workspaces(request):
            if workspace.slug == slug:
                return workspace
        raise Http404("No such workspace.")

    def _mine(self, request: HttpRequest, pk: int) -> RoutingPlan:
        mine = RoutingPlan.objects.filter(workspace__in=self.workspaces(request))
        plan = mine.select_related("workspace").filter(pk=pk).first()
        if plan is None:
            raise Http404("No such plan.")
        return plan

    def _still_draft(self, request: HttpRequest, pk: int) -> RoutingPlan | None:
        """None, with a message, where it is no draft any more. Raises Http404."""
        plan = self._mine(request, pk)
        if plan.status == _Status.DRAFT:
            return plan
        messages.error(request, routing_plans.no_draft_any_more(plan))
        return None

    def _page(
        self, request: HttpRequest, plan: RoutingPlan, name: str, title: str, **facts: Any
    ) -> HttpResponseBase:
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": title,
            "plan": plan,
            "plan_url": self.url_of(plan),
            **facts,
        }
        return TemplateResponse(request, f"admin/handoff/{name}.html", context)


def _read_out(rules: list[RoutingRule], names: RuleNames) -> list[tuple[str, str]]:
    return [(rule.name, rule_in_words(rule, names)) for rule in rules]
