"""Forms of people and workspaces."""

from django import forms

from accounts.models import User


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
