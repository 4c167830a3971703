"""The sliders of the thresholds page, as they are put into the draft."""

from django import forms

from scoring.models import QualificationRule
from scoring.previews.thresholds import Thresholds

Purpose = QualificationRule.Purpose
SCALES = (("total", "Total", 200), ("fit", "Fit", 100), ("intent", "Intent", 100))


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

    def chosen(self) -> dict[Purpose, Thresholds]:
        return {
            purpose: Thresholds(
                **{name: self.cleaned_data[f"{purpose.value}_{name}"] for name, *_ in SCALES}
            )
            for purpose in self.purposes
        }
