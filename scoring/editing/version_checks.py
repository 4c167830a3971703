"""The rows of one version as they were sent together: twins, bands without gaps, shared names."""

from collections.abc import Sequence
from typing import Any

from django.forms import ValidationError

from accounts.workspace_rows import RowsFormSet
from scoring.contents import Contents
from scoring.editing.known_names import Known
from scoring.editing.renaming import follow, renamed_in
from scoring.editing.spelling import spell_as_defined
from scoring.models import QualificationRule
from scoring.models.versions import Axis
from scoring.sense_together import together


class PartFormSet(RowsFormSet):
    """Rows of one version: parts find each other by name, and people tell rules apart by it."""

    known: Known
    twins = ("name",)


class TitleFormSet(PartFormSet):
    ordered = True


class BandFormSet(PartFormSet):
    """A band ends where the next begins, so two may not begin at the same points."""

    def clean(self) -> None:
        super().clean()
        if any(self.errors):
            return
        for axis in Axis:
            self._check_scale(axis, [f for f in self.kept() if f.cleaned_data["axis"] == axis])

    def _check_scale(self, axis: Axis, rows: list[Any]) -> None:
        if not rows:
            raise ValidationError(f"The {axis.label.lower()} scale needs at least one band.")
        lowest = min(rows, key=lambda form: int(form.cleaned_data["floor"]))
        if lowest.cleaned_data["floor"] > 0:
            lowest.add_error("floor", "The lowest band begins at 0, so that every lead has one.")
            return
        begun: dict[int, str] = {}
        names: set[str] = set()
        for form in rows:
            floor, name = form.cleaned_data["floor"], form.cleaned_data["name"]
            if floor in begun:
                form.add_error("floor", f"“{name}” and “{begun[floor]}” overlap: both begin here.")
            elif name.lower() in names:
                form.add_error("name", "There is already another band with this name.")
            begun[floor] = name
            names.add(name.lower())

    def validate_unique(self) -> None:
        """Both scales may have a band of the same name; `clean` looks at each."""


class GradeFormSet(PartFormSet):
    """The cells as a grid: a row for each fit band, the best first; a column for each intent."""

    def bands(self, axis: Axis) -> list[str]:
        """The names of the bands that have cells, from the highest floor down."""
        names = self.known.bands(axis)
        named = {getattr(form.instance, f"{axis}_band") for form in self.forms}
        return [name for name in reversed(names) if name in named]

    def intent_bands(self) -> list[str]:
        return self.bands(Axis.INTENT)[::-1]

    def grid(self) -> list[tuple[str, list[Any]]]:
        cells = {(form.instance.fit_band, form.instance.intent_band): form for form in self.forms}
        columns = self.intent_bands()
        return [
            (fit, [cells.get((fit, intent)) for intent in columns]) for fit in self.bands(Axis.FIT)
        ]


def check_together(known: Known, formsets: Sequence[Any]) -> None:
    """Tell what makes no sense between the parts, each at the row and field where it was typed.

    First things first: only where every part is right on its own.
    """
    are_valid = [formset.is_valid() for formset in formsets]
    spell_as_defined(formsets)
    if not all(are_valid):
        return
    forms = {id(form.instance): form for formset in formsets for form in formset.kept()}
    follow((form.instance for form in forms.values()), renamed_in(formsets))
    parts = {formset.model: [f.instance for f in formset.kept()] for formset in formsets}
    for finding in list(together(Contents(known.settings(), parts))):
        if known.is_typed_anew(finding.setting):
            known.faults.append(finding)  # the form of the settings is read after the rows
        elif form := forms.get(id(finding.row)):
            form.tell([finding])
        else:
            ways = next(each for each in formsets if each.model is QualificationRule)
            ways.non_form_errors().append(finding.text)
