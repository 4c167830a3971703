"""Small words that the clauses share: lists of names, times, lines of a list."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from sla.agreement_text import HEADING, ITEM, Line


def heading(words: str) -> Line:
    return Line(words, style=HEADING)


def item(words: str, anchor: str = "") -> Line:
    return Line(words, anchor, ITEM)


def items(announced: str, entries: Iterable[str]) -> Iterator[Line]:
    """A line that announces a list, and the list; nothing where it has no entries."""
    found = list(entries)
    if found:
        yield Line(announced)
        yield from (item(entry) for entry in found)


def both(words: Sequence[str], joined_by: str = "and") -> str:
    """“A, B and C”."""
    return f" {joined_by} ".join(filter(None, [", ".join(words[:-1]), words[-1] if words else ""]))


def number_of(count: int, one: str, many: str = "") -> str:
    """“1 day”, “2 days”."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def duration(minutes: int) -> str:
    """“5 minutes”, “4 hours”, “1 hour 30 minutes”."""
    hours, rest = divmod(minutes, 60)
    parts = [number_of(hours, "hour") if hours else "", number_of(rest, "minute") if rest else ""]
    return " ".join(filter(None, parts))


def day(on: date) -> str:
    return f"{on:%-d %B %Y}"
