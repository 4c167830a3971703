"""Overriding a score: fit, intent or both, why, and until when."""

from datetime import date, datetime, timedelta
from typing import Any, Final

from django import forms
from django.utils.timezone import localdate

from accounts.models import Workspace
from handoff.metrics.periods import Period
from scoring.models.overrides import REASON_LENGTH
from scoring.standing import Standing

USUALLY: Final = timedelta(days=14)
LONGEST: Final = timedelta(days=365)


class OverrideForm(forms.Form):
    """`standing` is that of the lead; what is put already may be changed."""

    # The focus goes there when the form comes, in its place or on a page.
    fit = forms.IntegerField(
        required=False,
        min_value=0,
        max_value=100,
        widget=forms.NumberInput({"autofocus": True}),
    )
    intent = forms.IntegerField(required=False, min_value=0, max_value=100)
    until = forms.DateField(
        label="Valid until the end of", widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )
    reason = forms.CharField(
        label="Why?",
        max_length=REASON_LENGTH,
        widget=forms.Textarea({"rows": 2}),
        help_text="Sales and marketing both read it, on the lead and in its packet.",
        error_messages={"required": "Say why: sales and marketing will both read it."},
    )

    def __init__(
        self, *args: Any, workspace: Workspace, standing: Standing, now: datetime, **kwargs: Any
    ) -> None:
        self.workspace, self.today = workspace, localdate(now)
        kwargs.setdefault("initial", self._initial(standing))
        super().__init__(*args, **kwargs)
        for name, points in (("fit", standing.fit), ("intent", standing.intent)):
            self.fields[name].help_text = f"Empty: as computed, {round(points, 2):g} now."
        days = {"min": f"{self.today}", "max": f"{self.today + LONGEST}"}
        self.fields["until"].widget.attrs |= days

    def _initial(self, standing: Standing) -> dict[str, Any]:
        said: dict[str, Any] = {"until": self.today + USUALLY}
        if override := standing.override:
            said["reason"] = override.reason
            said["fit"] = int(override.fit) if override.says_fit else None
            said["intent"] = int(override.intent) if override.says_intent else None
        return said

    def clean_until(self) -> date:
        until: date = self.cleaned_data["until"]
        if until < self.today:
            raise forms.ValidationError("Choose today or a day after it.")
        if until > self.today + LONGEST:
            raise forms.ValidationError("An override is valid for a year at most.")
        return until

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if not {"fit", "intent"} & set(self.errors) and (
            said.get("fit") is None and said.get("intent") is None
        ):
            self.add_error("fit", "Say a fit, an intent, or both.")
        return said

    @property
    def said(self) -> dict[str, Any]:
        """What `handoff.score_overrides.put` takes; the last day counts whole, in local time."""
        values = self.cleaned_data
        expires_at = Period(last=values["until"], zone=self.workspace.zone).ends_at
        return {
            "fit": values["fit"],
            "intent": values["intent"],
            "reason": values["reason"],
            "expires_at": expires_at,
        }
