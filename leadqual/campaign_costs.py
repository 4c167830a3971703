"""Costs of campaigns as they are typed and imported: nothing counts twice, nothing half."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.forms.models import BaseInlineFormSet
from import_export.fields import Field
from import_export.resources import ModelResource
from import_export.widgets import DateWidget, DecimalWidget, ForeignKeyWidget

from accounts.models import Workspace
from accounts.workspace_form import WorkspaceForm
from leadqual.models import Campaign, CampaignCost


class CostForm(WorkspaceForm):
    class Meta:
        model = CampaignCost
        fields = ("campaign", "first", "last", "amount")


class CostRow(WorkspaceForm):
    """The same inside its campaign’s page."""

    class Meta:
        model = CampaignCost
        fields = ("first", "last", "amount")


class CostRows(BaseInlineFormSet):  # type: ignore[type-arg]
    """All costs of a campaign at once: two rows that are typed together share no day either."""

    def _construct_form(self, i: int, **kwargs: Any) -> Any:
        form = super()._construct_form(i, **kwargs)  # type: ignore[misc]
        form.instance.workspace_id = self.instance.workspace_id
        return form

    def clean(self) -> None:
        super().clean()
        taken: list[tuple[date, date]] = []
        for form in self.forms:
            said = getattr(form, "cleaned_data", {})
            first, last = said.get("first"), said.get("last")
            if not first or not last or said.get("DELETE") or last < first:
                continue
            if any(
                first <= other_last and other_first <= last for other_first, other_last in taken
            ):
                form.add_error("first", "Another row here has some of these days.")
            taken.append((first, last))


class _CampaignByCode(ForeignKeyWidget):  # type: ignore[misc]
    """A campaign by its code, or by its name, in the workspace of the row."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Campaign | None:
        said = str(value or "").strip()
        mine = Campaign.objects.of(row["_workspace"])
        found = mine.filter(code=said).first() or mine.filter(name=said).first()
        if found is None:
            raise ValueError(f"there is no campaign “{said}” in {row['_workspace']}")
        return found


class CostImport(ModelResource):  # type: ignore[misc]
    """A row a campaign and range of days; the same range again replaces its amount.

    Of a file with a bad row nothing is kept. `workspaces` are those in which the person may enter
    costs; a row names its own by slug where there are several.
    """

    workspace = Field("workspace__slug", "workspace", readonly=True)
    campaign = Field("campaign", "campaign", widget=_CampaignByCode(Campaign, "code"))
    first = Field("first", "first", widget=DateWidget("%Y-%m-%d"))
    last = Field("last", "last", widget=DateWidget("%Y-%m-%d"))
    amount = Field("amount", "amount", widget=DecimalWidget())

    class Meta:
        model = CampaignCost
        fields = ("workspace", "campaign", "first", "last", "amount")
        import_id_fields = ("campaign", "first", "last")
        clean_model_instances = True
        use_transactions = True
        skip_unchanged = True
        report_skipped = True

    def __init__(self, workspaces: Sequence[Workspace] = (), **kwargs: Any) -> None:
        super().__init__()
        self.workspaces = {each.slug: each for each in workspaces}

    def get_queryset(self) -> Any:
        return CampaignCost.objects.filter(workspace__in=self.workspaces.values())

    def get_instance(self, instance_loader: Any, row: Any) -> CampaignCost | None:
        try:
            found: CampaignCost | None = super().get_instance(instance_loader, row)
        except ValueError:
            return None  # what cannot be read is told field by field when the row is read
        return found

    def before_import_row(self, row: Any, **kwargs: Any) -> None:
        said = str(row.get("workspace") or "").strip()
        if not said and len(self.workspaces) == 1:
            said = next(iter(self.workspaces))
        if said not in self.workspaces:
            raise ValidationError(
                f"there is no workspace “{said}” in which you may enter costs"
                if said
                else "it says no workspace"
            )
        row["_workspace"] = self.workspaces[said]

    def before_save_instance(self, instance: CampaignCost, row: Any, **kwargs: Any) -> None:
        instance.workspace = instance.campaign.workspace

    def import_instance(self, instance: CampaignCost, row: Any, **kwargs: Any) -> None:
        instance.workspace = row["_workspace"]
        super().import_instance(instance, row, **kwargs)
