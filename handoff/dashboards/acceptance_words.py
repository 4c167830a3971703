"""How acceptance is told on dashboards: the rate with what it is of, its interval, its verdict."""

from typing import Final

from handoff.dashboards.panel import Cell, Column, Tone, share
from handoff.metrics.acceptance import HEALTHY, LEAST, Endings
from handoff.metrics.links import leads_url
from handoff.metrics.scope import Scope

BAND: Final = {
    "low": round(100 * HEALTHY[0]),
    "high": round(100 * HEALTHY[1]),
    "name": f"Healthy: {HEALTHY[0]:.0%} to {HEALTHY[1]:.0%}".replace("%", " %"),
}
"""For charts, in percent."""
VERDICTS: Final[dict[str, tuple[str, Tone]]] = {
    "loose": ("Too loose", "bad"),
    "healthy": ("Healthy", "good"),
    "tight": ("Too tight", "bad"),
}
COUNTS: Final = (
    "Of the offers that a rep decided in the period, by the day of the decision: accepted ÷ "
    "(accepted + rejected). Expired, withdrawn and “not mine” stand beside, and are not counted."
)
SMALL: Final = (
    f"The interval is where the true rate lies 95 times of 100. Fewer than {LEAST} decided are "
    "told, and not judged."
)
RATE_COLUMNS: Final = (
    Column("Acceptance", "percent", "Accepted of those decided"),
    Column("Interval", says="Where the true rate lies 95 times of 100"),
    Column("Verdict", says=f"From {LEAST} decided on"),
)
ENDED_COLUMNS: Final = (
    Column("Rejected", "count"),
    Column("Expired", "count"),
    Column("Withdrawn", "count"),
    Column("Not mine", "count"),
)


def rate_cell(scope: Scope, found: Endings) -> Cell:
    """The rate; it leads to the leads that were decided."""
    return share(
        found.accepted, found.decided, url=leads_url(scope, "decided") if found.decided else ""
    )


def interval_words(found: Endings) -> str:
    """“41–60 %”; a dash where nothing was decided."""
    if found.interval is None:
        return "–"
    low, high = (round(100 * edge) for edge in found.interval)
    return f"{low}–{high} %"


def verdict_cell(found: Endings) -> Cell:
    """Blank where nothing was decided; where few were, that they are few."""
    if not found.decided:
        return Cell("")
    words, tone = VERDICTS.get(found.verdict, ("Too few to judge", "quiet"))
    return Cell(words, tone=tone)


def rate_cells(scope: Scope, found: Endings) -> tuple[Cell, ...]:
    """Those of RATE_COLUMNS."""
    return rate_cell(scope, found), Cell(interval_words(found)), verdict_cell(found)


def ended_cells(scope: Scope, found: Endings) -> tuple[Cell, ...]:
    """Those of ENDED_COLUMNS, each leading to its leads."""
    counts = {
        "rejected": found.rejected,
        "expired": found.expired,
        "withdrawn": found.withdrawn,
        "not_mine": found.not_mine,
    }
    return tuple(
        Cell(n, url=leads_url(scope, f"ended:{status}") if n else "")
        for status, n in counts.items()
    )
