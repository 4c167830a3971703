"""Nurture tracks in the admin: whom each is for, its steps in order, who is where now."""

from typing import Any, cast

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.access import Permission
from accounts.models import User, Workspace
from accounts.workspace_admin import WorkspaceAdmin
from accounts.workspace_inlines import WorkspaceTabularInline
from handoff.agreement.signed_reasons import binding
from handoff.condition_words import in_words
from handoff.forms.lead_conditions import CONDITION_FIELDS
from handoff.forms.nurture_tracks import NurtureTrackForm, StepForm, StepFormSet
from handoff.lead_conditions import conditions_of
from handoff.models import (
    NurtureStay,
    NurtureStep,
    NurtureTrack,
    RejectionReason,
    RoutingRule,
    StepDone,
    Tier,
)
from handoff.nurture_places import before_each, number_anew, stop_all
from handoff.nurture_previews import preview_of, sample_leads
from handoff.nurture_tracks import comes_first, steps_of
from handoff.starter_tracks import install_starter_track


class StepInline(WorkspaceTabularInline):
    model = NurtureStep
    form = StepForm
    formset = StepFormSet
    template = "admin/handoff/rows.html"
    below = "admin/handoff/nurture_preview.html"
    fields = ("kind", "days", "subject", "body", "url", "position")
    ordering_field = "position"
    hide_ordering_field = True
    verbose_name = "step"
    verbose_name_plural = "Steps"
    about = (
        "Each lead is given each step once, one after the other until a wait. A reply, an "
        "unsubscription or another stage ends it. Leads that are on the track keep their place "
        "when you move, add or remove steps: they go on with the step that was to be their next, "
        "and what you put before their place is not made up for."
    )

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        formset = super().get_formset(request, obj, **kwargs)
        formset.form.workspace = obj.workspace if obj else request._admin_workspace  # type: ignore[attr-defined]
        formset.form.waiting = before_each(obj) if obj else {}
        return formset


@admin.register(NurtureTrack)
class TrackPage(WorkspaceAdmin):
    needs = frozenset({Permission.CONFIGURE_HANDOFF})
    group = "Hand-off"
    icon = "potted_plant"
    menu_title = "Nurture tracks"
    about = "What leads that are not ready get: mails, waits, tasks, webhooks."
    form = NurtureTrackForm
    inlines = (StepInline,)
    list_display = ("name", "is_for", "step_count", "leads_now", "is_active")
    list_filter = ("is_active",)
    search_fields = ("name",)
    ordering_field = "position"
    hide_ordering_field = True
    list_before_template = "admin/handoff/nurture_tracks.html"
    fieldsets = (
        (None, {"fields": ("name", "is_active", "stop", "then", "stale_days", "seen")}),
        (
            "For leads of which all of this holds; nothing filled in: for every lead",
            {"fields": CONDITION_FIELDS},
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        on_it = Q(stays__left_at=None, stays__next_at__isnull=False)
        tracks = super().get_queryset(request).prefetch_related("tiers")
        counted = tracks.annotate(
            step_count=Count("steps", distinct=True),
            leads_now=Count("stays", filter=on_it, distinct=True),
        )
        return cast(QuerySet[Any], counted)

    @admin.display(description="For")
    def is_for(self, obj: NurtureTrack) -> str:
        said = in_words(conditions_of(obj))
        return f"{said}, asleep for {obj.stale_days} days" if obj.stale_days else said

    @admin.display(description="Steps")
    def step_count(self, obj: NurtureTrack) -> int:
        return int(obj.step_count)  # type: ignore[attr-defined]  # annotated

    @admin.display(description="Leads on it now")
    def leads_now(self, obj: NurtureTrack) -> int:
        return int(obj.leads_now)  # type: ignore[attr-defined]  # annotated

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_POST(self.preview_view))
        address = path("preview/<slug:slug>/", view, name="handoff_nurturetrack_preview")
        start = self.admin_site.admin_view(require_POST(self.starter_view))
        name = "handoff_nurturetrack_starter"
        return [address, path("starter/<slug:slug>/", start, name=name), *super().get_urls()]

    def starter_view(self, request: HttpRequest, slug: str) -> HttpResponseBase:
        """The starter track, for a workspace that has none: its page is next."""
        workspace = self._mine(request, slug)
        with transaction.atomic():
            if NurtureTrack.objects.of(workspace).exists():
                return redirect("admin:handoff_nurturetrack_changelist")
            track = install_starter_track(workspace)
        self.log_addition(request, track, "Added from the starter set.")
        return redirect(self.url_of(track))

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponseBase:
        """Says of which workspaces no track is in use, and what its own first one is."""
        idle = []
        for workspace in self.workspaces(request):
            tracks = list(NurtureTrack.objects.of(workspace))
            if not any(track.is_active for track in tracks):
                idle.append({"workspace": workspace, "first": tracks[0] if tracks else None})
        context = {**(extra_context or {}), "idle": idle}
        return cast(HttpResponseBase, super().changelist_view(request, context))

    def _mine(self, request: HttpRequest, slug: str) -> Workspace:
        workspace = next((w for w in self.workspaces(request) if w.slug == slug), None)
        if workspace is None:
            raise Http404("No such workspace.")
        return workspace

    def preview_view(self, request: HttpRequest, slug: str) -> HttpResponseBase:
        workspace = self._mine(request, slug)
        context = {"mails": preview_of(workspace, request.POST)}
        return render(request, "admin/handoff/nurture_preview_text.html", context)

    def render_change_form(self, request: HttpRequest, context: Any, **kwargs: Any) -> Any:
        workspace = request._admin_workspace  # type: ignore[attr-defined]
        if workspace is not None:
            context["preview_workspace"] = workspace
            context["preview_leads"] = sample_leads(workspace)
        return super().render_change_form(request, context, **kwargs)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: Any = None,
    ) -> HttpResponseBase:
        with transaction.atomic():
            number = object_id or ""
            if request.method == "POST" and number.isdecimal():
                # No lead takes a step while its steps are moved; see handoff.nurture_steps.
                held = NurtureTrack.objects.filter(pk=number).order_by()
                held.select_for_update(no_key=True).first()
            return super().changeform_view(request, object_id, form_url, extra_context)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if change and not obj.is_active:
            by = cast(User, request.user)
            if stopped := stop_all(obj, by=by, at=timezone.now()):
                leads = "1 lead" if stopped == 1 else f"{stopped:,} leads"
                messages.info(request, f"{leads} will get nothing more of this track.")
        if first := comes_first(obj):
            messages.warning(
                request,
                f"No lead comes onto this track by itself: “{first}” comes first and takes every "
                "lead. Move this one above it on the list.",
            )

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        before = steps_of(form.instance)
        super().save_related(request, form, formsets, change)
        number_anew(form.instance, before=before)

    def in_use(self, obj: NurtureTrack) -> str:
        named = NurtureTrack.objects.filter(then=obj).first()
        if named:
            return f"“{obj}” stays: “{named}” goes on with it. Let that one go on elsewhere first."
        been = NurtureStay.objects.filter(track=obj).exists()
        if been or StepDone.objects.filter(track=obj).exists():
            return (
                f"“{obj}” stays in the history of its leads. To use it no longer, untick “in use”."
            )
        return _named_by(obj)


def _named_by(track: NurtureTrack) -> str:
    """What would lose its track, as a sentence; blank where nothing names it."""
    if named_in := binding(track.workspace_id, track=track.pk):
        return f"“{track}” stays: a reason of {named_in} leads to it."
    for model in (RejectionReason, Tier, RoutingRule):
        if row := model._default_manager.filter(track=track).first():
            name = model._meta.verbose_name
            return f"“{track}” stays: the {name} “{row}” leads to it. Change that first."
    return ""
