"""Admin forms of rules over facts: as people write them, errors where typed."""

from collections.abc import Iterable
from typing import Any, cast

from django import forms
from unfold.widgets import UnfoldAdminSelect2Widget, UnfoldAdminTextInputWidget

from accounts.workspace_form import PlainForm
from scoring import rule_words, sense, typed_values
from scoring.editing.known_names import Known
from scoring.engine.fields import ICP, UnknownField, field_named
from scoring.fact_choices import fact_choices
from scoring.models import AttributeRule, Disqualifier, IcpCriterion, PersonaLine
from scoring.models.rules import ConditionFields, Operator


class PartForm(PlainForm):
    """One row of a version; an existing one reads itself back in plain words as its title."""

    known: Known  # set by the inline, once for all its rows

    class Media:
        js = ("js/admin.js", "js/admin-rules.js")
        css = {"all": ("css/admin-rules.css",)}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.instance.version = self.known.version  # asked for its workspace's labels
            self.instance.get_inline_title = self.in_words()

    def in_words(self) -> str:
        """The row as a sentence, as soon as it is right."""
        return rule_words.in_words(self.instance)

    def clean(self) -> dict[str, Any] | None:
        data = super().clean() or self.cleaned_data
        if data.get("points") == 0:
            self.add_error("points", "A rule gives or takes points: 0 changes nothing.")
        return data

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]  # it fills the row from what was typed
        if not self.errors:
            self.tell(sense.of_row(self.instance, own=self.known.facts.typed))

    def tell(self, findings: Iterable[sense.Finding]) -> None:
        """Put what makes no sense to the fields where it was typed."""
        for finding in findings:
            self.add_error(finding.field if finding.field in self.fields else None, finding.text)


def named_by(datalist: str) -> UnfoldAdminTextInputWidget:
    """A text with suggestions: the names that the other parts of the same draft define."""
    return UnfoldAdminTextInputWidget(attrs={"list": datalist, "autocomplete": "off"})


_ALSO_OF_DATES = {
    Operator.AT_LEAST: "is at least (a date: on or after)",
    Operator.AT_MOST: "is at most (a date: on or before)",
}


class ConditionForm(PartForm):
    """A condition: fact, comparison and the value as it is typed."""

    takes_icp = False

    value_text = forms.CharField(
        label="Value",
        required=False,
        widget=UnfoldAdminTextInputWidget(
            attrs={"placeholder": "Germany, AT or 20–1000", "data-lists": "known-lists"}
        ),
        help_text="Several with commas between them; a range as 20–1000; a date as 2026-12-31; for "
        "lists, their names.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "field" not in self.fields:
            return  # the page of a published version shows words only
        row: ConditionFields = self.instance
        typed = self.data.get(self.add_prefix("field"), "") if self.is_bound else ""
        choices = fact_choices(self.known.facts, used=typed or row.field, with_icp=self.takes_icp)
        self.fields["field"] = forms.CharField(
            label="Fact",
            max_length=60,
            # Tags: a name that is not in the list may be typed.
            widget=UnfoldAdminSelect2Widget(
                attrs={"data-tags": "true", "aria-label": "Fact"}, choices=choices
            ),
        )
        operator = cast(forms.ChoiceField, self.fields["operator"])
        operator.label = "Comparison"
        operator.choices = [(each.value, _ALSO_OF_DATES.get(each, each.label)) for each in Operator]
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
        data = super().clean() or self.cleaned_data
        name, operator = data.get("field"), data.get("operator")
        if name == ICP:
            self.instance.operator, self.instance.value = Operator.IS_KNOWN, []
        elif name and operator:
            self._read_value(name, Operator(operator))
        return data

    def _read_value(self, name: str, operator: Operator) -> None:
        own, text = self.known.facts.typed, self.cleaned_data.get("value_text", "")
        if not typed_values.fits(name, operator, own=own):
            self.instance.value = []
            return  # what fits is said by `sense`
        try:
            self.instance.value = typed_values.read(text, name=name, operator=operator, own=own)
        except typed_values.BadValue as error:
            self.add_error("value_text", str(error))
            return
        if name == "first_source" and operator in typed_values.WHOLE and self.has_changed():
            self._check_sources()

    def _check_sources(self) -> None:
        """A model that came from elsewhere may name a source that is still to be made; who types
        one means one that is there."""
        there = {code.lower() for code in self.known.sources}
        for code in self.instance.value:
            if code.strip().lower() not in there:
                known = ", ".join(sorted(self.known.sources)) or "none yet"
                told = f"“{code}” is not the code of a source here. There are: {known}."
                self.add_error("value_text", told)
                return


class IcpForm(ConditionForm):
    class Meta:
        model = IcpCriterion
        fields = ("field", "operator")


class PersonaForm(ConditionForm):
    class Meta:
        model = PersonaLine
        fields = ("persona", "field", "operator")
        widgets = {"persona": named_by("known-personas")}
        help_texts = {"persona": "All lines with the same name must hold."}


class DisqualifierForm(ConditionForm):
    class Meta:
        model = Disqualifier
        fields = ("name", "field", "operator", "reason")


class AttributeRuleForm(ConditionForm):
    takes_icp = True
    called = "rule under “Who they are”"

    class Meta:
        model = AttributeRule
        fields = ("name", "axis", "field", "operator", "points", "persona", "group")
        labels = {"axis": "Counts for"}
        widgets = {"persona": named_by("known-personas"), "group": named_by("known-groups")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "operator" not in self.fields:
            return
        operator = cast(forms.ChoiceField, self.fields["operator"])
        operator.required = False  # the whole profile needs none
        operator.choices = [("", "Choose"), *cast(list[tuple[str, str]], operator.choices)]
        if self.instance.field == ICP or not self.instance.pk:
            self.initial["operator"] = ""

    def clean(self) -> dict[str, Any] | None:
        data = super().clean() or self.cleaned_data
        if data.get("field") == ICP:
            data["operator"] = Operator.IS_KNOWN
        elif data.get("field") and not data.get("operator") and "operator" not in self.errors:
            self.add_error("operator", "Choose how the fact is compared.")
        return data
