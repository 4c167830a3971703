"""Admin forms of rules: facts, values and points as people write them, errors where typed."""

from typing import Any, cast

from django import forms
from unfold.widgets import UnfoldAdminSelect2Widget, UnfoldAdminTextInputWidget

from accounts.models import Workspace
from accounts.workspace_form import PlainForm
from leadqual.models import Source
from scoring import rule_words, typed_values
from scoring.fact_choices import OwnFacts, fact_choices
from scoring.fields import ICP, UnknownField, field_named
from scoring.models import AttributeRule, Disqualifier, IcpCriterion, IntentRule
from scoring.models.rules import ConditionFields, Operator


class PartForm(PlainForm):
    """One row of a version; an existing one reads itself back in plain words as its title."""

    # Set by the inline, once for all its rows.
    workspace: Workspace
    facts: OwnFacts = OwnFacts()

    class Media:
        js = ("js/admin.js",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            # Unfold shows it above the row.
            self.instance.get_inline_title = rule_words.in_words(self.instance)


class ConditionForm(PartForm):
    """A condition: fact, comparison and the value as it is typed."""

    takes_icp = False

    value_text = forms.CharField(
        label="Value",
        required=False,
        widget=UnfoldAdminTextInputWidget(attrs={"placeholder": "DE, AT or 20–1000"}),
        help_text="Several values with commas between them; a range as 20–1000.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "field" not in self.fields:
            return  # the page of a published version shows words only
        row: ConditionFields = self.instance
        typed = self.data.get(self.add_prefix("field"), "") if self.is_bound else ""
        choices = fact_choices(self.facts, used=typed or row.field, with_icp=self.takes_icp)
        self.fields["field"] = forms.CharField(
            label="Fact",
            max_length=60,
            # Tags: a name that is not in the list may be typed.
            widget=UnfoldAdminSelect2Widget(
                attrs={"data-tags": "true", "aria-label": "Fact"}, choices=choices
            ),
        )
        self.fields["operator"].label = "Comparison"
        if row.pk:
            self.initial["value_text"] = typed_values.written(
                row.field, row.value, operator=Operator(row.operator)
            )

    def clean_field(self) -> str:
        name = str(self.cleaned_data["field"]).strip()
        if name == ICP and self.takes_icp:
            return name
        try:
            return field_named(name).name
        except UnknownField as error:
            raise forms.ValidationError(str(error)) from error

    def clean(self) -> dict[str, Any] | None:
        super().clean()
        name, operator = self.cleaned_data.get("field"), self.cleaned_data.get("operator")
        if name == ICP:
            self.instance.operator, self.instance.value = Operator.IS_KNOWN, []
        elif name and operator:
            self._read_value(name, Operator(operator))
        return self.cleaned_data

    def _read_value(self, name: str, operator: Operator) -> None:
        text = self.cleaned_data.get("value_text", "")
        if not typed_values.fits(name, operator):
            fact = field_named(name).label
            self.add_error("operator", f"“{operator.label}” cannot be asked of {fact}.")
            return
        try:
            self.instance.value = typed_values.read(text, name=name, operator=operator)
        except typed_values.BadValue as error:
            self.add_error("value_text", str(error))


class IcpForm(ConditionForm):
    class Meta:
        model = IcpCriterion
        fields = ("field", "operator")


class DisqualifierForm(ConditionForm):
    class Meta:
        model = Disqualifier
        fields = ("name", "field", "operator", "reason")


def _says_points(form: forms.BaseForm) -> None:
    if form.cleaned_data.get("points") == 0:
        form.add_error("points", "A rule gives or takes points: 0 changes nothing.")


class AttributeRuleForm(ConditionForm):
    takes_icp = True

    class Meta:
        model = AttributeRule
        fields = ("name", "axis", "field", "operator", "points")
        labels = {"axis": "Counts for"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "operator" not in self.fields:
            return
        operator = cast(forms.ChoiceField, self.fields["operator"])
        operator.required = False  # the whole profile needs none
        operator.choices = [("", "Choose"), *Operator.choices]
        if self.instance.field == ICP or not self.instance.pk:
            self.initial["operator"] = ""

    def clean(self) -> dict[str, Any] | None:
        super().clean()
        _says_points(self)
        data = self.cleaned_data
        if data.get("field") == ICP:
            data["operator"] = Operator.IS_KNOWN
        elif data.get("field") and not data.get("operator") and "operator" not in self.errors:
            self.add_error("operator", "Choose how the fact is compared.")
        return data


class IntentRuleForm(PartForm):
    source_text = forms.CharField(
        label="By source",
        required=False,
        widget=UnfoldAdminTextInputWidget(attrs={"placeholder": "linkedin: 30"}),
        help_text="Other points for events from a source, by its code: linkedin: 30, webinar: 10.",
    )

    class Meta:
        model = IntentRule
        fields = ("name", "signal", "points", "at_least", "window_days", "half_life_days", "cap")
        labels = {
            "at_least": "Times",
            "window_days": "Window",
            "half_life_days": "Half-life",
            "cap": "Cap",
        }
        help_texts = {
            "at_least": "Empty: each time earns points. 3: the points once, from the third on.",
            "window_days": "Days: only what happened in the last so many counts. Empty: all.",
            "half_life_days": "Days in which the points halve. Empty: they stay.",
            "cap": "The most that all its events earn together. Empty: no limit.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            by_source = sorted(self.instance.source_points.items())
            self.initial["source_text"] = ", ".join(f"{code}: {n}" for code, n in by_source)

    def clean_source_text(self) -> str:
        text: str = self.cleaned_data["source_text"]
        known = set(Source.objects.of(self.workspace).values_list("code", flat=True))
        points = {}
        for part in filter(None, (part.strip() for part in text.split(","))):
            code, colon, number = (piece.strip() for piece in part.partition(":"))
            if not colon or not number.lstrip("-").isdecimal() or abs(int(number)) > 100:
                raise forms.ValidationError("Write a source's code and points: linkedin: 30.")
            if code not in known:
                raise forms.ValidationError(f"“{code}” is not the code of a source here.")
            points[code] = int(number)
        self.instance.source_points = points
        return text

    def clean(self) -> dict[str, Any] | None:
        data = super().clean() or self.cleaned_data
        _says_points(self)
        if data.get("at_least"):
            for name, what in (("cap", "upper limit"), ("half_life_days", "half-life")):
                if data.get(name):
                    self.add_error(name, f"Points that are given once take no {what}.")
        elif data.get("cap") is not None and data.get("points"):
            highest = max(abs(n) for n in (data["points"], *self.instance.source_points.values()))
            if data["cap"] < highest:
                self.add_error("cap", f"This is below a single hit ({highest} points): raise it.")
        return data
