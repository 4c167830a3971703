"""What came out: the tally as figures, each with what it is of."""

import hashlib
from collections.abc import Iterable
from statistics import median
from typing import Any

from scoring.engine.rule_values import RuleSet
from scoring.previews.question import Question
from scoring.previews.tally import Tally

BAND_COUNTS = ("offers", "accepted", "rejected", "undecided", "won", "lost", "open")
ENDINGS = ("won", "lost", "open")


def report(question: Question, tally: Tally) -> dict[str, Any]:
    """As JSON. Shares and rates are left to the reader of it: here are their two numbers."""
    names = list(question.judges)
    weeks = question.mondays()
    return {
        "weeks": [monday.isoformat() for monday in weeks],
        "versions": {name: _terms(question, name) for name in names},
        "leads": tally.counts["leads",],
        "with_sales": tally.counts["with sales",],
        "already": {name: tally.counts["already", name] for name in names},
        "mqls": {
            name: [tally.counts["mqls", name, str(n)] for n in range(len(weeks))] for name in names
        },
        "flips": {
            direction: {"count": tally.counts["flips", direction], "leads": tally.flips[direction]}
            for direction in ("gained", "lost")
        },
        "decided": {
            name: [tally.counts["decided", name, said] for said in ("accepted", "rejected")]
            for name in ("all", *names)
        },
        "rules": meaning_of(question.new.rules),
        "bands": {name: _bands(question, tally, name) for name in names},
        "outcomes": {name: _outcomes(question, tally, name) for name in names},
        "won": _won(tally, names),
        "firsts": tally.first_rows(),
        "sales": tally.sales_rows(),
    }


def meaning_of(rules: RuleSet) -> str:
    """Equal for two versions whose rules give every lead the same numbers."""
    return hashlib.sha256(repr(rules.meaning()).encode()).hexdigest()


def _terms(question: Question, name: str) -> dict[str, Any]:
    terms = question.judges[name].definitions
    ways = {"mql": terms.mql, "handoff": terms.handoff or terms.mql}
    return {
        "number": terms.number,
        **{
            purpose: [{"fit": b.fit, "intent": b.intent, "total": b.total} for b in bounds]
            for purpose, bounds in ways.items()
        },
    }


def _names(question: Question, name: str) -> dict[str, list[str]]:
    """The bands and grades of a version, best first."""
    terms = question.judges[name].definitions
    return {
        "grade": sorted({*terms.grades.values()}),
        "fit": [band for _, band in reversed(terms.fit_bands)],
        "intent": [band for _, band in reversed(terms.intent_bands)],
    }


def _bands(question: Question, tally: Tally, name: str) -> dict[str, list[dict[str, Any]]]:
    return {
        axis: [
            {
                "name": band,
                **{what: tally.counts["bands", name, axis, band, what] for what in BAND_COUNTS},
            }
            for band in bands
        ]
        for axis, bands in _names(question, name).items()
    }


def _outcomes(question: Question, tally: Tally, name: str) -> dict[str, list[dict[str, Any]]]:
    """For all leads handed over, each channel and each band: those that qualify and the others."""
    channels = sorted({key[3] for key in tally.counts if key[:3] == ("outcome", name, "channel")})
    found = {"all": [""], "channel": channels, **_names(question, name)}
    return {
        axis: [
            {
                "name": each,
                "qualifies": _endings(tally, ("outcome", name, axis, each, "qualifies")),
                "others": _endings(tally, ("outcome", name, axis, each, "does not")),
            }
            for each in line
        ]
        for axis, line in found.items()
    }


def _endings(tally: Tally, key: tuple[str, ...]) -> dict[str, int]:
    return {came: tally.counts[*key, came] for came in ENDINGS}


def _won(tally: Tally, names: Iterable[str]) -> dict[str, Any]:
    """Of the leads won: how many qualified before their hand-off, and how many days before it."""
    found: dict[str, Any] = {"leads": len(tally.won_days)}
    for name in names:
        days = [each for won in tally.won_days if (each := won[name]) is not None]
        found[name] = {"qualified": len(days), "median_days": median(days) if days else None}
    both = [(won["new"], won.get("old")) for won in tally.won_days]
    earlier = [new - old for new, old in both if new is not None and old is not None]
    found["both"] = len(earlier)
    found["median_earlier"] = round(median(earlier), 2) if earlier else None
    return found
