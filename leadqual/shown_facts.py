"""The facts of a workspace's own as people read them: by label, typed ones first."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from accounts.models import Workspace
from leadqual.custom_fields import by_key, fits, in_words
from leadqual.models import CustomField


@dataclass(frozen=True)
class ShownFact:
    """`fits` is false for what was stored before its field had a type that it is not of."""

    key: str
    label: str
    words: str
    fits: bool = True

    def __str__(self) -> str:
        return self.words if self.fits else f"{self.words} (does not fit)"


def shown_facts(workspace: Workspace, of: str, attributes: Mapping[str, Any]) -> list[ShownFact]:
    """What is known, typed facts in their order, then the others by name; blanks left out."""
    fields = by_key(workspace, of)
    keys = [*(key for key in fields if key in attributes), *sorted(attributes.keys() - fields)]
    found = [_shown(key, fields.get(key), attributes[key]) for key in keys]
    return [fact for fact in found if fact.words]


def _shown(key: str, field: CustomField | None, value: Any) -> ShownFact:
    if field:
        return ShownFact(key, field.label, in_words(field, value), fits(field, value))
    return ShownFact(key, key.replace("_", " "), _loose(value))


def _loose(value: Any) -> str:
    if value is None or isinstance(value, str):
        return (value or "").strip()
    if isinstance(value, bool):
        return "Yes" if value else "No"
    return json.dumps(value, ensure_ascii=False)
