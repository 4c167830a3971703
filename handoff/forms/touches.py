"""Logging a touch: kind and outcome are two clicks; moment and note may be left as they are."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils.timezone import localtime

from leadqual.models import TouchKind, TouchOutcome
from leadqual.moments import BEFORE_EARLIEST, EARLIEST

PAGE_STAYS_OPEN = timedelta(days=31)


class TouchForm(forms.Form):
    kind = forms.ChoiceField(
        choices=TouchKind.choices, error_messages={"required": "Choose what you did."}
    )
    outcome = forms.ChoiceField(
        choices=TouchOutcome.choices, error_messages={"required": "Choose how it went."}
    )
    moment = forms.DateTimeField(
        required=False,
        label="When",
        widget=forms.DateTimeInput({"type": "datetime-local"}),
        error_messages={"invalid": "Write the moment like 2026-03-02 14:30."},
        help_text="Empty means now.",
    )
    note = forms.CharField(
        required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now = now

    @property
    def moments(self) -> tuple[str, str]:
        """The first and last moment that the field lets a person type, in local time.

        The last one is generous: a page may have been open for days. The form knows better.
        """
        last = localtime(self.now + PAGE_STAYS_OPEN)
        return f"{EARLIEST.year}-01-02T00:00", f"{last:%Y-%m-%dT%H:%M}"

    def clean_moment(self) -> datetime:
        """Empty is now; nobody writes the future, nor a year such as 26."""
        moment: datetime = self.cleaned_data["moment"] or self.now
        if moment > self.now:
            raise forms.ValidationError(
                "The moment lies in the future. Log a touch once it has happened."
            )
        if moment < EARLIEST:
            raise forms.ValidationError(BEFORE_EARLIEST)
        return moment
