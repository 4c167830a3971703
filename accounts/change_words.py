"""What a save in the admin changed, in words: “Points from 20 to 25”."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from datetime import time
from typing import Any

from django import forms
from django.forms.models import ModelChoiceField
from django.utils.text import capfirst

LONGEST = 80
NOTHING = "nothing"


def describe(form: forms.ModelForm[Any], formsets: Iterable[Any], *, add: bool) -> str:
    """One line for each thing that changed; empty when nothing did.

    To be called after the save: formsets know by then what was added, changed and removed.
    """
    lines = ["Added."] if add else [capfirst(change) + "." for change in _changes(form)]
    for formset in formsets:
        lines += _changes_of_rows(formset)
    return "\n".join(lines)


def _changes_of_rows(formset: Any) -> list[str]:
    kind = capfirst(str(formset.model._meta.verbose_name))
    forms_by_row = {id(form.instance): form for form in formset.initial_forms}
    lines = [f"{kind} “{row}” added." for row in formset.new_objects]
    for row, _ in formset.changed_objects:
        changes = "; ".join(_changes(forms_by_row[id(row)]))
        lines.append(f"{kind} “{row}”: {changes}.")
    return lines + [f"{kind} “{row}” removed." for row in formset.deleted_objects]


def _changes(form: Any) -> list[str]:
    return [_change(form, name) for name in form.changed_data if name in form.fields]


def _change(form: Any, name: str) -> str:
    field = form.fields[name]
    before = in_words(field, form.get_initial_for_field(field, name))
    after = in_words(field, form.cleaned_data.get(name))
    label = str(field.label or name)
    label = label if label[1:2].isupper() else label[:1].lower() + label[1:]
    return f"{label} from {before} to {after}"


def in_words(field: forms.Field, value: Any) -> str:
    """A value of a form field as its reader would say it, shortened to some eighty characters."""
    if value is None or value == "" or value == []:
        return NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(field, ModelChoiceField):
        return f"“{value if hasattr(value, 'pk') else _row(field, value)}”"
    if isinstance(value, list | tuple):
        return ", ".join(in_words(field, one) for one in value)
    if isinstance(field, forms.ChoiceField):
        return f"“{_label_of(field, value)}”"
    if isinstance(value, time):
        return f"{value:%H:%M}"
    text = textwrap.shorten(str(value), LONGEST, placeholder=" …")
    return text if isinstance(value, int | float) else f"“{text}”"


def _row(field: ModelChoiceField[Any], pk: Any) -> Any:
    if field.queryset is None:
        return pk
    return field.queryset.model._base_manager.filter(pk=pk).first() or "something removed since"


def _label_of(field: forms.ChoiceField, value: Any) -> str:
    choices: Iterable[Any] = field.widget.choices  # of the field, a function may be
    for key, label in choices:
        options = label if isinstance(label, list | tuple) else [(key, label)]
        for choice, words in options:
            if str(choice) == str(value):
                return str(words)
    return str(value)
