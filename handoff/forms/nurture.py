"""What people say of a lead in nurture: another track, a reply."""

from datetime import datetime
from typing import Any

from django import forms

from accounts.models import Workspace
from handoff.models import NurtureTrack
from leadqual.moments import BEFORE_EARLIEST, EARLIEST


class TrackForm(forms.Form):
    """Empty stops the lead's track."""

    track = forms.ModelChoiceField(
        NurtureTrack.objects.none(),
        required=False,
        error_messages={"invalid_choice": "Choose a track that is in use in this workspace."},
    )

    def __init__(self, *args: Any, workspace: Workspace, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["track"]
        if isinstance(field, forms.ModelChoiceField):
            field.queryset = NurtureTrack.objects.of(workspace).filter(is_active=True)


class ReplyForm(forms.Form):
    """When they replied; empty is now."""

    moment = forms.DateTimeField(
        required=False, error_messages={"invalid": "Write the moment like 2026-03-02 14:30."}
    )

    def __init__(self, *args: Any, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now = now

    def clean_moment(self) -> datetime:
        moment: datetime = self.cleaned_data["moment"] or self.now
        if moment > self.now:
            raise forms.ValidationError("The moment lies in the future: when did they reply?")
        if moment < EARLIEST:
            raise forms.ValidationError(BEFORE_EARLIEST)
        return moment
