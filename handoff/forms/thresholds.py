"""The sliders of the thresholds page, as they are put into the draft."""

from collections.abc import Mapping

from django import forms

from scoring.models import QualificationRule
from scoring.previews.thresholds import Thresholds

Purpose = QualificationRule.Purpose
SCALES = (("total", "Total", 200), ("fit", "Fit", 100), ("intent", "Intent", 100))


def asked_in(query: Mapping[str, str], purpose: Purpose) -> dict[str, int]:
    """Where an address wants the sliders of one definition; what fits no scale is left out."""
    said = {name: (query.get(f"{purpose.value}_{name}", ""), most) for name, _, most in SCALES}
    return {
        name: int(text)
        for name, (text, most) in said.items()
        if text.isdecimal() and len(text) < 4 and int(text) <= most
    }


class ThresholdsForm(forms.Form):
    """mql_total, mql_fit, mql_intent and, where the draft has a hand-off rule, the same of it."""

    def __init__(self, *args: object, purposes: tuple[Purpose, ...], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.purposes = purposes
        for purpose in purposes:
            for name, label, most in SCALES:
                self.fields[f"{purpose.value}_{name}"] = forms.IntegerField(
                    label=label, min_value=0, max_value=most
                )

    @property
    def faults(self) -> list[str]:
        """What is wrong, each with what it is wrong of: “Total: Enter a whole number.”"""
        return [
            f"{self.fields[name].label}: {' '.join(map(str, said))}"
            for name, said in self.errors.items()
        ]

    def said(self, purpose: Purpose) -> dict[str, str]:
        """What was typed of one definition, whatever it is; empty where it was not asked."""
        if purpose not in self.purposes:
            return {}
        return {name: self.data.get(f"{purpose.value}_{name}", "") for name, *_ in SCALES}

    def understood(self, purpose: Purpose) -> dict[str, int]:
        """The numbers among it that fit their scale; call it once the form is validated."""
        found = {name: self.cleaned_data.get(f"{purpose.value}_{name}") for name, *_ in SCALES}
        return {name: value for name, value in found.items() if value is not None}

    def chosen(self) -> dict[Purpose, Thresholds]:
        return {
            purpose: Thresholds(
                **{name: self.cleaned_data[f"{purpose.value}_{name}"] for name, *_ in SCALES}
            )
            for purpose in self.purposes
        }
