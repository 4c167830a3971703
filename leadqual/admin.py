"""Sources and campaigns: the channels that everything is judged by."""

from decimal import Decimal

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import HttpRequest
from import_export.admin import ExportMixin
from import_export.fields import Field
from import_export.formats.base_formats import CSV, XLSX
from import_export.resources import ModelResource
from unfold.contrib.import_export.forms import ExportForm

from accounts.access import Permission
from accounts.workspace_admin import WorkspaceAdmin
from accounts.workspace_form import WorkspaceForm
from leadqual.custom_field_admin import CustomFieldPage
from leadqual.models import Campaign, Event, Lead, Source

__all__ = ["CampaignPage", "CustomFieldPage", "ListExport", "SourcePage"]

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
        fields = ("workspace", "code", "name", "source", "cost")


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


class CampaignForm(WorkspaceForm):
    class Meta:
        model = Campaign
        fields = ("name", "code", "source", "cost")

    def clean_cost(self) -> Decimal:
        cost: Decimal = self.cleaned_data["cost"]
        if cost < 0:
            raise ValidationError("Nobody pays you for a campaign: write 0 or more.")
        return cost


@admin.register(Campaign)
class CampaignPage(ListExport, WorkspaceAdmin):
    needs = _CHANNELS
    group = "Sources"
    icon = "campaign"
    about = "What runs within a channel, and what it cost."
    form = CampaignForm
    resource_classes = (CampaignRows,)
    list_display = ("name", "code", "source", "spent")
    list_select_related = ("source", "workspace")
    list_filter = (("source", admin.RelatedOnlyFieldListFilter),)
    search_fields = ("name", "code")
    fields = ("name", "code", "source", "cost")
    settled = ("code",)

    @admin.display(description="Spent", ordering="cost")
    def spent(self, obj: Campaign) -> str:
        return f"{obj.cost:,.2f} {obj.workspace.currency}"

    def in_use(self, obj: Campaign) -> str:
        leads = Lead.objects.filter(Q(first_campaign=obj) | Q(last_campaign=obj))
        if leads.exists() or Event.objects.filter(campaign=obj).exists():
            return f"“{obj}” stays: leads came from it, and reports judge it by them."
        return ""
