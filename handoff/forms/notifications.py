"""A person's own choice of how to hear of offers, in one workspace."""

from typing import Any

from django import forms
from django.utils.html import format_html

from handoff.models import Rep
from leadqual.web_addresses import require_http, require_outside

URL_LENGTH = 500
UNKNOWN = "No server of that name was found. Check the address."


def checked_address(url: str) -> str:
    """Raises ValidationError for an address that is none, unknown, or inside our own network."""
    try:
        require_http(url)
        require_outside(url)
    except ValueError as refusal:
        raise forms.ValidationError(str(refusal)) from refusal
    except OSError as error:
        raise forms.ValidationError(UNKNOWN) from error
    return url


class WebhookField(forms.URLField):
    default_error_messages = {"invalid": "Type a whole address, such as https://example.com/hook."}

    def clean(self, value: Any) -> str:
        url: str = super().clean(value)
        return checked_address(url) if url else ""


def webhook_field(*, required: bool) -> WebhookField:
    return WebhookField(
        label="Webhook",
        required=required,
        max_length=URL_LENGTH,
        assume_scheme="https",
        error_messages={"required": "Type the address that the test goes to."},
        help_text="Empty: none. A program of yours gets each offer at once, and its end, as JSON.",
    )


class NotificationForm(forms.Form):
    mail = forms.ChoiceField(label="Mail", choices=Rep.Mail.choices, widget=forms.RadioSelect)
    in_app = forms.BooleanField(label="The bell, here in leadqual", required=False)
    webhook_url = webhook_field(required=False)

    def __init__(self, *args: Any, rep: Rep, **kwargs: Any) -> None:
        kwargs["initial"] = {name: getattr(rep, name) for name in self.base_fields}
        super().__init__(*args, **kwargs)
        hours = f", within your working hours ({rep.calendar})" if rep.calendar else ""
        self.fields["mail"].help_text = format_html(
            "One mail an hour goes only when there is something to decide{}. It goes sooner, and "
            "at any hour, before a lead has waited half of its time. A hot lead is mailed at once, "
            "unless you want no mail.",
            hours,
        )


class TrialForm(forms.Form):
    webhook_url = webhook_field(required=True)
