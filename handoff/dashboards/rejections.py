"""The rejections page: why sales gives leads back, whose, and what became of them since."""

from collections import Counter
from functools import partial
from typing import Final

from handoff.dashboards.panel import Asked, Cell, Chart, Column, Page, Panel, Part, Table, share
from handoff.dashboards.rejections_lines import MATRIX_BY, by_dimension, matrix
from handoff.dashboards.rejections_reasons import COUNTS, EMPTY, Reasons, rejected
from handoff.dashboards.rejections_since import examples, since
from handoff.metrics.dimensions import DIMENSIONS
from handoff.metrics.links import leads_url
from handoff.models import RejectionReason

_LOOK_AT: Final = {
    "fit": "The fit rules and the ICP: who gets points, and should not?",
    "intent": "Signals and intent rules: what counts as interest, and is none?",
    "data": "Capture and enrichment: which facts were wrong or missing?",
    "timing": "Nurture tracks and wake dates: who came too early?",
    "routing": "Territories and pools: who was asked, and should not have been?",
}


def pareto(asked: Asked) -> Panel:
    reasons = Reasons.of(asked.workspace)
    found = rejected(asked.scope, reasons)
    if not found:
        return Panel(COUNTS, empty=EMPTY)
    before = rejected(asked.before, reasons) if asked.before else None
    whole = sum(found.values())
    ordered = found.most_common()
    chart = Chart(
        "pareto",
        "Rejections by reason",
        {
            "labels": [reasons.name(code) for code, _ in ordered],
            "values": [n for _, n in ordered],
            "of": whole,
        },
    )
    rows, together = [], 0
    for code, n in ordered:
        together += n
        cells = [
            Cell(reasons.name(code)),
            Cell(n, url=leads_url(asked.scope, f"rejected:{code}")),
            share(n, whole),
            share(together, whole),
            Cell(reasons.questions(code)),
        ]
        if before is not None and asked.before:
            url = leads_url(asked.before, f"rejected:{code}") if before[code] else ""
            cells.append(Cell(before[code], url=url))
        rows.append(tuple(cells))
    columns = [
        Column("Reason"),
        Column("Rejected", "count"),
        Column("Share", "percent"),
        Column("Together", "percent", "With all reasons above it"),
        Column("Puts in question", says="Which part of the model the reason doubts"),
    ]
    if before is not None:
        columns.append(Column("Before", "count"))
    table = Table("Rejections by reason", tuple(columns), tuple(rows))
    return Panel(COUNTS, charts=(chart,), tables=(table,), size=whole)


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
    whole = sum(doubts.values())
    labels = dict(RejectionReason.Questions.choices)
    rows = tuple(
        (
            Cell(labels[doubt]),
            share(n, whole),
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
    chart = Chart(
        "bars",
        "Rejections by what they put in question",
        {
            "labels": [labels[doubt] for doubt, _ in doubts.most_common()],
            "series": [
                {
                    "name": "Rejections",
                    "values": [{"value": n, "of": whole} for _, n in doubts.most_common()],
                }
            ],
            "horizontal": True,
        },
    )
    table = Table("What rejections put in question", columns, rows)
    return Panel(counts, charts=(chart,), tables=(table,), size=whole)


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
