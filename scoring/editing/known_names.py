"""What a draft defines by name, for the forms of the rules that refer to it."""

import hashlib
import json
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from accounts.models import Workspace
from leadqual.models import Source
from scoring.contents import Contents, contents_of
from scoring.fact_choices import OwnFacts, own_facts
from scoring.intent_words import name_signals
from scoring.models import Band, IntentRule, ModelVersion, QualificationRule, Signal
from scoring.models.versions import Axis
from scoring.second_looks import of_definitions
from scoring.sense import Finding
from scoring.signal_use import current
from scoring.signal_words import told_apart
from scoring.ways import floors_of, hysteresis


@dataclass
class Known:
    """One draft or version as it is stored, read once a request; `typed` is what a form sent."""

    version: ModelVersion
    typed: Mapping[str, str] = field(default_factory=dict)
    faults: list[Finding] = field(default_factory=list)
    """In the settings that were typed, found when they were held against the rows."""

    @property
    def workspace(self) -> Workspace:
        return self.version.workspace

    @cached_property
    def contents(self) -> Contents:
        contents = contents_of(self.version)
        name_signals(contents.rows(IntentRule), self.signals)
        return contents

    def settings(self) -> dict[str, Any]:
        """As typed where that can be read, else as stored."""
        found = dict(self.contents.settings)
        for name in found.keys() & self.typed.keys():
            box = ModelVersion._meta.get_field(name).formfield()  # type: ignore[union-attr]
            if isinstance(box, forms.IntegerField):
                with suppress(ValidationError):
                    found[name] = box.clean(self.typed[name])
        return found

    def is_typed_anew(self, setting: str) -> bool:
        return bool(setting) and self.settings()[setting] != self.contents.settings[setting]

    @cached_property
    def facts(self) -> OwnFacts:
        return own_facts(self.workspace)

    @cached_property
    def offered(self) -> list[Signal]:
        """The signals that rules may name: the current ones, and what the version uses already."""
        return list(current(Signal.objects.of(self.workspace), by=self.version))

    @cached_property
    def signals(self) -> Mapping[str, str]:
        """Their names by their codes, told apart where two have one name."""
        return told_apart(self.offered)

    @cached_property
    def sources(self) -> Mapping[str, str]:
        """Their names by their codes."""
        return dict(Source.objects.of(self.workspace).values_list("code", "name"))

    def bands(self, axis: Axis) -> list[str]:
        """Stored ones from the lowest floor up, then those that are being typed."""
        stored = [band for band in self.contents.rows(Band) if band.axis == axis]
        names = [band.name for band in sorted(stored, key=lambda band: int(band.floor))]
        typed = [
            self.typed.get(f"{row}-name", "").strip()
            for name, value in self.typed.items()
            if value == axis.value and (row := name.removesuffix("-axis")) != name
            if re.fullmatch(r"bands-\d+", row)
        ]
        return list(dict.fromkeys([*names, *filter(None, typed)]))

    def hysteresis(self) -> list[str]:
        return hysteresis_of(self.contents)

    def doubts(self) -> list[str]:
        return list(of_definitions(self.contents))


def hysteresis_of(contents: Contents) -> list[str]:
    """When a lead is promoted and when it is taken back, for these ways, bands and margin."""
    floors = floors_of(contents.rows(Band))
    margin = contents.setting("demote_margin")
    return hysteresis(contents.rows(QualificationRule), floors, margin=margin)


def stamp_of(version: ModelVersion, contents: Contents) -> str:
    """Equal as long as nobody saved anything of the draft."""
    said = {
        part.__name__: [
            [str(getattr(row, column.attname)) for column in part._meta.concrete_fields]
            for row in rows
        ]
        for part, rows in contents.parts.items()
    }
    text = json.dumps([version.note, dict(contents.settings), said], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:32]
