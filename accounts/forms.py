"""Forms of people and workspaces."""

from collections.abc import Iterable
from typing import Any, cast
from zoneinfo import available_timezones

from django import forms

from accounts.currencies import CHOICES as CURRENCIES
from accounts.models import Role, User, Workspace

Choices = Iterable[tuple[str, str]]


class ProfileForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = User
        fields = ["name", "theme"]
        labels = {"name": "Your name", "theme": "Colours"}
        help_texts = {"name": "As colleagues see it beside what you did."}


class ThemeForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = User
        fields = ["theme"]


class RoleForm(forms.Form):
    """`roles` are those that the person who fills it in may give."""

    role = forms.ChoiceField()

    def __init__(self, *args: Any, roles: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(forms.ChoiceField, self.fields["role"]).choices = list(roles)


class InvitationForm(RoleForm):
    email = forms.EmailField(
        label="E-mail address", help_text="The invitation goes there; they log in with it."
    )
    name = forms.CharField(label="Name", max_length=120)

    field_order = ["email", "name", "role"]

    def __init__(self, *args: Any, roles: Choices, **kwargs: Any) -> None:
        super().__init__(*args, roles=roles, **kwargs)
        self.fields["role"].initial = Role.REP


class TokenForm(forms.Form):
    name = forms.CharField(
        label="What will use it?",
        max_length=80,
        help_text="Such as “website form” or “webinar tool”: so that you know what to revoke.",
    )


class NewWorkspaceForm(forms.ModelForm):  # type: ignore[type-arg]
    """`countries` are those whose public holidays are known, as (code, name)."""

    timezone = forms.ChoiceField(
        label="Time zone",
        choices=[(zone, zone.replace("_", " ")) for zone in sorted(available_timezones())],
        initial="UTC",
        help_text="Office hours, deadlines and the days in reports follow it.",
    )
    country = forms.ChoiceField(
        label="Public holidays of",
        required=False,
        help_text="No promise runs on these days. Can be changed later.",
    )
    currency = forms.ChoiceField(
        choices=CURRENCIES, initial="EUR", help_text="Deals and costs are in it."
    )

    class Meta:
        model = Workspace
        fields = ["name", "slug", "timezone", "currency"]
        labels = {"slug": "Short name in addresses"}
        help_texts = {
            "name": "The client or the business line.",
            "slug": "Small letters, digits and hyphens: /w/northwind/. It stays as it is.",
        }
        error_messages = {"slug": {"unique": "Another workspace has this short name."}}

    field_order = ["name", "slug", "timezone", "country", "currency"]

    def __init__(self, *args: Any, countries: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        country = cast(forms.ChoiceField, self.fields["country"])
        country.choices = [("", "No public holidays"), *countries]

    def clean_slug(self) -> str:
        return str(self.cleaned_data["slug"]).lower()
