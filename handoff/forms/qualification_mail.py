"""The qualification e-mail before it leaves: the rep reads it, and changes what they like."""

from datetime import datetime
from typing import Any, Final

from django import forms
from django.utils.crypto import get_random_string

from handoff.qualification_form import asks
from handoff.qualification_mail import Draft
from leadqual.models import Lead

LONGEST: Final = 10_000


class QualificationMailForm(forms.Form):
    """`once` names the page that was shown, so that a double click sends one mail."""

    subject = forms.CharField(
        max_length=200, error_messages={"required": "Write a subject: mail without one is spam."}
    )
    body = forms.CharField(
        label="Text",
        max_length=LONGEST,
        widget=forms.Textarea({"rows": 16}),
        error_messages={"required": "Write something: the mail is empty."},
    )
    once = forms.SlugField(max_length=40, widget=forms.HiddenInput)

    def __init__(self, *args: Any, draft: Draft, lead: Lead, now: datetime, **kwargs: Any) -> None:
        kwargs["initial"] = {
            "subject": draft.subject,
            "body": draft.body,
            "once": get_random_string(20),
        }
        super().__init__(*args, **kwargs)
        self.draft, self.lead, self.now = draft, lead, now

    def clean_body(self) -> str:
        body = str(self.cleaned_data["body"]).replace("\r\n", "\n")
        if not asks(body, self.lead, now=self.now):
            raise forms.ValidationError(
                "The address of the form is missing, and nobody could answer. Put it back: "
                f"{self.draft.address}"
            )
        return body
