"""Answering an offer, and giving it to somebody else."""

from typing import Any, Final

from django import forms

from accounts.access import Permission, members_with
from accounts.models import User, Workspace
from handoff.forms.reasons import GivenReason
from leadqual.models import TouchKind, TouchOutcome

ATTEMPTS: Final = {
    "call": (TouchKind.CALL, TouchOutcome.NO_ANSWER, "Called: no answer"),
    "message": (TouchKind.CALL, TouchOutcome.LEFT_MESSAGE, "Called: left a message"),
    "mail": (TouchKind.EMAIL, TouchOutcome.SENT, "E-mail sent"),
}
"""Attempts without an answer that are logged from the form of a rejection, by their buttons."""


class RejectForm(GivenReason):
    """Why the lead is given back, with what that reason asks."""

    attempts = tuple((code, words) for code, (_, _, words) in ATTEMPTS.items())


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
