"""What one version of an agreement says otherwise than another: clause by clause, word by word."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from sla.agreement_text import Section

ALIKE = 0.5
"""A line of which this share is as before is the old one changed, not another one."""


class How(StrEnum):
    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True)
class Part:
    how: How
    text: str


@dataclass(frozen=True)
class Change:
    """One line: added or removed as a whole, or changed in some of its `parts`."""

    parts: tuple[Part, ...]

    @property
    def how(self) -> str:
        kinds = {part.how for part in self.parts}
        return str(kinds.pop()) if len(kinds) == 1 else "changed"


@dataclass(frozen=True)
class ClauseChange:
    """`lines` are the generated sentences that differ, `text` the free words, line by line."""

    code: str
    title: str
    lines: tuple[Change, ...]
    text: tuple[Change, ...]


@dataclass(frozen=True)
class Differences:
    changed: tuple[ClauseChange, ...]
    same: tuple[str, ...]  # titles


def differences(old: Sequence[Section], new: Sequence[Section]) -> Differences:
    """In the order of the new version; clauses that only the old one has come last."""
    before = {section.code: section for section in old}
    after = {section.code: section for section in new}
    changed, same = [], []
    for code in [*after, *(code for code in before if code not in after)]:
        clause = _clause(before.get(code), after.get(code))
        if clause.lines or clause.text:
            changed.append(clause)
        else:
            same.append(clause.title)
    return Differences(tuple(changed), tuple(same))


def _clause(old: Section | None, new: Section | None) -> ClauseChange:
    shown = new or old or Section("", "")
    return ClauseChange(
        code=shown.code,
        title=shown.title,
        lines=tuple(_changes(_words(old), _words(new))),
        text=tuple(_changes(_rows(old), _rows(new))),
    )


def _words(section: Section | None) -> list[str]:
    return [line.text for line in section.lines] if section else []


def _rows(section: Section | None) -> list[str]:
    rows = section.text.splitlines() if section else []
    return [row for row in rows if row.strip()]


def _changes(old: list[str], new: list[str]) -> Iterable[Change]:
    matcher = SequenceMatcher(a=old, b=new, autojunk=False)
    for kind, a, b, c, d in matcher.get_opcodes():
        if kind != "equal":
            yield from _replaced(old[a:b], new[c:d])


def _replaced(old: list[str], new: list[str]) -> Iterable[Change]:
    """Old lines are matched with the new line that is most like them; the rest came or went."""
    left = [(line, _words_in(line)) for line in old]
    for line in new:
        words = _words_in(line)
        likeness, place = max(
            ((_likeness(other, words), -n) for n, (_, other) in enumerate(left)), default=(0, 0)
        )
        if likeness < ALIKE:
            yield Change((Part(How.ADDED, line),))
            continue
        best, _ = left.pop(-place)
        yield Change(tuple(_parts(best, line)))
    yield from (Change((Part(How.REMOVED, line),)) for line, _ in left)


def _words_in(line: str) -> frozenset[tuple[str, int]]:
    """Each word and sign, numbered where it comes again. Their order counts only in two lines that
    belong together: hundreds are held against hundreds."""
    times: Counter[str] = Counter()
    found = set()
    for token in re.findall(r"\w+|[^\w\s]", line):
        times[token] += 1
        found.add((token, times[token]))
    return frozenset(found)


def _likeness(one: frozenset[tuple[str, int]], other: frozenset[tuple[str, int]]) -> float:
    """The share of words that both have, from 0 to 1."""
    return 2 * len(one & other) / max(len(one) + len(other), 1)


def _parts(old: str, new: str) -> Iterable[Part]:
    before, after = _tokens(old), _tokens(new)
    for kind, a, b, c, d in SequenceMatcher(a=before, b=after, autojunk=False).get_opcodes():
        if kind == "equal":
            yield Part(How.SAME, "".join(before[a:b]))
            continue
        if a < b:
            yield Part(How.REMOVED, "".join(before[a:b]))
        if c < d:
            yield Part(How.ADDED, "".join(after[c:d]))


def _tokens(line: str) -> list[str]:
    """Words and what stands between them."""
    return re.findall(r"\s+|\w+|[^\w\s]", line)
