"""Erasing is typed, not clicked."""

from django import forms

WORD = "erase"


class ErasureForm(forms.Form):
    confirmation = forms.CharField(
        label=f"Type {WORD} to confirm",
        max_length=20,
        widget=forms.TextInput({"autocomplete": "off", "autocapitalize": "none"}),
    )

    def clean_confirmation(self) -> str:
        typed = str(self.cleaned_data["confirmation"]).strip().lower()
        if typed != WORD:
            raise forms.ValidationError(f"Type the word “{WORD}”, then everything goes.")
        return typed
