"""The admin form of a reason: what it asks of the rep, what follows, what it puts in question."""

from typing import Any, Final, cast

from django import forms
from unfold.widgets import UnfoldAdminSelect2MultipleWidget

from accounts.workspace_form import WorkspaceForm
from handoff.forms.asked_facts import askable
from handoff.models import RejectionReason
from handoff.reasons import Outcome

_ONLY_NURTURE: Final = {
    "recycle_days": "leave this empty",
    "wake_points": "leave this empty",
    "track": "leave this empty",
    "asks_date": "untick this",
}


class ReasonForm(WorkspaceForm):
    asks = forms.MultipleChoiceField(
        label="Facts that the rep fills in",
        required=False,
        widget=UnfoldAdminSelect2MultipleWidget(
            attrs={"aria-label": "Facts that the rep fills in"}
        ),
        help_text="They come with what is known. To correct and score again takes at least one.",
    )

    class Meta:
        model = RejectionReason
        fields = (
            *("name", "code", "outcome", "track", "recycle_days", "wake_points"),
            *("note_asks", "note_needed", "asks_date", "asks", "attempts"),
            *("questions", "is_active"),
        )
        help_texts = {
            "asks_date": "The days above are then what the form suggests.",
            "questions": "What is looked at when this reason is given often.",
        }

    class Media:
        js = ("js/admin.js",)  # names the search boxes

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "asks" in self.fields:
            self.there = dict(askable(self.workspace))
            gone = [(name, f"{name} (is gone)") for name in self._asked if name not in self.there]
            cast(Any, self.fields["asks"]).choices = [*self.there.items(), *gone]

    @property
    def _asked(self) -> list[str]:
        return self.instance.asks or []

    def clean_asks(self) -> list[str]:
        asks: list[str] = self.cleaned_data["asks"]
        if gone := [name for name in asks if name not in self.there]:
            raise forms.ValidationError(f"Nobody can be asked any more for {', '.join(gone)}.")
        return asks

    def clean(self) -> dict[str, Any] | None:
        data = super().clean() or self.cleaned_data
        outcome = data.get("outcome")
        if outcome and outcome != Outcome.NURTURE:
            who = "A disqualified lead is not woken"
            if outcome != Outcome.DISQUALIFY:
                who = "Only a lead that goes back to nurture is woken"
            for name, what in _ONLY_NURTURE.items():
                if data.get(name):
                    self.add_error(name, f"{who}: {what}.")
        if outcome == Outcome.CORRECT and "asks" in data and not data["asks"]:
            self.add_error("asks", "Choose what is corrected; otherwise nothing would change.")
        track = data.get("track")
        if track and not track.is_active:
            self.add_error("track", f"“{track}” is not in use. Choose another one.")
        return data

    def save(self, commit: bool = True) -> Any:
        if self.instance._state.adding and self.workspace is not None:
            last = RejectionReason.objects.of(self.workspace).order_by("-position").first()
            self.instance.position = last.position + 1 if last else 0
        return super().save(commit)
