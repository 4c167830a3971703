"""One answer of the scorecard."""

from django import forms

from handoff.models import ScorecardAnswer


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
