"""Forms of the admin: the workspace is given, not chosen; errors stand at the field, in words."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from zoneinfo import available_timezones

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from unfold.widgets import UnfoldAdminSelect2Widget

from accounts.models import Workspace, WorkspaceOwned
from accounts.whole_numbers import NO_DECIMALS


def time_zone_field(help_text: str) -> forms.ChoiceField:
    return forms.ChoiceField(
        label="Time zone",
        choices=lambda: [(zone, zone) for zone in sorted(available_timezones())],
        widget=UnfoldAdminSelect2Widget,
        help_text=help_text,
    )


if TYPE_CHECKING:
    _ModelForm = forms.ModelForm[Any]  # generic for the type checker only
else:
    _ModelForm = forms.ModelForm


class PlainForm(_ModelForm):
    """A model form that says “there is already one with this name” where the name is typed, and
    of a number out of bounds which ones are taken. It takes no 20.000 for 20."""

    called = ""  # what one row is called there; empty: as its model is

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        columns = {column.name: column for column in self._meta.model._meta.fields}
        for name, field in self.fields.items():
            if isinstance(field, forms.IntegerField):
                field.re_decimal = NO_DECIMALS
                _tell_bounds(field, columns[name].validators if name in columns else [])

    def _update_errors(self, errors: ValidationError) -> None:
        if hasattr(errors, "error_dict"):
            kept = []
            for error in errors.error_dict.pop(NON_FIELD_ERRORS, []):
                field = self._field_of_duplicate(error)
                if field is None:
                    kept.append(error)
                else:
                    errors.error_dict.setdefault(field, []).append(self.twin(field))
            if kept:
                errors.error_dict[NON_FIELD_ERRORS] = kept
        super()._update_errors(errors)  # type: ignore[misc]

    def _field_of_duplicate(self, error: ValidationError) -> str | None:
        """The last field of a violated uniqueness that the person typed; None for other errors."""
        if error.code != "unique_together":
            return None
        checked = (error.params or {}).get("unique_check", ())
        typed = [name for name in checked if name in self.fields and not self._is_given(name)]
        return typed[-1] if typed else None

    def _is_given(self, name: str) -> bool:
        return isinstance(self.fields[name], forms.models.InlineForeignKeyField)

    def twin(self, field: str) -> ValidationError:
        """What to say when another row has the same value there."""
        label = str(self.fields[field].label or field).lower()
        kind = self.called or self._meta.model._meta.verbose_name
        return ValidationError(f"There is already another {kind} with this {label}.")


def _tell_bounds(field: forms.IntegerField, of_column: Iterable[Any]) -> None:
    """Both bounds at once, those of the column too: a form knows only half of them by itself."""
    both = [*field.validators, *of_column]
    low = max((int(v.limit_value) for v in both if isinstance(v, MinValueValidator)), default=None)
    high = min((int(v.limit_value) for v in both if isinstance(v, MaxValueValidator)), default=None)
    if low is not None and high is not None:
        told = f"Write a whole number from {low:,} to {high:,}.".replace("-", "−")
        field.error_messages |= {"min_value": told, "max_value": told}


class WorkspaceForm(PlainForm):
    """A form for one row of one workspace; `workspace` is set by `WorkspaceAdmin.get_form`."""

    workspace: Workspace | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        row: models.Model = self.instance
        if isinstance(row, WorkspaceOwned) and row._state.adding and self.workspace is not None:
            row.workspace = self.workspace

    def _get_validation_exclusions(self) -> set[str]:
        # The workspace is not typed, but what is unique in it has to be checked with it.
        excluded: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]
        return excluded - {"workspace"}
