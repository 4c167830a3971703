"""Answering an offer, and giving it to somebody else."""

from typing import Any

from django import forms

from accounts.access import Permission, members_with
from accounts.models import User, Workspace
from handoff.models import RejectionReason


class RejectForm(forms.Form):
    reason = forms.ModelChoiceField(
        queryset=RejectionReason.objects.none(),
        widget=forms.RadioSelect,
        empty_label=None,
        error_messages={
            "required": "Choose a reason: marketing learns from it.",
            "invalid_choice": "That reason is not in use here any more. Choose another.",
        },
    )
    note = forms.CharField(
        required=False,
        max_length=1000,
        widget=forms.TextInput(attrs={"placeholder": "What marketing should know (optional)"}),
    )

    def __init__(self, *args: Any, workspace: Workspace, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        reasons = RejectionReason.objects.of(workspace).active()
        self.fields["reason"].queryset = reasons  # type: ignore[attr-defined]


class RepForm(forms.Form):
    """To whom a manager offers a lead: anybody who may decide offers here."""

    rep = forms.ModelChoiceField(
        queryset=User.objects.none(),
        empty_label="Choose a rep",
        error_messages={
            "required": "Choose a rep.",
            "invalid_choice": "That person does not decide offers here.",
        },
    )

    def __init__(self, *args: Any, workspace: Workspace, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        deciders = members_with(workspace, Permission.DECIDE_OFFERS)
        self.fields["rep"].queryset = deciders  # type: ignore[attr-defined]
