"""Admin forms of a model version's settings, bands and definitions, and of signals."""

from typing import Any, cast

from django import forms
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.http import QueryDict
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelect2MultipleWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
)

from accounts.workspace_form import PlainForm, WorkspaceForm
from scoring.editing.known_names import Known, stamp_of
from scoring.editing.rule_forms import PartForm
from scoring.fact_choices import askable, fact_choices
from scoring.models import Band, GradeCell, ModelVersion, QualificationRule, Signal
from scoring.models.versions import Axis


class VersionForm(WorkspaceForm):
    """`seen` is a stamp of the draft as it was shown: of two who save, the later one is told."""

    known: Known  # set by the page
    instance: ModelVersion

    required_facts = forms.MultipleChoiceField(
        label="Facts a rep needs",
        required=False,
        widget=UnfoldAdminSelect2MultipleWidget,
        help_text="A lead waits as MQL until these are known: enough context to personalise.",
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = ModelVersion
        fields = ("note", "inactivity_percent", "demote_margin", "wake_points", "required_facts")
        widgets = {"note": UnfoldAdminTextareaWidget(attrs={"rows": 3})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "required_facts" not in self.fields:
            return  # the page of a published version
        choices = askable(fact_choices(self.known.facts))
        self.fields["required_facts"].choices = choices  # type: ignore[attr-defined]
        self.initial["seen"] = stamp_of(self.instance, self.known.contents)

    def clean_seen(self) -> str:
        now = str(self.initial["seen"])
        if self.cleaned_data["seen"] != now:
            # The next save knows what was told here, and may go on from it.
            self.data = data = cast(QueryDict, self.data).copy()
            data[self.add_prefix("seen")] = now
            raise forms.ValidationError(_somebody_saved(self.instance))
        return now

    def clean(self) -> dict[str, Any] | None:
        data = super().clean() or self.cleaned_data
        for fault in self.known.faults:
            self.add_error(fault.setting, fault.text)
        return data

    def _clean_fields(self) -> None:
        super()._clean_fields()  # type: ignore[misc]
        if "seen" in self.errors:  # nobody sees a hidden field: say it above all others
            self.add_error(None, self.errors.pop("seen").data)


def _somebody_saved(version: ModelVersion) -> str:
    """Who, when (in the workspace's time) and what, from the history of the draft."""
    kind = ContentType.objects.get_for_model(ModelVersion)
    last = (
        LogEntry.objects.filter(content_type=kind, object_id=str(version.pk))
        .select_related("user")
        .order_by("-action_time", "-pk")
        .first()
    )
    who = "This draft was changed"
    what = ""
    if last is not None:
        at = last.action_time.astimezone(version.workspace.zone)
        who = f"{last.user} saved this draft on {at:%-d %B %Y at %H:%M}"
        what = f" ({'; '.join(last.get_change_message().rstrip('.').splitlines())})"
    return (
        f"Nothing of yours was saved: {who} while you were editing{what}. What you typed is still "
        "below. Open the draft in another tab to see theirs; save again to put yours over it."
    )


class SignalForm(WorkspaceForm):
    class Meta:
        model = Signal
        fields = (
            *("name", "code", "kind", "path_prefix", "utm_source", "utm_medium", "utm_campaign"),
            *("property_name", "property_value"),
        )
        labels = {
            "kind": "What happened",
            "path_prefix": "Path begins with",
            "utm_source": "UTM source",
            "utm_medium": "UTM medium",
            "utm_campaign": "Campaign (UTM)",
            "property_name": "Property",
            "property_value": "Value of the property",
        }
        help_texts = {
            "path_prefix": "Such as /pricing.",
            "utm_campaign": "The code of the campaign.",
            "property_name": "Any other that events come with, such as asset or page_title.",
            "property_value": "Empty: any value.",
        }

    class Media:
        js = ("js/admin-rules.js",)
        css = {"all": ("css/admin-rules.css",)}

    def clean_name(self) -> str:
        name = str(self.cleaned_data["name"]).strip()
        others = Signal.objects.of(self.instance.workspace).exclude(pk=self.instance.pk)
        is_new = name.lower() != str(self.initial.get("name", "")).lower()
        if is_new and others.filter(name__iexact=name).exists():
            raise self.twin("name")  # rules and reports tell signals apart by their names
        return name  # one that took another's place may keep its name

    def clean(self) -> dict[str, Any] | None:
        data = super().clean() or self.cleaned_data
        if data.get("property_value") and not data.get("property_name"):
            self.add_error("property_name", "Name the property that has this value.")
        if data.get("path_prefix") and not data["path_prefix"].startswith("/"):
            self.add_error("path_prefix", "A path begins with a slash, such as /pricing.")
        return data


class BandForm(PlainForm):
    known: Known

    class Meta:
        model = Band
        fields = ("axis", "name", "floor")
        labels = {"axis": "Scale", "floor": "From points"}


class GradeForm(PlainForm):
    known: Known

    class Meta:
        model = GradeCell
        fields = ("grade",)


class QualificationForm(PartForm):
    fit_band = forms.CharField(label="Fit band", required=False)
    intent_band = forms.CharField(label="Intent band", required=False)

    class Meta:
        model = QualificationRule
        fields = (
            *("purpose", "fit_band", "fit_at_least", "intent_band", "intent_at_least"),
            "total_at_least",
        )
        labels = {
            "fit_at_least": "Fit points",
            "intent_at_least": "Intent points",
            "total_at_least": "Total points",
        }
        help_texts = {"total_at_least": "Fit and intent together."}
        widgets = {
            name: UnfoldAdminIntegerFieldWidget(attrs={"placeholder": "any"})
            for name in ("fit_at_least", "intent_at_least", "total_at_least")
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for axis in Axis:
            if field := self.fields.get(f"{axis.value}_band"):
                names = [(name, f"at least {name}") for name in self.known.bands(axis)]
                field.widget = UnfoldAdminSelectWidget(
                    attrs={"aria-label": str(field.label)}, choices=[("", "any"), *names]
                )

    def clean(self) -> dict[str, Any] | None:
        data = super().clean() or self.cleaned_data
        bounds = ("fit_at_least", "intent_at_least", "total_at_least", "fit_band", "intent_band")
        if not self.errors and all(data.get(bound) in (None, "") for bound in bounds):
            self.add_error("total_at_least", "Ask for a band or for points: fill in at least one.")
        return data
