"""One answer of a scorecard, as it is typed."""

from datetime import date
from typing import Any

from django import forms
from django.utils.timezone import localdate

from handoff.models import ScorecardAnswer
from handoff.scorecards import Said
from leadqual.moments import BEFORE_EARLIEST, EARLIEST

NO_DAY = "Write the day like 2026-03-02."


class AnswerForm(forms.Form):
    value = forms.TypedChoiceField(
        choices=ScorecardAnswer.Value.choices,
        coerce=int,
        error_messages={
            "required": "Not saved yet: choose how far it is confirmed.",
            "invalid_choice": "Choose one of the three.",
        },
    )
    evidence = forms.CharField(required=False, max_length=2000)
    said_by = forms.CharField(required=False, max_length=120)
    said_on = forms.DateField(required=False, error_messages={"invalid": NO_DAY})
    based_on = forms.CharField(required=False, max_length=60)

    def clean_said_on(self) -> date | None:
        day: date | None = self.cleaned_data["said_on"]
        if day and day > localdate():
            raise forms.ValidationError("Nobody has said anything on a day to come.")
        if day and day < EARLIEST.date():
            raise forms.ValidationError(BEFORE_EARLIEST.replace("moment", "day"))
        return day

    def said(self) -> Said:
        typed: dict[str, Any] = self.cleaned_data
        return Said(
            value=ScorecardAnswer.Value(typed["value"]),
            evidence=typed["evidence"],
            said_by=typed["said_by"],
            said_on=typed["said_on"],
        )

    @property
    def seen(self) -> str | None:
        """The answer that was on the screen; None where the sender does not say."""
        return self.cleaned_data["based_on"] if "based_on" in self.data else None

    @property
    def problem(self) -> str:
        return " ".join(str(error) for errors in self.errors.values() for error in errors)
