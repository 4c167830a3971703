"""What every form of a promise has in common: warnings as people write them, and its rules."""

from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS

from sla.models import Commitment
from sla.promise_rules import faults

_MOST_WARNINGS = 5


class PercentsField(forms.CharField):
    """Several whole percentages, such as “50, 75”; in order, each once."""

    def to_python(self, value: Any) -> Any:
        words = [word.strip().removesuffix("%").strip() for word in str(value or "").split(",")]
        written = [word for word in words if word]
        if not all(
            word.isascii() and word.isdecimal() and 1 <= int(word) <= 99 for word in written
        ):
            raise forms.ValidationError("Write whole numbers from 1 to 99, such as 50, 75.")
        if len(written) > _MOST_WARNINGS:
            raise forms.ValidationError(f"{_MOST_WARNINGS} warnings are the most.")
        return sorted({int(word) for word in written})

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(str(each) for each in value) if isinstance(value, list) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool(self.to_python(data) != sorted(initial or []))
        except forms.ValidationError:
            return True


class PromiseTerms(forms.ModelForm):  # type: ignore[type-arg]
    """`instance` knows its workspace, and its agreement where it is no default."""

    instance: Commitment

    def said_twice(self) -> tuple[str, str]:
        """Where and how to say that there is a promise of this kind for such leads already."""
        raise NotImplementedError

    def clean_minutes(self) -> int:
        return self.cleaned_data["minutes"] or 0

    def clean_days(self) -> int:
        return self.cleaned_data["days"] or 0

    def _update_errors(self, errors: forms.ValidationError) -> None:
        # What the table's constraints say of the whole row is said in words below.
        if hasattr(errors, "error_dict"):
            errors.error_dict.pop(NON_FIELD_ERRORS, None)
        super()._update_errors(errors)  # type: ignore[misc]

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]  # it fills the row from what was typed
        if "code" in self.errors:
            return
        for field, sentence in faults(self.instance):
            if field in self.fields and field not in self.errors:
                self.add_error(field, sentence)
        field, sentence = self.said_twice()
        if not self.errors and field in self.fields and self._is_there():
            self.add_error(field, sentence)

    def _is_there(self) -> bool:
        row = self.instance
        same = Commitment.objects.of(row.workspace).filter(agreement=row.agreement, retired_at=None)
        twins = same.filter(code=row.code, tier_code=row.tier_code)
        return twins.exclude(pk=row.pk).exists()
