"""The admin form of rules over what leads do: only what its shape takes is accepted."""

from collections.abc import Mapping
from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from scoring.editing.rule_forms import PartForm, named_by
from scoring.intent_words import name_signals, name_sources
from scoring.models import IntentRule
from scoring.reach import HIGHEST
from scoring.sense import LATER_STEPS
from scoring.typed_entries import BadValue, read_decay, split, written_decay

Codes = list[str]


class LaterSteps(forms.MultiWidget):
    """A choice for each step after the first, in their order."""

    template_name = "admin/scoring/later_steps.html"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        steps = [
            UnfoldAdminSelectWidget({"aria-label": f"Step {number}", "class": "leadqual-step"})
            for number in range(2, LATER_STEPS + 2)
        ]
        super().__init__(steps, attrs)

    def decompress(self, value: Codes | None) -> Codes:
        return [*(value or []), *[""] * LATER_STEPS][:LATER_STEPS]


class LaterStepsField(forms.MultiValueField):
    """The codes of the signals that follow; steps left empty are passed over."""

    def __init__(self, **kwargs: Any) -> None:
        fields = [forms.CharField(required=False) for _ in range(LATER_STEPS)]
        super().__init__(fields, widget=LaterSteps(), required=False, **kwargs)

    def compress(self, data_list: Codes) -> Codes:
        return [code for code in data_list if code]

    def offer(self, signals: Mapping[str, str]) -> None:
        for step in self.widget.widgets:
            step.choices = [("", "–"), *signals.items()]


class IntentRuleForm(PartForm):
    called = "rule under “What they do”"
    later = LaterStepsField(
        label="Then", help_text="For a sequence: the signals that follow, in their order."
    )
    decay_text = forms.CharField(
        label="Fades in steps",
        required=False,
        widget=UnfoldAdminTextInputWidget(attrs={"placeholder": "7: 50, 30: 0"}),
        help_text="Days: percent. 7: 50, 30: 0 counts half from day 7 on, nothing from day 30 on.",
    )
    source_text = forms.CharField(
        label="By source",
        required=False,
        widget=UnfoldAdminTextInputWidget(attrs={"placeholder": "linkedin: 30"}),
        help_text="Other points for events from a source, by its code: linkedin: 30, webinar: 10.",
    )

    class Meta:
        model = IntentRule
        fields = (
            *("name", "signal", "shape", "at_least", "points", "window_days", "half_life_days"),
            *("cap", "persona", "group"),
        )
        labels = {
            "at_least": "How many",
            "window_days": "Window",
            "half_life_days": "Half-life",
            "cap": "Cap",
        }
        help_texts = {
            "at_least": "The points come once, from so many on.",
            "window_days": "Days: only what happened in the last so many counts. Empty: all.",
            "half_life_days": "Days in which the points halve. Empty: they stay.",
            "cap": "The most that all its events earn together. Empty: no limit.",
        }
        widgets = {"persona": named_by("known-personas"), "group": named_by("known-groups")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        row: IntentRule = self.instance
        if isinstance(later := self.fields.get("later"), LaterStepsField):
            later.offer(self.known.signals)
        if row.pk:
            by_source = sorted(row.source_points.items())
            self.initial["source_text"] = ", ".join(f"{code}: {n}" for code, n in by_source)
            self.initial["decay_text"] = written_decay(row.decay_steps)
            self.initial["later"] = row.later_steps

    def in_words(self) -> str:
        name_signals([self.instance], self.known.signals)
        if self.instance.source_points:
            name_sources([self.instance], self.known.sources)
        return super().in_words()

    def clean_later(self) -> Codes:
        codes: Codes = self.cleaned_data["later"] or []
        for code in codes:
            if code not in self.known.signals:
                raise forms.ValidationError(f"There is no signal “{code}” here.")
        self.instance.later_steps = codes
        return codes

    def clean_decay_text(self) -> str:
        text: str = self.cleaned_data["decay_text"]
        try:
            self.instance.decay_steps = read_decay(text)
        except BadValue as error:
            raise forms.ValidationError(str(error)) from error
        return text

    def clean_source_text(self) -> str:
        text: str = self.cleaned_data["source_text"]
        points = {}
        for part in split(text):
            code, colon, number = (piece.strip() for piece in part.partition(":"))
            number = number.replace("−", "-")
            if not colon or not number.removeprefix("-").isdecimal():
                raise forms.ValidationError("Write a source's code and points: linkedin: 30.")
            if abs(int(number)) > HIGHEST:
                told = f"Points go from −{HIGHEST} to {HIGHEST}: “{part}” is beyond that."
                raise forms.ValidationError(told)
            if code not in self.known.sources:
                raise forms.ValidationError(f"“{code}” is not the code of a source here.")
            if code in points:
                raise forms.ValidationError(f"“{code}” is there twice: which points are meant?")
            points[code] = int(number)
        self.instance.source_points = points
        return text
