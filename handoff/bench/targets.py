"""What issues 3 to 6 ask of figures; those not named here are told without a target."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from handoff.bench.figures import Figure
from handoff.dashboards.pages import PAGES


@dataclass(frozen=True)
class Target:
    words: str
    is_met: Callable[[Figure], bool]


PREVIEWED = 100_000
"""Leads for which the issue names the time of a preview."""

A_QUARTER: Final = Target("at least 1/4 of the floor", lambda f: 4 * f.ratio >= 1)
_PANELS: Final = ("marketing", "promises", "who", "hours", "coverage", "delays")
A_THIRD: Final = Target("at least 1/3 of the floor", lambda f: 3 * f.ratio >= 1)

A_TENTH: Final = Target("at most 1/10 of the scan", lambda f: 10 * f.ratio <= 1)
_QUERIES: Final = (
    "funnel of a quarter",
    "funnel of a year, by week",
    "acceptance of a year, by rep",
    "funnel of a quarter, one filter",
    "funnel of a quarter, two filters",
    "acceptance of a quarter, a filter and a split",
)
TEN_TIMES: Final = Target("at least 10 × the library", lambda f: f.ratio >= 10)

TARGETS: Final[Mapping[str, Target]] = {
    "rescore, computing": Target("at most 6 × the scan", lambda f: f.ratio <= 6),
    "rescore, writing what changed": Target("at most 9 × the scan", lambda f: f.ratio <= 9),
    "loop over the leads": Target("at least 500 × the rescore", lambda f: f.ratio >= 500),
    "memory of a rescore's backends": Target("at most 150 MB", lambda f: 0 < f.value <= 150),
    "scores written by a new threshold": Target("none", lambda f: f.value == 0),
    "matrix of grades": Target("at most 100 ms", lambda f: f.value <= 100),
    "preview of a quarter": Target(
        "under a minute for 100,000 leads",
        lambda f: f.n >= 0.9 * PREVIEWED and f.value * PREVIEWED / f.n < 60,
    ),
    "dirty leads, one worker": Target("at least 10,000 a second", lambda f: f.value >= 10_000),
    "event to new score, p95": Target("at most 250 ms", lambda f: f.value <= 250),
    "ingestion while rescoring": Target("at least 0.9 of normal", lambda f: f.ratio >= 0.9),
    "its slowest of a thousand": Target("at most 3 × normal", lambda f: f.ratio <= 3),
    "offers, one process": A_THIRD,
    "offers, four processes": A_THIRD,
    "offers, five pools, one process": A_THIRD,
    "offers, five pools, four processes": A_THIRD,
    "sweep, one worker": A_QUARTER,
    "sweep, four workers": A_QUARTER,
    **{
        f"compliance{part}, p95": Target("under 150 ms", lambda f: 0 < f.value < 150)
        for part in (" page", *(f", {name}" for name in _PANELS))
    },
    **{
        f"{page}, p95 of {who}": Target("under 150 ms", lambda f: 0 < f.value < 150)
        for page in ("SLA board", "SLA board, one rep's", "missed promises")
        for who in ("1 reader", "4 readers")
    },
    **{f"query: {name}": A_TENTH for name in _QUERIES},
    **{
        f"dashboard {page.key}{part}, p95 of {who}": Target(
            "under 200 ms", lambda f: 0 < f.value < 200
        )
        for page in PAGES.values()
        for part in ("", *(f", {name}" for name in page.parts))
        for who in ("1 reader", "4 readers")
    },
    "queue page, p95 of 4 readers": Target("under 100 ms", lambda f: 0 < f.value < 100),
    "queries of the queue page": Target("as many as of one offer", lambda f: f.ratio <= 1),
    "due(), the same day": TEN_TIMES,
    "due(), over a weekend": TEN_TIMES,
    "due(), over a month": TEN_TIMES,
    "due(), over a year": TEN_TIMES,
    "elapsed(), a weekend": TEN_TIMES,
    "elapsed(), a year": TEN_TIMES,
}


def judged(figure: Figure) -> tuple[str, str]:
    """The target in words, and whether it was met; both blank where there is none."""
    target = TARGETS.get(figure.name)
    if target is None:
        return "", ""
    return target.words, "met" if target.is_met(figure) else "MISSED"


def line(figure: Figure) -> str:
    """One line of the table that `make bench` prints."""
    words, mark = judged(figure)
    return (
        f"{figure.name:<34}{figure.value:>11,.4g} {figure.unit:<9} floor {figure.floor:>9,.4g}"
        f"  ratio {figure.ratio:>8,.3g}  n {figure.n:>9,}  {words} {mark}".rstrip()
    )
