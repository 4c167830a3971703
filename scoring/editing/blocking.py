"""Disqualifiers that would block nearly everybody, or nearly all who ever bought."""

from datetime import datetime

from leadqual.patience import TooManyToCount
from scoring.contents import Contents, contents_of
from scoring.editing.matching import Match, matches
from scoring.models import Disqualifier, ModelVersion, NamedList, TitleLine
from scoring.models.versions import VersionPart

NEARLY_ALL = 0.9


def blocking(draft: ModelVersion, *, now: datetime) -> list[str]:
    """One sentence for each such disqualifier; none where there is too much to count."""
    whole = contents_of(draft)
    rows = whole.rows(Disqualifier)
    parts: tuple[type[VersionPart], ...] = (Disqualifier, NamedList, TitleLine)
    asked = {part: whole.rows(part) for part in parts}
    try:
        found = matches(draft, Contents(whole.settings, asked), now=now) if rows else {}
    except TooManyToCount:
        return []
    told = [(row.name, blocked(found[id(row)])) for row in rows]
    return [f"The disqualifier “{name}” {blocks}." for name, blocks in told if blocks]


def blocked(match: Match) -> str:
    """“would have blocked all 130 leads that were won”; blank where it blocks a part only."""
    was, are = ("was" if match.of_won == 1 else "were"), ("is" if match.of_leads == 1 else "are")
    last = " last" if match.all_won > match.of_won else ""
    kinds = (
        (f"would have blocked {{}} that {was} won{last}", match.won, match.of_won),
        (f"blocks {{}} that {are} here now", match.leads, match.of_leads),
    )
    said = [how.format(_so_many(n, of)) for how, n, of in kinds if of and n >= of * NEARLY_ALL]
    return " and ".join(said)


def _so_many(number: int, of: int) -> str:
    if of == 1:
        return "the only lead"
    return f"all {of:,} leads" if number == of else f"{number:,} of the {of:,} leads"
