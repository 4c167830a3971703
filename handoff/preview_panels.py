"""A preview's report as the page shows it: shares with what they are of, charts, names of leads."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from accounts.models import Workspace
from leadqual.models import Lead
from scoring.models import ModelVersion, Preview

AXES = (("grade", "Grade"), ("fit", "Fit band"), ("intent", "Intent band"))


@dataclass(frozen=True)
class Share:
    """So many of so many; no rate where there is nothing to divide by."""

    n: int
    of: int

    @property
    def rate(self) -> float | None:
        return self.n / self.of if self.of else None


@dataclass(frozen=True)
class Quality:
    """How well a definition tells the won from the others, of leads whose outcome is known.

    `precision`: of those that qualify, the won. `recall`: of the won, those that qualify.
    `lift`: precision against the share of won in all of `base`. `open` are not counted.
    """

    name: str
    precision: Share
    recall: Share
    base: Share
    open: int

    @property
    def lift(self) -> float | None:
        rate, base = self.precision.rate, self.base.rate
        return None if rate is None or not base else rate / base


def panels(preview: Preview) -> dict[str, Any]:
    """Everything the report page shows; one query, for the names of leads."""
    report: dict[str, Any] = preview.report or {}
    judges = _judges(preview, report)
    return {
        "words": list(judges.values()),
        "volume": [_volume(report, name, word) for name, word in judges.items()],
        "all_decided": _decided(report, "all"),
        "weeks": _weeks(report, judges),
        "volume_chart": _volume_chart(preview, report, judges),
        "flips": _flips(preview.workspace, report),
        "bands": [_bands(report, judges, axis, label) for axis, label in AXES],
        "bands_chart": _bands_chart(report, judges),
        "won": _won(report, judges),
        "quality": [_quality(report, judges, *line) for line in _LINES],
    }


def _judges(preview: Preview, report: Mapping[str, Any]) -> dict[str, str]:
    """Both versions, each applied to the whole period, in words: “Published now (version 2)”."""
    still = preview.against and preview.against.status == ModelVersion.Status.PUBLISHED
    words = {"old": f"Published {'now' if still else 'when asked'}", "new": "Previewed"}
    versions = report["versions"]
    return {
        name: f"{word} (version {versions[name]['number']})"
        for name, word in words.items()
        if name in versions
    }


def _decided(report: Mapping[str, Any], name: str) -> Share | None:
    """Accepted ÷ (accepted + rejected) of the offers of the period; None in reports of before."""
    if "decided" not in report:
        return None
    accepted, rejected = report["decided"][name]
    return Share(accepted, accepted + rejected)


def _volume(report: Mapping[str, Any], name: str, word: str) -> dict[str, Any]:
    mqls = report["mqls"][name]
    return {
        "word": word,
        "decided": _decided(report, name),
        "mqls": sum(mqls),
        "a_week": sum(mqls) / len(mqls),
        "already": report["already"][name],
    }


def _weeks(report: Mapping[str, Any], judges: Iterable[str]) -> list[dict[str, Any]]:
    columns = [report["mqls"][name] for name in judges]
    return [
        {"monday": date.fromisoformat(monday), "mqls": numbers}
        for monday, *numbers in zip(report["weeks"], *columns, strict=True)
    ]


def _volume_chart(
    preview: Preview, report: Mapping[str, Any], judges: Mapping[str, str]
) -> dict[str, Any]:
    return {
        "kind": "pairs",
        "labels": [f"{date.fromisoformat(monday):%-d %b}" for monday in report["weeks"]],
        "series": [{"name": word, "values": report["mqls"][name]} for name, word in judges.items()],
        "line": preview.capacity,
        "line_name": "Reps can take",
    }


def _flips(workspace: Workspace, report: Mapping[str, Any]) -> list[dict[str, Any]]:
    listed = {d: report["flips"][d]["leads"] for d in ("gained", "lost")}
    ids = {row["lead"] for rows in listed.values() for row in rows}
    known = {lead.pk: lead for lead in Lead.objects.of(workspace).present().filter(pk__in=ids)}
    titles = {"gained": "Would become MQL", "lost": "Would no longer become MQL"}
    return [
        {
            "direction": direction,
            "title": titles[direction],
            "count": report["flips"][direction]["count"],
            "rows": [
                {**row, "lead": known.get(row["lead"]), "at": datetime.fromisoformat(row["at"])}
                for row in rows
            ],
        }
        for direction, rows in listed.items()
    ]


def _bands(
    report: Mapping[str, Any], judges: Mapping[str, str], axis: str, label: str
) -> dict[str, Any]:
    tables = [
        {
            "word": word,
            "rows": [_band(row) for row in report["bands"][name][axis]],
        }
        for name, word in judges.items()
    ]
    return {"label": label, "tables": tables}


def _band(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": row["name"],
        "offers": row["offers"],
        "acceptance": Share(row["accepted"], row["accepted"] + row["rejected"]),
        "winning": Share(row["won"], row["won"] + row["lost"]),
        "open": row["open"] + row["undecided"],
    }


def _bands_chart(report: Mapping[str, Any], judges: Mapping[str, str]) -> dict[str, Any]:
    by_grade = {
        name: {row["name"]: _band(row)["acceptance"].rate for row in report["bands"][name]["grade"]}
        for name in judges
    }
    grades = sorted({grade for rates in by_grade.values() for grade in rates})
    return {
        "kind": "pairs",
        "labels": grades,
        "percent": True,
        "series": [
            {"name": judges[name], "values": [_percent(rates.get(grade)) for grade in grades]}
            for name, rates in by_grade.items()
        ],
    }


def _percent(rate: float | None) -> float | None:
    return None if rate is None else round(100 * rate, 1)


def _won(report: Mapping[str, Any], judges: Mapping[str, str]) -> dict[str, Any]:
    won = report["won"]
    return {
        "leads": won["leads"],
        "rows": [
            {
                "word": word,
                "share": Share(won[name]["qualified"], won["leads"]),
                "days": won[name]["median_days"],
            }
            for name, word in judges.items()
        ],
        "both": won["both"],
        "earlier": won["median_earlier"] or 0,
        "later": -(won["median_earlier"] or 0),
    }


_LINES = (
    ("all", "All channels"),
    ("channel", "By channel"),
    ("grade", "By grade"),
    ("fit", "By fit band"),
    ("intent", "By intent band"),
)


def _quality(
    report: Mapping[str, Any], judges: Mapping[str, str], axis: str, label: str
) -> dict[str, Any]:
    tables = [
        {
            "word": word,
            "rows": [
                _quality_row(row, report["outcomes"][name]["all"][0], axis)
                for row in report["outcomes"][name][axis]
            ],
        }
        for name, word in judges.items()
    ]
    return {"axis": axis, "label": label, "tables": tables}


def _quality_row(row: Mapping[str, Any], everyone: Mapping[str, Any], axis: str) -> Quality:
    """Within a channel its own leads are the base; of a band, all leads are."""
    base = everyone if axis not in ("all", "channel") else row
    inside = row["qualifies"]
    won = base["qualifies"]["won"] + base["others"]["won"]
    lost = base["qualifies"]["lost"] + base["others"]["lost"]
    unnamed = {"all": "All", "channel": "No channel known"}.get(axis, "None")
    return Quality(
        row["name"] or unnamed,
        Share(inside["won"], inside["won"] + inside["lost"]),
        Share(inside["won"], won),
        Share(won, won + lost),
        inside["open"],
    )
