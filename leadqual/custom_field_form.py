"""The admin form of a custom field: its key from its label, its choices one per line."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import slugify
from unfold.widgets import UnfoldAdminTextareaWidget

from accounts.workspace_form import WorkspaceForm
from leadqual.built_in_facts import is_built_in
from leadqual.models import CustomField

MOST_CHOICES = 200
LONGEST_CHOICE = 80
BUILT_IN = (
    "“{0}” is how files call a fact that leadqual knows by itself, and it would be taken for that "
    "one: write another key, such as own_{0}."
)


class Lines(forms.CharField):
    """A list of texts, one per line; blank lines count for nothing."""

    widget = UnfoldAdminTextareaWidget

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value) or ""
        return [line.strip() for line in text.splitlines() if line.strip()]

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool((initial or []) != self.to_python(data))


class CustomFieldForm(WorkspaceForm):
    key = forms.CharField(
        required=False,
        max_length=40,
        help_text="What files, the API and rules call it, such as budget. Empty: made from the "
        "label. It never changes.",
    )
    choices = Lines(
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 6}),
        help_text="One per line, as people will read them. Capitals make no difference.",
    )

    class Meta:
        model = CustomField
        fields = ("label", "of", "key", "kind", "choices", "help_text", "is_active")
        help_texts = {
            "label": "What people read beside the field, such as Budget in EUR.",
            "kind": "Decides what may be entered, and how rules compare it.",
            "help_text": "A line below the field, for whoever fills it in.",
            "is_active": "Switch off to ask and check it no longer. What is known stays.",
        }

    def clean_choices(self) -> list[str]:
        choices: list[str] = self.cleaned_data["choices"]
        if len({choice.casefold() for choice in choices}) < len(choices):
            raise ValidationError("One of the choices is there twice.")
        if len(choices) > MOST_CHOICES:
            raise ValidationError(f"{len(choices)} choices are too many; {MOST_CHOICES} fit.")
        if long := next((choice for choice in choices if len(choice) > LONGEST_CHOICE), ""):
            raise ValidationError(f"“{long[:30]}…” is longer than {LONGEST_CHOICE} characters.")
        return choices

    def clean(self) -> dict[str, Any] | None:
        data = super().clean() or self.cleaned_data
        if "key" in self.fields and not data.get("key") and "key" not in self.errors:
            data["key"] = slugify(data.get("label", "")).replace("-", "_")[:40]
            if data.get("label") and not data["key"]:
                self.add_error("key", "Write a key: none can be made from this label.")
        of_company = data.get("of") == CustomField.Of.COMPANY
        if is_built_in(key := data.get("key") or "", of_company=of_company):
            self.add_error("key", BUILT_IN.format(key))
        is_choice = data.get("kind") == CustomField.Kind.CHOICE
        if not is_choice:
            data["choices"] = []
        elif not data.get("choices") and "choices" not in self.errors:
            self.add_error("choices", "Write what there is to choose from, one per line.")
        return data

    def save(self, commit: bool = True) -> Any:
        if self.instance._state.adding and self.workspace is not None:
            last = CustomField.objects.of(self.workspace).order_by("-position").first()
            self.instance.position = last.position + 1 if last else 0
        return super().save(commit)
