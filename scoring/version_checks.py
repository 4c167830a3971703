"""What must hold between the rows of one version: bands without gaps, thresholds in reach."""

from collections.abc import Iterator
from typing import Any

from django.forms import ValidationError
from unfold.forms import PaginationInlineFormSet

from scoring.models import AttributeRule, IntentRule, QualificationRule
from scoring.models.versions import Axis
from scoring.rule_forms import PartForm

HIGHEST = 100
"""Fit and intent are capped at so many points each."""


class PartFormSet(PaginationInlineFormSet):  # type: ignore[misc]
    """Rows of one version; `siblings` are the formsets of its other parts in the same request."""

    siblings: list[Any] = []

    def validate_unique(self) -> None:
        """Twins among the rows are told at the row, not above them all."""
        names: set[str] = set()
        for form in self.forms:
            data = getattr(form, "cleaned_data", None) or {}
            name = None if data.get("DELETE") else data.get("name")
            if name in names and isinstance(form, PartForm):
                form.add_error("name", form.twin("name"))
            if name:
                names.add(name)

    def kept(self) -> Iterator[Any]:
        """The rows that will stand after the save."""
        for form in self.forms:
            data = getattr(form, "cleaned_data", None)
            if data and not data.get("DELETE"):
                yield form

    def of(self, model: type) -> list[dict[str, Any]] | None:
        """What the rows of another part will be after the save; None while they have errors."""
        for formset in self.siblings:
            if formset.model is model:
                return [f.cleaned_data for f in formset.kept()] if formset.is_valid() else None
        return []


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


class QualificationFormSet(PartFormSet):
    """There is an MQL definition, and some lead could reach every threshold."""

    def clean(self) -> None:
        super().clean()
        if any(self.errors):
            return
        mql = QualificationRule.Purpose.MQL
        if not any(form.cleaned_data["purpose"] == mql for form in self.kept()):
            raise ValidationError("Without an MQL definition no lead qualifies: add one.")
        fit, intent = self._reach()
        for form in self.kept():
            _refuse_above(form, "fit_at_least", fit, "fit")
            _refuse_above(form, "intent_at_least", intent, "intent")
            _refuse_above(form, "total_at_least", fit + intent, "fit and intent together")

    def _reach(self) -> tuple[int, int]:
        """The most points that any lead could have on each axis under these rules."""
        said, did = self.of(AttributeRule), self.of(IntentRule)
        if said is None or did is None:
            return HIGHEST, HIGHEST  # first things first
        fit = sum(_gain(row) for row in said if row.get("axis") == Axis.FIT)
        intent = sum(_gain(row) for row in said if row.get("axis") == Axis.INTENT)
        intent += sum(_most(row) for row in did)
        return min(fit, HIGHEST), min(intent, HIGHEST)


def _gain(row: dict[str, Any]) -> int:
    return max(row.get("points") or 0, 0)


def _most(row: dict[str, Any]) -> int:
    """The most that an intent rule gives: once, up to its cap, or without limit."""
    if row.get("at_least") or _gain(row) == 0:
        return _gain(row)
    return HIGHEST if row.get("cap") is None else int(row["cap"])


def _refuse_above(form: Any, field: str, reach: int, what: str) -> None:
    threshold = form.cleaned_data.get(field)
    if threshold is not None and threshold > reach:
        form.add_error(field, f"No lead can reach this: {what} end at {reach} points here.")


class GradeFormSet(PartFormSet):
    """The cells as a grid: a row for each fit band, the best first; a column for each intent."""

    def bands(self, axis: Axis) -> list[str]:
        """The names of the bands that have cells, from the highest floor down."""
        floors = {band.name: band.floor for band in self.instance.bands.all() if band.axis == axis}
        named = {getattr(form.instance, f"{axis}_band") for form in self.forms}
        return sorted(named, key=lambda name: -floors.get(name, 0))

    def intent_bands(self) -> list[str]:
        return self.bands(Axis.INTENT)[::-1]

    def grid(self) -> list[tuple[str, list[Any]]]:
        cells = {(form.instance.fit_band, form.instance.intent_band): form for form in self.forms}
        columns = self.intent_bands()
        return [
            (fit, [cells.get((fit, intent)) for intent in columns]) for fit in self.bands(Axis.FIT)
        ]
