"""Tiers in the admin: in their order, each with its playbook, its mail and its form."""

from datetime import datetime
from typing import Any, cast

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.access import Permission
from accounts.workspace_admin import WorkspaceAdmin
from handoff.forms.tiers import TierForm, grades_of
from handoff.models import Handoff, NurtureTrack, RoutingPlan, RoutingRule, Tier
from handoff.starter_tiers import install_starter_tiers
from handoff.tier_figures import figures_of
from handoff.tiers import never_reached, tiers_of
from sla.models import Commitment

_FORM = "playbook == 'email_form'"


@admin.register(Tier)
class TierPage(WorkspaceAdmin):
    needs = frozenset({Permission.CONFIGURE_HANDOFF})
    group = "Hand-off"
    icon = "layers"
    menu_title = "Tiers"
    about = "What a lead of that grade and size is worth doing: call, e-mail with a form, content."
    form = TierForm
    list_display = ("name", "whom", "playbook", "is_hot")
    search_fields = ("name",)
    ordering_field = "position"
    hide_ordering_field = True
    list_before_template = "admin/handoff/tiers.html"
    fields = (
        *("name", "grades", "employees_from", "employees_to", "playbook", "is_hot"),
        *("track", "form_asks", "mail_subject", "mail_body"),
    )
    conditional_fields = {
        "track": "playbook == 'content_only'",
        "form_asks": _FORM,
        "mail_subject": _FORM,
        "mail_body": _FORM,
    }

    @admin.display(description="For leads of")
    def whom(self, obj: Tier) -> str:
        grades = f"grade {' or '.join(obj.grades)}" if obj.grades else "any grade"
        least, most = obj.employees_from, obj.employees_to
        if not least and not most:
            return grades
        size = f"{least or 1:,}–{most:,}" if most else f"{least:,} or more"
        return f"{grades}, {size} employees"

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_POST(self.starter_view))
        address = path("starter/<slug:slug>/", view, name="handoff_tier_starter")
        return [address, *super().get_urls()]

    def starter_view(self, request: HttpRequest, slug: str) -> HttpResponseBase:
        """The starter set, for a workspace that has no tiers."""
        workspace = next((w for w in self.workspaces(request) if w.slug == slug), None)
        if workspace is None:
            raise Http404("No such workspace.")
        with transaction.atomic():
            if not Tier.objects.of(workspace).exists():
                install_starter_tiers(workspace)
        return redirect("admin:handoff_tier_changelist")

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponseBase:
        now: datetime = timezone.now()
        figures = [figures_of(workspace, now=now) for workspace in self.workspaces(request)]
        context = {**(extra_context or {}), "figures": figures}
        return cast(HttpResponseBase, super().changelist_view(request, context))

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        named = Commitment.objects.of(obj.workspace).filter(agreement=None, tier_code=obj.code)
        named.update(tier_name=obj.name)  # agreements keep the name that was signed
        tiers = tiers_of(obj.workspace)
        for pk, why in never_reached(tiers, grades_of(obj.workspace)).items():
            name = next(tier.name for tier in tiers if tier.pk == pk)
            messages.warning(request, f"{name}: {why}")

    def in_use(self, obj: Tier) -> str:
        if offers := Handoff.objects.filter(tier=obj).count():
            of = "one offer" if offers == 1 else f"{offers:,} offers"
            return (
                f"“{obj}” stays: it is the tier of {of}. To use it no longer, give its grades to "
                "an earlier tier."
            )
        rules = RoutingRule.objects.filter(tiers=obj)
        if rule := rules.exclude(plan__status=RoutingPlan.Status.RETIRED).first():
            return f"“{obj}” stays: the routing rule “{rule}” asks for it. Change that one first."
        promised = Commitment.objects.of(obj.workspace).filter(tier_code=obj.code, retired_at=None)
        if promise := promised.filter(
            Q(agreement=None) | Q(agreement__status__in=["draft", "proposed", "active"])
        ).first():
            return f"“{obj}” stays: there is a promise for it, “{promise}”. Remove that one first."
        if track := NurtureTrack.objects.filter(tiers=obj).first():
            return f"“{obj}” stays: the nurture track “{track}” asks for it. Change that one first."
        return ""
