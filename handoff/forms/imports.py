"""Sending a file, and saying on screen which of its columns is what."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.utils.text import slugify

from accounts.models import Workspace
from handoff.imports.cells import BadCell, text_of
from handoff.imports.files import Cell, Table
from handoff.imports.maps import BadMap, FieldMap, ImportMap, from_dict, read_map
from handoff.imports.targets import ATTRIBUTES, TARGETS, guess, target_of, typed_targets
from handoff.models import ImportRun
from leadqual.custom_fields import Of, custom_fields
from leadqual.models import CustomField

MAP_LIMIT = 100_000  # bytes
SAMPLES = 3
# What people write, by what they call it; the first is ISO 8601, which needs no pattern.
DATES: dict[str, tuple[str, ...]] = {
    "iso": (),
    "dmy_dots": ("%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M", "%d.%m.%Y"),
    "dmy": ("%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M", "%d/%m/%Y"),
    "mdy": ("%m/%d/%Y %H:%M:%S", "%m/%d/%Y %H:%M", "%m/%d/%Y"),
}
DATE_CHOICES = (
    ("iso", "2018-02-26, 2018-02-26 19:58"),
    ("dmy_dots", "26.02.2018, 26.02.2018 19:58"),
    ("dmy", "26/02/2018 (day first)"),
    ("mdy", "02/26/2018 (month first)"),
)


class UploadForm(forms.Form):
    file = forms.FileField(
        label="CSV or XLSX file",
        help_text="Up to 50 MB. The first row names the columns.",
        widget=forms.FileInput({"accept": ".csv,.xlsx,.txt,.tsv"}),
    )
    map_file = forms.FileField(
        label="Map file",
        required=False,
        help_text="TOML, if you have one from an earlier import. Otherwise you say on the next "
        "page which column is what.",
        widget=forms.FileInput({"accept": ".toml"}),
    )

    def clean_map_file(self) -> ImportMap | None:
        upload = self.cleaned_data.get("map_file")
        if not upload:
            return None
        if upload.size > MAP_LIMIT:
            raise forms.ValidationError("This is no map file: it is too large.")
        try:
            return read_map(upload.read().decode("utf-8-sig"))
        except UnicodeDecodeError as error:
            raise forms.ValidationError("The map file is not text in UTF-8.") from error
        except BadMap as problem:
            raise forms.ValidationError(problem.problems) from problem


class ColumnsForm(forms.Form):
    """One select for each column of the file, filled in with what its header usually means."""

    date_format = forms.ChoiceField(label="Dates are written like", choices=DATE_CHOICES)
    zone = forms.ChoiceField(
        label="Times are those of", help_text="A date without a time is midnight there."
    )
    decimal = forms.ChoiceField(
        label="Numbers are written like", choices=((".", "1,234.50"), (",", "1.234,50"))
    )

    def __init__(self, data: Any, *, table: Table, workspace: Workspace) -> None:
        self.table, self.workspace = table, workspace
        self.samples = samples(table)
        self.own = custom_fields(workspace)
        known = earlier_map(workspace, table.columns)
        chosen = _initial(table.columns, known, self.own)
        initial = {
            "zone": known.zone if known else workspace.timezone,
            "decimal": known.decimal if known else ".",
        }
        initial["date_format"] = self._date_format(chosen, known)
        super().__init__(data, initial=initial)
        zone = self.fields["zone"]
        assert isinstance(zone, forms.ChoiceField)  # noqa: S101
        zone.choices = [(name, name) for name in sorted(available_timezones())]
        choices = _choices(self.own)
        for place, column in enumerate(table.columns):
            if column:
                self.fields[f"column_{place}"] = forms.ChoiceField(
                    label=column, choices=choices, required=False, initial=chosen[column]
                )

    def _date_format(self, chosen: Mapping[str, str], known: ImportMap | None) -> str:
        """As in the earlier import; else the first way of writing that fits the samples."""
        if known:
            return next((key for key, f in DATES.items() if f == known.date_formats), "iso")
        dates = {field.name for field in self.own if field.kind == CustomField.Kind.DATE}
        texts = [
            text
            for column, target in chosen.items()
            if target.startswith("moments.") or target in dates
            for text in self.samples[column]
        ]
        return next((key for key in DATES if all(_fits(text, key) for text in texts)), "iso")

    @property
    def columns(self) -> list[tuple[forms.BoundField, list[str]]]:
        """The selects, with the first cells of each column."""
        places = (name for name in self.fields if name.startswith("column_"))
        return [(self[name], self.samples[str(self[name].label)]) for name in places]

    def clean(self) -> dict[str, Any]:
        """The map; a target can be filled by one column only."""
        cleaned = super().clean() or {}
        fields: dict[str, FieldMap] = {}
        for place, column in enumerate(self.table.columns):
            target = cleaned.get(f"column_{place}", "")
            if target in ATTRIBUTES:
                target += _attribute_name(column, place)
            if target in fields:
                other = fields[target].column
                known = target_of(target, self.own)
                label = known.label if known else target
                self.add_error(f"column_{place}", f"“{other}” is mapped to {label} already.")
            elif target:
                fields[target] = FieldMap(column=column)
        if not {"lead.external_id", "lead.email"} & fields.keys():
            self.add_error(
                None, "Say which column holds the external id or the e-mail address of the lead."
            )
        cleaned["map"] = ImportMap(
            fields,
            cleaned.get("zone", "UTC"),
            DATES.get(cleaned.get("date_format", ""), ()),
            cleaned.get("decimal", "."),
        )
        return cleaned


def _attribute_name(column: str, place: int) -> str:
    return slugify(column).replace("-", "_")[:60] or f"column_{place + 1}"


def _choices(own: Sequence[CustomField]) -> list[Any]:
    """Grouped; the typed facts of the workspace by their labels, before any other of its own."""
    sections = {
        "lead": "Lead",
        "moments": "When the lead came to a stage",
        "reasons": "Why",
        "opportunity": "Deal",
        "company": "Company",
    }
    grouped: dict[str, list[tuple[str, str]]] = {label: [] for label in sections.values()}
    for name, target in TARGETS.items():
        grouped[sections[name.split(".")[0]]].append((name, target.label))
    for target in typed_targets(own):
        about_lead = target.own is not None and target.own.of == Of.LEAD
        grouped["Lead" if about_lead else "Company"].append((target.name, target.label))
    grouped["Lead"].append(("attributes.", "An attribute of your own"))
    grouped["Company"].append(("company.attributes.", "Company: an attribute of your own"))
    return [("", "Leave out"), *grouped.items()]


def samples(table: Table) -> dict[str, list[str]]:
    """The first cells of each column that are not blank, shortened. Raises BadFile."""
    found: dict[str, list[str]] = {column: [] for column in table.columns}
    for row in islice(table.rows(), 20):
        for column, cell in zip(table.columns, row.cells, strict=False):
            text = _shown(cell)
            if text and len(found[column]) < SAMPLES:
                found[column].append(text)
    return found


def _shown(cell: Cell) -> str:
    try:
        text = text_of(cell)
    except BadCell:
        return "(unreadable)"
    return text if len(text) <= 60 else f"{text[:59]}…"


def _fits(text: str, key: str) -> bool:
    try:
        if not DATES[key]:
            return bool(datetime.fromisoformat(text))
    except ValueError:
        return False
    return any(_parses(text, pattern) for pattern in DATES[key])


def _parses(text: str, pattern: str) -> bool:
    try:
        return bool(datetime.strptime(text, pattern))  # noqa: DTZ007 - only whether it parses
    except ValueError:
        return False


def earlier_map(workspace: Workspace, columns: Sequence[str]) -> ImportMap | None:
    """The map of the latest import that reads columns which this file has too."""
    runs = ImportRun.objects.of(workspace).exclude(mapping={}).order_by("-pk")
    for mapping in runs.values_list("mapping", flat=True)[:20]:
        try:
            known = from_dict(mapping)
        except BadMap:
            continue
        # Constants and rewritten values have no place on the screen: it must not drop them unseen.
        on_screen = all(set(one.as_dict()) == {"column"} for one in known.fields.values())
        if on_screen and not known.missing_in(columns):
            return known
    return None


def _initial(
    columns: Sequence[str], known: ImportMap | None, own: Sequence[CustomField]
) -> dict[str, str]:
    """The target of each column: as in the earlier import, else as its header reads.

    The earlier import says nothing of a column that it left out: that one may be new in the file.
    """
    if known is None:
        return _guessed(columns, {}, own)
    typed = {field.name for field in own}
    targets = {one.column: name for name, one in known.fields.items()}
    prefixed = {
        column: target
        if target in typed
        else next((prefix for prefix in ATTRIBUTES if target.startswith(prefix)), target)
        for column, target in targets.items()
    }
    return _guessed(columns, prefixed, own)


def _guessed(
    columns: Sequence[str], said: Mapping[str, str], own: Sequence[CustomField]
) -> dict[str, str]:
    """Of the columns that nothing is `said` of; each target once: of two, the first."""
    found = dict(said)
    for column in columns:
        if column not in found:
            target = guess(column, own)
            found[column] = "" if target in found.values() else target
    return found
