"""Logging a touch: kind and outcome are two clicks; moment and note may be left as they are."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils.timezone import localtime

from handoff.call_backs import FARTHEST, NoSuchMoment, check
from leadqual.models import TouchKind, TouchOutcome
from leadqual.moments import BEFORE_EARLIEST, EARLIEST

PAGE_STAYS_OPEN = timedelta(days=31)

_LIKE_THIS = "Write the moment like 2026-03-02 14:30."
_SAY_WHEN = "Say when they want to be called back."
_PRESS_THE_OTHER = "Press “Log it and call back then”, or leave this empty."


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
        error_messages={"invalid": _LIKE_THIS},
        help_text="Empty means now.",
    )
    call_back = forms.DateTimeField(
        required=False,
        label="To be called back on",
        widget=forms.DateTimeInput({"type": "datetime-local"}),
        error_messages={"invalid": _LIKE_THIS},
    )
    note = forms.CharField(
        required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now = now

    @property
    def outcomes(self) -> list[tuple[str, str]]:
        """Those that are a click of their own; a call-back needs its moment."""
        return [pair for pair in TouchOutcome.choices if pair[0] != TouchOutcome.CALL_BACK]

    @property
    def call_back_moments(self) -> tuple[str, str]:
        """The first and last moment at which somebody can be called back, in local time."""
        return call_back_moments(self.now)

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

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        if said.get("outcome") != TouchOutcome.CALL_BACK:
            if said.get("call_back"):  # the Enter key presses the first button there is
                self.add_error("call_back", _PRESS_THE_OTHER)
        elif "call_back" in said:
            check_field(self, said["call_back"], now=self.now)
        return said


class CallBackForm(forms.Form):
    """The lead itself asked to be called back, by mail or through somebody else."""

    until = forms.DateTimeField(
        label="Call back on",
        widget=forms.DateTimeInput({"type": "datetime-local"}),
        error_messages={"invalid": _LIKE_THIS, "required": _SAY_WHEN},
    )
    said = forms.CharField(required=False, max_length=200, label="What they said")

    def __init__(self, *args: Any, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now = now

    @property
    def moments(self) -> tuple[str, str]:
        return call_back_moments(self.now)

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        if "until" in said:
            check_field(self, said["until"], now=self.now, name="until")
        return said


def check_field(
    form: forms.Form, until: datetime | None, *, now: datetime, name: str = "call_back"
) -> None:
    """The refusal stands at the field."""
    if until is None:
        form.add_error(name, _SAY_WHEN)
        return
    try:
        check(until, now=now)
    except NoSuchMoment as refused:
        form.add_error(name, str(refused))


def call_back_moments(now: datetime) -> tuple[str, str]:
    first, last = localtime(now), localtime(now + FARTHEST)
    return f"{first:%Y-%m-%dT%H:%M}", f"{last:%Y-%m-%dT%H:%M}"
