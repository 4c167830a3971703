"""Admin forms of a model version and of signals; its rules are in `scoring.rule_forms`."""

from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminSelect2MultipleWidget, UnfoldAdminTextareaWidget

from accounts.workspace_form import PlainForm, WorkspaceForm
from scoring.fact_choices import askable, fact_choices, own_facts
from scoring.models import Band, ModelVersion, QualificationRule, Signal
from scoring.rule_forms import PartForm


class VersionForm(WorkspaceForm):
    required_facts = forms.MultipleChoiceField(
        label="Facts a rep needs",
        required=False,
        widget=UnfoldAdminSelect2MultipleWidget,
        help_text="A lead waits as MQL until these are known: enough context to personalise.",
    )

    class Meta:
        model = ModelVersion
        fields = ("note", "inactivity_percent", "demote_margin", "wake_points", "required_facts")
        widgets = {"note": UnfoldAdminTextareaWidget(attrs={"rows": 3})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "required_facts" in self.fields:  # not on the page of a published version
            own = own_facts(self.instance.workspace)
            self.fields["required_facts"].choices = askable(fact_choices(own))  # type: ignore[attr-defined]


class SignalForm(WorkspaceForm):
    class Meta:
        model = Signal
        fields = (
            "name",
            "code",
            "kind",
            "path_prefix",
            "utm_source",
            "utm_medium",
            "utm_campaign",
            "property_name",
            "property_value",
        )
        labels = {
            "kind": "What happened",
            "path_prefix": "Path begins with",
            "utm_source": "UTM source",
            "utm_medium": "UTM medium",
            "utm_campaign": "UTM campaign",
            "property_name": "Property",
            "property_value": "Value of the property",
        }
        help_texts = {"path_prefix": "Such as /pricing.", "property_value": "Empty: any value."}

    def clean(self) -> dict[str, Any] | None:
        data = super().clean() or self.cleaned_data
        if data.get("property_value") and not data.get("property_name"):
            self.add_error("property_name", "Name the property that has this value.")
        if data.get("path_prefix") and not data["path_prefix"].startswith("/"):
            self.add_error("path_prefix", "A path begins with a slash, such as /pricing.")
        return data


class BandForm(PlainForm):
    class Meta:
        model = Band
        fields = ("axis", "name", "floor")
        labels = {"axis": "Scale", "floor": "From points"}


class QualificationForm(PartForm):
    class Meta:
        model = QualificationRule
        fields = ("purpose", "fit_at_least", "intent_at_least", "total_at_least")
        labels = {
            "fit_at_least": "Fit at least",
            "intent_at_least": "Intent at least",
            "total_at_least": "Total at least",
        }

    def clean(self) -> dict[str, Any] | None:
        data = super().clean() or self.cleaned_data
        bounds = ("fit_at_least", "intent_at_least", "total_at_least")
        if not self.errors and all(data.get(bound) is None for bound in bounds):
            self.add_error("total_at_least", "Fill in at least one of the three.")
        return data
