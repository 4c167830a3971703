"""The small forms of the next moves: what a person has to say for each."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django import forms

from handoff.forms.reasons import GivenReason, WakeOn, beginning_of, wake_days
from handoff.models import LostReason
from handoff.reasons import Outcome
from leadqual.models import Lead


class MoveForm(forms.Form):
    """Nothing to say but yes: the base of all the others."""

    def __init__(self, *args: Any, lead: Lead, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lead = lead


class NoteForm(MoveForm):
    note = forms.CharField(required=False, max_length=1000, widget=forms.Textarea({"rows": 2}))


class KeepWarmForm(NoteForm):
    wake_on = WakeOn(help_text="Leave it empty and only new interest wakes the lead.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        first, last = wake_days()
        self.fields["wake_on"].widget.attrs |= {"min": f"{first}", "max": f"{last}"}

    @property
    def wake_at(self) -> datetime | None:
        return beginning_of(self.cleaned_data["wake_on"], self.lead)


class RecycleForm(GivenReason):
    """The day may be named with any reason; without it, the reason's own days count."""

    outcomes = (Outcome.NURTURE,)
    asks_date_always = True


class DisqualifyForm(GivenReason):
    outcomes = (Outcome.DISQUALIFY,)


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
