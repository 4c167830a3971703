"""The typed facts of a workspace's own on a form, each with the control of its type."""

from collections.abc import Iterator
from typing import Any, Final

from django import forms
from django.utils.html import escape

from accounts.models import Workspace
from leadqual.countries import country_name
from leadqual.custom_fields import YEARS, BadFact, Kind, custom_fields, fits, read, written
from leadqual.models import Company, CustomField, Lead

NOT_KNOWN: Final = "Not known"
DAYS: Final = (f"{YEARS[0]}-01-01", f"{YEARS[-1]}-12-31")
COUNTRY_ATTRS: Final = {"autocomplete": "off", "placeholder": "Germany"}


class OwnFact(forms.Field):
    """One fact. What is known already and does not fit may stay, as long as nobody touches it."""

    def __init__(self, own: CustomField, stored: Any = None) -> None:
        self.own, self.stored = own, stored
        is_known = stored not in (None, "")
        self.misfit = written(own, stored) if is_known and not fits(own, stored) else ""
        said = self.misfit or (written(own, read(own, stored)) if is_known else "")
        if own.kind == Kind.COUNTRY:
            said = country_name(said)
        super().__init__(
            label=own.label,
            required=False,
            initial=said,
            widget=_widget(own, self.misfit),
            help_text=escape(self._hint()),  # the template trusts it
        )

    def _hint(self) -> str:
        known = f"“{self.misfit}” does not fit: correct it, or leave it as it is."
        return " ".join(filter(None, (self.own.help_text, known if self.misfit else "")))

    def clean(self, value: Any) -> Any:
        """The value to store; None withdraws the fact."""
        text = str(value or "").strip()
        if self.misfit and text == self.misfit.strip():
            return self.stored
        try:
            return read(self.own, text)
        except BadFact as fault:
            raise forms.ValidationError(str(fault)) from fault


def _widget(own: CustomField, misfit: str) -> forms.Widget:
    attrs = {"autocomplete": "off"}
    if own.kind == Kind.NUMBER:
        return forms.TextInput({**attrs, "inputmode": "decimal"})
    if own.kind == Kind.COUNTRY:
        return forms.TextInput(COUNTRY_ATTRS)
    if own.kind == Kind.DATE and not misfit:
        return forms.DateInput({"type": "date", "min": DAYS[0], "max": DAYS[1]})
    if own.kind in (Kind.TEXT, Kind.DATE):  # a native date shows nothing of what is no date
        return forms.TextInput(attrs)
    options = [("yes", "Yes"), ("no", "No")]
    if own.kind == Kind.CHOICE:
        options = [(choice, choice) for choice in own.choices]
    if misfit:
        options.append((misfit, f"{misfit} (does not fit)"))
    return forms.Select(choices=[("", NOT_KNOWN), *options])


def own_facts(
    workspace: Workspace, of: str, record: Lead | Company | None = None
) -> dict[str, OwnFact]:
    """The form fields of the workspace's own facts, by name such as attributes.budget, filled
    with what the record says."""
    known = record.attributes if record else {}
    return {own.name: OwnFact(own, known.get(own.key)) for own in custom_fields(workspace, of)}


def said_of(form: forms.BaseForm, of: str) -> dict[str, Any]:
    """What a cleaned form says, by key; None where it says that the fact is not known.

    A page that was opened before the field was there says nothing of it.
    """
    return {
        field.own.key: form.cleaned_data.get(name)
        for name, field in form.fields.items()
        if isinstance(field, OwnFact) and field.own.of == of and name in form.data
    }


def bound(form: forms.BaseForm, of: str) -> Iterator[forms.BoundField]:
    for name, field in form.fields.items():
        if isinstance(field, OwnFact) and field.own.of == of:
            yield form[name]
