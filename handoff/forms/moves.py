"""The small forms of the next moves: what a person has to say for each."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.utils import timezone

from handoff.forms.days import IN_OUR_TIMES
from handoff.models import LostReason, RejectionReason
from leadqual.models import Lead

Outcome = RejectionReason.Outcome
SLEEPS_AT_MOST: Final = 5  # years; a date beyond is a slip


class MoveForm(forms.Form):
    """Nothing to say but yes: the base of all the others."""

    def __init__(self, *args: Any, lead: Lead, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lead = lead


class NoteForm(MoveForm):
    note = forms.CharField(required=False, max_length=1000, widget=forms.Textarea({"rows": 2}))


class KeepWarmForm(NoteForm):
    wake_on = forms.DateField(
        required=False,
        label="Wake on",
        validators=IN_OUR_TIMES,
        widget=forms.DateInput({"type": "date"}),
        help_text="Leave it empty and only new interest wakes the lead.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        first, last = _wake_days()
        self.fields["wake_on"].widget.attrs |= {"min": f"{first}", "max": f"{last}"}

    def clean_wake_on(self) -> date | None:
        wake_on: date | None = self.cleaned_data["wake_on"]
        first, last = _wake_days()
        if wake_on and wake_on < first:
            raise forms.ValidationError("Choose a day after today.")
        if wake_on and wake_on > last:
            raise forms.ValidationError(f"Choose a day within {SLEEPS_AT_MOST} years.")
        return wake_on

    @property
    def wake_at(self) -> datetime | None:
        """The beginning of that day where the workspace is."""
        day: date | None = self.cleaned_data["wake_on"]
        return datetime.combine(day, time(), self.lead.workspace.zone) if day else None


def _wake_days() -> tuple[date, date]:
    """The first and the last day on which a lead may be woken, where the workspace is."""
    today = timezone.localdate()
    return today + timedelta(days=1), today + timedelta(days=round(365.25 * SLEEPS_AT_MOST))


class _ReasonForm(NoteForm):
    outcome: RejectionReason.Outcome
    field_order = ("reason", "wake_on", "note")
    reason = forms.ModelChoiceField(
        queryset=RejectionReason.objects.none(),
        empty_label="Choose a reason",
        error_messages={
            "required": "Choose a reason.",
            "invalid_choice": "That reason is not in use here any more. Choose another.",
        },
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        reasons = RejectionReason.objects.of(self.lead.workspace).active()
        self.fields["reason"].queryset = (  # type: ignore[attr-defined]
            reasons.filter(outcome=self.outcome)
        )


class RecycleForm(_ReasonForm, KeepWarmForm):
    outcome = Outcome.NURTURE

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["wake_on"].help_text = "Leave it empty and the reason’s own date counts."


class DisqualifyForm(_ReasonForm):
    outcome = Outcome.DISQUALIFY


class AmountForm(MoveForm):
    amount = forms.DecimalField(
        max_digits=14,
        decimal_places=2,
        min_value=Decimal("0.01"),
        error_messages={"min_value": "An opportunity has an amount above zero."},
        widget=forms.NumberInput({"inputmode": "decimal"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["amount"].label = f"Amount in {self.lead.workspace.currency}"


class LossForm(NoteForm):
    field_order = ("reason", "note")
    reason = forms.ChoiceField(
        choices=[("", "Choose a reason"), *LostReason.choices],
        error_messages={"required": "Choose why the deal was lost."},
    )


class ReopenForm(MoveForm):
    why = forms.CharField(
        label="Why is it reopened?",
        max_length=1000,
        widget=forms.Textarea({"rows": 2}),
        error_messages={"required": "Say why the lead is reopened."},
    )
