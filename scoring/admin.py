"""The scoring model for marketing managers: versions with their rules, and signals."""

from collections.abc import Iterator
from typing import Any, cast

from django.contrib import admin, messages
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.template.defaultfilters import slugify
from django.utils.text import capfirst
from unfold.decorators import display

from accounts.access import Permission
from leadqual.custom_fields import labels
from scoring.editing.draft_actions import DraftActions, no_draft_any_more
from scoring.editing.forms import SignalForm, VersionForm
from scoring.editing.grade_matrix import follow_bands
from scoring.editing.matching_pages import MatchingRules
from scoring.editing.redefining import Currency, RedefiningSignals
from scoring.editing.renaming import renamed_in, save_renamed
from scoring.editing.shadow_actions import ShadowActions
from scoring.editing.version_checks import check_together
from scoring.editing.version_parts import PARTS, known_of
from scoring.engine.fields import label_of
from scoring.models import Band, ModelVersion, Signal
from scoring.models.versions import Axis
from scoring.readiness import doubts
from scoring.signal_words import asks

_SCORING = frozenset({Permission.CONFIGURE_SCORING})


@admin.register(ModelVersion)
class VersionPage(MatchingRules, ShadowActions, DraftActions):
    needs = _SCORING
    group = "Scoring"
    icon = "function"
    menu_title = "Models"
    about = "The ICP, rules, bands and thresholds: draft a change, see what it changes, publish it."
    menu_order = 1
    form = VersionForm
    inlines = PARTS
    list_display = ("number", "state", "author", "published", "published_by", "note")
    list_display_links = ("number", "state")
    list_select_related = ("workspace", "author", "published_by")
    list_filter = ("status",)
    search_fields = ("note",)
    ordering = ("workspace__name", "-number")
    list_before_template = "admin/scoring/drafts.html"
    change_form_outer_before_template = "admin/scoring/state.html"
    change_form_before_template = "admin/scoring/errors_in.html"
    settings = ("note", "inactivity_percent", "demote_margin", "wake_points")

    @display(  # type: ignore[untyped-decorator]  # it colours the label
        description="Status",
        ordering="status",
        label={"Published": "success", "Draft": "warning", "Retired": "info", "Shadow": "primary"},
    )
    def state(self, obj: ModelVersion) -> str:
        return obj.get_status_display()

    @admin.display(description="Published at", ordering="published_at")
    def published(self, obj: ModelVersion) -> str:
        if obj.published_at is None:
            return "not yet"
        return f"{obj.published_at.astimezone(obj.workspace.zone):%-d %b %Y, %H:%M}"

    @admin.display(description="Facts a rep needs")
    def facts(self, obj: ModelVersion) -> str:
        own = labels(obj.workspace)
        return ", ".join(label_of(name, own) for name in obj.required_facts) or "none"

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        is_draft = self.has_change_permission(request, obj)
        return (*self.settings, *(("required_facts", "seen") if is_draft else ("facts",)))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        fields = tuple(super().get_readonly_fields(request, obj))
        return fields if self.has_change_permission(request, obj) else (*fields, "facts")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # a draft is opened as a copy of what is published

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # a draft is discarded, a version kept

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        is_draft = obj is None or obj.status == ModelVersion.Status.DRAFT
        return is_draft and super().has_change_permission(request, obj)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponseBase:
        newest = (
            ModelVersion.objects.filter(workspace__in=self.workspaces(request))
            .exclude(status__in=[ModelVersion.Status.RETIRED, ModelVersion.Status.ENDED])
            .select_related("author", "published_by", "workspace")
        )
        states = [
            {
                "workspace": workspace,
                **{v.status: v for v in newest if v.workspace_id == workspace.pk},
            }
            for workspace in self.workspaces(request)
        ]
        page = super().changelist_view(request, {**(extra_context or {}), "states": states})
        return cast(HttpResponseBase, page)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: Any = None,
    ) -> HttpResponseBase:
        if request.method != "POST" or object_id is None:
            return super().changeform_view(request, object_id, form_url, extra_context)
        with transaction.atomic():
            # Locked, so that nobody publishes between this look and the save.
            mine = self.get_queryset(request).filter(pk=_number(object_id))
            version = mine.select_related(None).select_for_update(of=("self",)).first()
            if version is not None and version.status != ModelVersion.Status.DRAFT:
                messages.error(request, f"Nothing was saved. {no_draft_any_more(version)}")
                return redirect(self.url_of(version))
            return super().changeform_view(request, object_id, form_url, extra_context)

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        if obj is not None:
            form.known = known_of(request, obj)  # type: ignore[attr-defined]
        return form

    def _create_formsets(self, request: HttpRequest, obj: Any, change: bool) -> Any:
        formsets, inlines = super()._create_formsets(request, obj, change)
        if request.method == "POST":
            check_together(known_of(request, obj), formsets)
        return formsets, inlines

    def render_change_form(self, request: HttpRequest, context: Any, **kwargs: Any) -> Any:
        if isinstance(obj := kwargs.get("obj"), ModelVersion):
            context["known"] = known_of(request, obj)
            context["errors_in"] = list(_tabs_with_errors(context))
        return super().render_change_form(request, context, **kwargs)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        renamed = renamed_in(formsets)
        save_renamed(form.instance, renamed)
        if any(formset.model is Band and formset.has_changed() for formset in formsets):
            bands = {
                (axis, old): new
                for axis in Axis
                for old, new in renamed.get((Band, axis.value), {}).items()
            }
            if added := follow_bands(form.instance, renamed=bands):
                messages.info(request, f"The grade matrix has {added} new cells: check them.")
        for doubt in doubts(form.instance):
            messages.warning(request, doubt)


def _tabs_with_errors(context: Any) -> Iterator[tuple[str, str]]:
    """Their titles and names; the rows of a tab that is not open are not seen."""
    if context["adminform"].form.errors:
        yield "General", "general"
    for inline in context["inline_admin_formsets"]:
        formset = inline.formset
        if formset.is_bound and (formset.total_error_count() or formset.non_form_errors()):
            yield capfirst(inline.opts.verbose_name_plural), slugify(formset.prefix)


def _number(object_id: str) -> int:
    return int(object_id) if object_id.isdecimal() else 0


@admin.register(Signal)
class SignalPage(RedefiningSignals):
    needs = _SCORING
    group = "Scoring"
    icon = "sensors"
    about = "What is worth noticing in what leads do; models give points for it."
    menu_order = 2
    form = SignalForm
    change_form_before_template = "admin/scoring/signal_matches.html"
    list_display = ("name", "code", "kind", "shown_by", "users", "matched")
    list_filter = (Currency, "kind")
    search_fields = ("name", "code", "path_prefix")
    settled = ("code",)
    prepopulated_fields = {"code": ("name",)}
    fieldsets = (
        (None, {"fields": ("name", "code", "kind")}),
        (
            "Only events that",
            {
                "fields": (
                    "path_prefix",
                    "utm_source",
                    "utm_medium",
                    "utm_campaign",
                    "property_name",
                    "property_value",
                ),
                "description": "Every line that you fill in must hold; empty ones ask nothing.",
            },
        ),
    )

    @admin.display(description="Only events that")
    def shown_by(self, obj: Signal) -> str:
        return ", ".join(f"{what} {value}" for what, value in asks(obj).items()) or "all"

    @admin.display(description="Older events matched", boolean=True)
    def matched(self, obj: Signal) -> bool:
        return obj.classified
