"""A chart of every kind, as pages give them, and labels that nobody should write."""

from typing import Any, Final

WEEKS: Final = [f"{day} Oct" for day in (5, 12, 19, 26)]
POINTS: Final[list[Any]] = [
    {"value": 35.3, "n": 12, "of": 34},
    None,
    {"value": 80, "n": 4, "of": 5, "small": True},
    61,
]
HOSTILE: Final = (
    "</script><script>alert(1)</script>",
    "\"quoted\" 'twice' & <b>bold</b>",
    "🎉👩‍👩‍👧 emoji",
    "日本語の名前",
    "مرحبا שלום",
    "x" * 200,
    "#panic() ${1} {value} {b|rich}",
    "",
)

ROAD: Final = {
    "nodes": [
        {"key": "new", "label": "New", "value": 100},
        {"key": "mql", "label": "MQL", "value": 40, "of": 100},
        {"key": "won", "label": "Won", "value": 5, "tone": "won"},
        {"key": "recycled", "label": "Recycled", "value": 20, "tone": "back"},
        {"key": "alone", "label": "Nobody", "value": 0},
    ],
    "flows": [
        {"from": "new", "to": "mql", "value": 40, "of": 100},
        {"from": "mql", "to": "won", "value": 5},
        {"from": "mql", "to": "recycled", "value": 20},
        {"from": "recycled", "to": "mql", "value": 6},
        {"from": "mql", "to": "alone", "value": 0},
    ],
}


def _series(*names: str) -> list[dict[str, Any]]:
    return [{"name": name, "values": POINTS} for name in names]


BAND: Final = {"low": 50, "high": 90, "name": "healthy"}
SAMPLES: Final[dict[str, dict[str, Any]]] = {
    "bars": {"labels": WEEKS, "series": _series("Now"), "unit": "percent", "band": BAND},
    "bars lying": {
        "kind": "bars",
        "labels": WEEKS,
        "series": _series("A", "B"),
        "horizontal": True,
    },
    "bars stacked": {"kind": "bars", "labels": WEEKS, "series": _series("A", "B"), "stacked": True},
    "lines": {
        "labels": WEEKS,
        "series": [*_series("Now"), {"name": "Before", "values": POINTS, "previous": True}],
        "unit": "percent",
        "band": BAND,
        "line": {"value": 70, "name": "Promise"},
    },
    "pareto": {"labels": ["Other", "No budget", "Too early"], "values": [9, 42, 12]},
    "stack": {"labels": ["Website"], "series": _series("Won", "Open")},
    "sankey": ROAD,
    "heatmap": {"columns": WEEKS, "rows": ["Mon", "Tue"], "values": [POINTS, POINTS]},
    "spark": {"values": POINTS, "band": BAND},
    "small": {
        "labels": WEEKS,
        "panels": [{"title": "Ben", "values": POINTS, "previous": POINTS, "text": "61 %"}],
    },
    "small bars": {
        "kind": "small",
        "as": "bars",
        "labels": WEEKS,
        "panels": [{"title": name, "values": POINTS} for name in "ABC"],
    },
    "funnel": {"labels": ["MQL", "SAL"], "values": [40, 12]},
    "pairs": {"labels": WEEKS, "series": _series("A"), "line": 30, "line_name": "Capacity"},
    "score": {
        "zone": "Europe/Berlin",
        "points": [["2026-10-05T08:00:00Z", 20, 15, 35, "3", []]],
        "moves": [["2026-10-05T09:00:00Z", "MQL"]],
        "overrides": [
            ["2026-10-05T08:00:00Z", "2026-10-06T08:00:00Z", "A", [["2026-10-05T08:00:00Z", 50]]]
        ],
    },
}
"""By name; the first word is the kind, unless the data names it."""
SAMPLES["pairs"]["series"] = [{"name": "A", "values": [1, 2, None, 4]}]
for _name, _data in SAMPLES.items():
    _data.setdefault("kind", _name)
    _data.setdefault("title", _name.capitalize())
