"""The text of an agreement: its sections and lines, how they are stored, and what is signed.

A section is stored as {"code", "title", "lines", "text"}: `lines` are generated, `text` are the
free words of the clause. A line is a plain string, or {"text", "anchor"?, "style"?} where it can be
linked to or is not a paragraph: style "heading" begins a part of the section, "item" is one entry
of a list. `read` gives both alike.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

HEADING: Final = "heading"
ITEM: Final = "item"

Stored = list[dict[str, Any]]
"""A document as it stands in the database."""


@dataclass(frozen=True)
class Line:
    """`style`: blank for a paragraph, HEADING or ITEM. `anchor`: its name on the page, or blank."""

    text: str
    anchor: str = ""
    style: str = ""

    def stored(self) -> str | dict[str, str]:
        more = {"anchor": self.anchor, "style": self.style}
        named = {name: value for name, value in more.items() if value}
        return {"text": self.text, **named} if named else self.text


@dataclass(frozen=True)
class Section:
    """`code` is the clause's name, and its anchor on the page. `text`: the free words."""

    code: str
    title: str
    lines: tuple[Line, ...] = ()
    text: str = ""

    def stored(self) -> dict[str, Any]:
        lines = [line.stored() for line in self.lines]
        return {"code": self.code, "title": self.title, "lines": lines, "text": self.text}


def stored(sections: Iterable[Section]) -> Stored:
    return [section.stored() for section in sections]


def read(document: Sequence[dict[str, Any]] | None) -> list[Section]:
    """The sections of a stored document; none of a draft, which has none stored."""
    return [
        Section(
            code=section["code"],
            title=section["title"],
            lines=tuple(_line(line) for line in section.get("lines", ())),
            text=section.get("text", ""),
        )
        for section in document or ()
    ]


def _line(line: str | dict[str, str]) -> Line:
    return Line(line) if isinstance(line, str) else Line(**line)


def canonical(document: Any, terms: Any) -> bytes:
    """What is signed, byte for byte: [document, terms] as JSON in UTF-8, the keys of every object
    sorted, without any white space between its tokens and without a line feed at the end.

    TypeError for what JSON does not hold, and for fractions, which not everybody writes alike.
    """
    _refuse_fractions([document, terms])
    both = json.dumps([document, terms], sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return both.encode()


def hash_of(document: Any, terms: Any) -> str:
    """SHA-256 of `canonical`, in hex: what a signature names.

    Whoever has these bytes in a file runs `sha256sum` on it. From the database:

        psql -AtX -c "SELECT jsonb_build_array(document, terms) FROM sla_agreement WHERE id = 7" \
            | jq -cSj . | sha256sum
    """
    return hashlib.sha256(canonical(document, terms)).hexdigest()


def _refuse_fractions(value: Any) -> None:
    if isinstance(value, float):
        raise TypeError(f"{value!r}: the terms of an agreement have whole numbers only.")
    for part in value.values() if isinstance(value, dict) else value or ():
        if isinstance(part, dict | list | tuple | float):
            _refuse_fractions(part)
