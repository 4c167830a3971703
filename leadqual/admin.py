"""Sources and campaigns: the channels that everything is judged by."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Q, QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from import_export.admin import ExportMixin, ImportMixin
from import_export.fields import Field
from import_export.formats.base_formats import CSV, XLSX
from import_export.resources import ModelResource
from unfold.contrib.import_export.forms import ExportForm, ImportForm

from accounts.access import Permission
from accounts.workspace_admin import WorkspaceAdmin
from accounts.workspace_inlines import WorkspaceTabularInline
from leadqual.campaign_costs import CostForm, CostImport, CostRow, CostRows
from leadqual.custom_field_admin import CustomFieldPage
from leadqual.models import Campaign, CampaignCost, Event, Lead, Source

__all__ = ["CampaignCostPage", "CampaignPage", "CustomFieldPage", "ListExport", "SourcePage"]

_CHANNELS = frozenset({Permission.CONFIGURE_HANDOFF, Permission.CONFIGURE_SCORING})


class ListExport(ExportMixin):  # type: ignore[misc]
    """A list of the admin as CSV or XLSX: the rows that the list shows, no others."""

    export_form_class = ExportForm
    import_export_change_list_template = "admin/export_list.html"
    formats = (CSV, XLSX)

    def has_export_permission(self, request: HttpRequest) -> bool:
        return bool(self.has_view_permission(request))


class SourceRows(ModelResource):  # type: ignore[misc]
    workspace = Field("workspace__slug", "Workspace")

    class Meta:
        model = Source
        fields = ("workspace", "code", "name", "direction")


class CampaignRows(ModelResource):  # type: ignore[misc]
    workspace = Field("workspace__slug", "Workspace")
    source = Field("source__code", "Source")

    class Meta:
        model = Campaign
        fields = ("workspace", "code", "name", "source")


@admin.register(Source)
class SourcePage(ListExport, WorkspaceAdmin):
    needs = _CHANNELS
    group = "Sources"
    icon = "call_split"
    about = "The channels that leads come from."
    resource_classes = (SourceRows,)
    list_display = ("name", "code", "direction")
    list_filter = ("direction",)
    search_fields = ("name", "code")
    fields = ("name", "code", "direction")
    settled = ("code",)
    prepopulated_fields = {"code": ("name",)}

    def in_use(self, obj: Source) -> str:
        leads = Lead.objects.filter(Q(first_source=obj) | Q(last_source=obj))
        if leads.exists() or Event.objects.filter(source=obj).exists():
            return f"“{obj}” stays: leads came from it, and reports judge it by them."
        if obj.campaigns.exists():
            return f"“{obj}” stays: it has campaigns. Move them to another source first."
        return ""


class CostInline(WorkspaceTabularInline):
    model = CampaignCost
    form = CostRow
    formset = CostRows
    fields = ("first", "last", "amount")
    verbose_name_plural = "Costs, spread evenly over their days"


@admin.register(Campaign)
class CampaignPage(ListExport, WorkspaceAdmin):
    needs = _CHANNELS
    group = "Sources"
    icon = "campaign"
    about = "What runs within a channel, and what it cost."
    inlines = (CostInline,)
    resource_classes = (CampaignRows,)
    list_display = ("name", "code", "source", "spent")
    list_select_related = ("source", "workspace")
    list_filter = (("source", admin.RelatedOnlyFieldListFilter),)
    search_fields = ("name", "code")
    fields = ("name", "code", "source")
    settled = ("code",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Campaign]:
        rows: QuerySet[Campaign] = super().get_queryset(request)
        return rows.annotate(costs_in_all=Sum("costs__amount"))

    @admin.display(description="Costs entered", ordering="costs_in_all")
    def spent(self, obj: Any) -> str:
        if obj.costs_in_all is None:
            return "Not known"
        return f"{obj.costs_in_all:,.2f} {obj.workspace.currency}"

    def in_use(self, obj: Campaign) -> str:
        leads = Lead.objects.filter(Q(first_campaign=obj) | Q(last_campaign=obj))
        if leads.exists() or Event.objects.filter(campaign=obj).exists():
            return f"“{obj}” stays: leads came from it, and reports judge it by them."
        return ""


@admin.register(CampaignCost)
class CampaignCostPage(ImportMixin, ListExport, WorkspaceAdmin):  # type: ignore[misc]
    needs = _CHANNELS
    group = "Sources"
    icon = "payments"
    about = "What campaigns cost from day to day: typed, or imported from a file."
    form = CostForm
    resource_classes = (CostImport,)
    import_form_class = ImportForm
    import_export_change_list_template = "admin/import_export_list.html"
    skip_admin_log = True
    list_display = ("campaign", "first", "last", "amount")
    list_select_related = ("campaign", "workspace")
    list_filter = (("campaign", admin.RelatedOnlyFieldListFilter),)
    fields = ("campaign", "first", "last", "amount")

    def has_import_permission(self, request: HttpRequest) -> bool:
        return bool(self.has_add_permission(request))

    def get_import_resource_kwargs(self, request: HttpRequest, **kwargs: Any) -> dict[str, Any]:
        return {"workspaces": self.workspaces(request)}

    def get_export_resource_kwargs(self, request: HttpRequest, **kwargs: Any) -> dict[str, Any]:
        return {"workspaces": self.workspaces(request)}

    def get_import_data_kwargs(self, request: HttpRequest, **kwargs: Any) -> dict[str, Any]:
        said: dict[str, Any] = super().get_import_data_kwargs(request=request, **kwargs)
        return {**said, "rollback_on_validation_errors": True}

    def process_result(self, result: Any, request: HttpRequest) -> HttpResponse:
        """What was fine when it was shown may not be any more when it is confirmed."""
        if result.has_errors() or result.has_validation_errors():
            messages.error(
                request, "Nothing was imported: costs have changed meanwhile. Try again."
            )
            return redirect("admin:leadqual_campaigncost_import")
        answer: HttpResponse = super().process_result(result, request)
        return answer
