"""Lists as people type them: countries, domains, words, points by source, decay in steps."""

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise

from leadqual.countries import UnknownCountry, country_code
from scoring.models import NamedList

MOST_ENTRIES = 2000
LONGEST_ENTRY = 120
MOST_STEPS = 6
_DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")
_PAIR = re.compile(r"(\d{1,4})\s*:\s*(\d{1,3})\s*%?")


class BadValue(ValueError):
    """What was typed cannot be read; the text says what to type instead."""


def split(text: str) -> list[str]:
    """What stands between commas, semicolons and line ends: each once, in the order typed."""
    parts = (part.strip() for part in re.split(r"[,;\n]", text))
    return list(dict.fromkeys(part for part in parts if part))


def read_entries(text: str, *, kind: NamedList.Kind) -> list[str]:
    """The entries of a list as stored: codes in capitals, domains small. Raises BadValue."""
    parts = split(text)
    if not parts:
        raise BadValue("Write the entries, one a line or with commas between them.")
    if len(parts) > MOST_ENTRIES:
        raise BadValue(f"These are {len(parts):,} entries; a list takes {MOST_ENTRIES:,}.")
    if kind == NamedList.Kind.COUNTRIES:
        entries = [read_country(part) for part in parts]
    elif kind == NamedList.Kind.WORDS:
        entries = [_word(part) for part in parts]
    else:
        entries = [_domain(part) for part in parts]
    return list(dict.fromkeys(entries))


def read_country(part: str) -> str:
    """The code of the country, from its name or code. Raises BadValue."""
    try:
        return country_code(part)
    except UnknownCountry as unknown:
        raise BadValue(str(unknown)) from unknown


def _domain(part: str) -> str:
    domain = part.lower().rpartition("@")[2].removeprefix("www.").rstrip(".")
    if len(domain) > 253 or not _DOMAIN.fullmatch(domain):
        raise BadValue(f"“{part}” is not a mail domain: write what follows the @, as acme.com.")
    return domain


def _word(part: str) -> str:
    if len(part) > LONGEST_ENTRY:
        raise BadValue(f"“{part[:40]}…” is longer than {LONGEST_ENTRY} characters.")
    return part


def read_words(text: str) -> list[str]:
    """The words and phrases of a line of the title table. Raises BadValue."""
    words = split(text)
    if not words:
        raise BadValue("Write the words, with commas between them: vp, vice president.")
    return [_word(word) for word in words]


def read_decay(text: str) -> list[list[int]]:
    """“7: 50, 30: 0”: from day 7 on 50 % count, from day 30 on nothing. Raises BadValue."""
    steps = []
    for part in split(text):
        match = _PAIR.fullmatch(part)
        if not match:
            raise BadValue(
                f"“{part}” is no step: write days and percent, as 7: 50, 30: 0 (from day 7 on "
                "half of the points, from day 30 on none)."
            )
        steps.append([int(match[1]), int(match[2])])
    if len(steps) > MOST_STEPS:
        raise BadValue(f"These are {len(steps)} steps; {MOST_STEPS} are enough.")
    return steps


def written_decay(steps: Iterable[Sequence[int]]) -> str:
    return ", ".join(f"{days}: {percent}" for days, percent in steps)


def fault_in_decay(steps: Sequence[Sequence[int]], *, window_days: int | None) -> str:
    """Why these steps make no sense, as a sentence; blank where they do."""
    if not steps:
        return ""
    days, percents = [step[0] for step in steps], [step[1] for step in steps]
    if days[0] < 1:
        return "The first step begins on day 1 at the earliest."
    if max(percents) >= 100:
        return "The percent that still count must be below 100: 7: 50 counts half from day 7 on."
    if any(later <= earlier for earlier, later in pairwise(days)):
        return "The days of the steps must rise: write 7: 50, 30: 0."
    if any(later >= earlier for earlier, later in pairwise(percents)):
        return "The percent of the steps must fall: write 7: 50, 30: 0."
    if window_days is not None and window_days <= days[0]:
        return (
            f"The window of {window_days} days ends before the first step (day {days[0]}) begins: "
            "widen it or take the steps away."
        )
    if window_days is not None and window_days < days[-1]:
        return (
            f"The window of {window_days} days ends before the step from day {days[-1]} on begins: "
            "widen it or take the step away."
        )
    return ""
