"""The rejections page: why sales gives leads back, whose, and what became of them since."""

from collections import Counter
from functools import partial
from typing import Final

from handoff.dashboards.panel import Asked, Cell, Chart, Column, Page, Panel, Part, Table, share
from handoff.dashboards.rejections_lines import MATRIX_BY, by_dimension, matrix
from handoff.dashboards.rejections_reasons import COUNTS, EMPTY, Reasons, count_cell, rejected
from handoff.dashboards.rejections_since import examples, since
from handoff.metrics.dimensions import DIMENSIONS
from handoff.models import RejectionReason

_LOOK_AT: Final = {
    "fit": "The fit rules and the ICP: who gets points, and should not?",
    "intent": "Signals and intent rules: what counts as interest, and is none?",
    "data": "Capture and enrichment: which facts were wrong or missing?",
    "timing": "Nurture tracks and wake dates: who came too early?",
    "routing": "Territories and pools: who was asked, and should not have been?",
}
_DOUBTS: Final = dict(RejectionReason.Questions.choices)


def pareto(asked: Asked) -> Panel:
    reasons = Reasons.of(asked.workspace)
    found = rejected(asked.scope, reasons)
    if not found:
        return Panel(COUNTS, empty=EMPTY)
    return Panel(
        COUNTS,
        charts=(_pareto_chart(found, reasons),),
        tables=(_pareto_table(asked, found, reasons),),
        size=found.total(),
    )


def _pareto_chart(found: Counter[str], reasons: Reasons) -> Chart:
    ordered = found.most_common()
    data = {
        "labels": [reasons.name(code) for code, _ in ordered],
        "values": [n for _, n in ordered],
        "of": found.total(),
    }
    return Chart("pareto", "Rejections by reason", data)


def _pareto_table(asked: Asked, found: Counter[str], reasons: Reasons) -> Table:
    before = rejected(asked.before, reasons) if asked.before else Counter()
    rows, together = [], 0
    for code, n in found.most_common():
        together += n
        cells = [
            Cell(reasons.name(code)),
            count_cell(asked.scope, code, n),
            share(n, found.total()),
            share(together, found.total()),
            Cell(reasons.questions(code)),
        ]
        if asked.before:
            cells.append(count_cell(asked.before, code, before[code]))
        rows.append(tuple(cells))
    columns = (
        Column("Reason"),
        Column("Rejected", "count"),
        Column("Share", "percent"),
        Column("Together", "percent", "With all reasons above it"),
        Column("Puts in question", says="Which part of the model the reason doubts"),
        *([Column("Before", "count")] if asked.before else []),
    )
    return Table("Rejections by reason", columns, tuple(rows))


def in_question(asked: Asked) -> Panel:
    """What the reasons put in doubt, as the workspace has set it for each."""
    counts = "Rejections of the period by what their reason puts in question, as set for each."
    reasons = Reasons.of(asked.workspace)
    found = rejected(asked.scope, reasons)
    if not found:
        return Panel(counts, empty=EMPTY)
    doubts: Counter[str] = Counter()
    behind: dict[str, list[str]] = {}
    for code, n in found.most_common():
        doubt = reasons.row(code).questions
        doubts[doubt] += n
        behind.setdefault(doubt, []).append(f"{reasons.name(code)} ({n:,})")
    return Panel(
        counts,
        charts=(_doubts_chart(doubts),),
        tables=(_doubts_table(doubts, behind),),
        size=doubts.total(),
    )


def _doubts_chart(doubts: Counter[str]) -> Chart:
    ordered, whole = doubts.most_common(), doubts.total()
    values = [{"value": n, "of": whole} for _, n in ordered]
    data = {
        "labels": [_DOUBTS[doubt] for doubt, _ in ordered],
        "series": [{"name": "Rejections", "values": values}],
        "horizontal": True,
    }
    return Chart("bars", "Rejections by what they put in question", data)


def _doubts_table(doubts: Counter[str], behind: dict[str, list[str]]) -> Table:
    """`behind`: the reasons of each doubt, in words."""
    rows = tuple(
        (
            Cell(_DOUBTS[doubt]),
            share(n, doubts.total()),
            Cell(", ".join(behind[doubt])),
            Cell(_LOOK_AT[doubt]),
        )
        for doubt, n in doubts.most_common()
    )
    columns = (
        Column("In question"),
        Column("Rejections", "percent"),
        Column("By reason"),
        Column("Where to look"),
    )
    return Table("What rejections put in question", columns, rows)


_LINES: Final = ("source", "rep", "rule")

REJECTIONS_PAGE: Final = Page(
    "rejections",
    "Rejections",
    "thumb-down",
    "Why sales gives leads back, where they come from, and whether the reasons were right: what "
    "became of the leads since.",
    {
        "reasons": Part("By reason", pareto),
        "question": Part("What they put in question", in_question),
        "matrix": Part("Reason by source, or by your split", matrix, asks_by=MATRIX_BY),
        **{
            code: Part(
                f"By {'scoring rule' if code == 'rule' else DIMENSIONS[code].label.lower()}",
                partial(by_dimension, by=code),
            )
            for code in _LINES
        },
        "since": Part("What became of them since", since),
        "examples": Part("The latest of the reasons that dominate", examples),
    },
)
