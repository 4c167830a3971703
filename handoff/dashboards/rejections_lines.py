"""Reasons line by line: which source, rep or rule brings which rejections."""

from collections import Counter
from typing import Final

from handoff.dashboards.panel import Asked, Cell, Chart, Column, Panel, Table, share
from handoff.dashboards.rejections_reasons import COUNTS, EMPTY, Reasons, count_cell, rejected_by
from handoff.metrics.acceptance import Endings, endings
from handoff.metrics.dimensions import ALL, DIMENSIONS, names_of
from handoff.metrics.links import leads_url
from handoff.metrics.scope import Scope

MATRIX_BY: Final = ("source", *(one.code for one in ALL if one.code not in ("source", "rule")))
NAMED: Final = 4
"""So many reasons are told apart in a bar; the others are one."""
LINES: Final = 12
"""So many lines are drawn; the table has them all."""
Found = dict[str, Counter[str]]
"""Of each line, how often by the code of the reason."""
Names = dict[str, str]


def matrix(asked: Asked) -> Panel:
    """Reason × source, or whatever else the page is split by."""
    by = asked.by if asked.by in MATRIX_BY else "source"
    label = DIMENSIONS[by].label
    reasons = Reasons.of(asked.workspace)
    found = _found(asked, reasons, by)
    if not found:
        return Panel(COUNTS, empty=EMPTY)
    names = names_of(asked.workspace, DIMENSIONS[by], found)
    lines = _most_first(found, names)
    in_all = sum(found.values(), Counter[str]())
    title = f"Rejections by reason and {label.lower()}"
    told = {code: reasons.name(code) for code, _ in in_all.most_common()}
    rows = tuple(
        (
            Cell(name),
            *(count_cell(asked.scope.of(by, line), code, found[line][code]) for line in lines),
            count_cell(asked.scope, code, in_all[code]),
        )
        for code, name in told.items()
    )
    columns = (
        Column("Reason"),
        *(Column(names[line], "count") for line in lines),
        Column("All", "count"),
    )
    return Panel(
        COUNTS,
        charts=(_heatmap(title, lines[:LINES], names, found, told),),
        tables=(Table(title, columns, rows),),
        notes=_left_out(len(lines), label),
        size=in_all.total(),
    )


def _found(asked: Asked, reasons: Reasons, by: str) -> Found:
    return {line: each for (line, _), each in rejected_by(asked.scope, reasons, by=by).items()}


def _most_first(found: Found, names: Names) -> list[str]:
    return sorted(found, key=lambda line: (-found[line].total(), names[line]))


def _heatmap(title: str, lines: list[str], names: Names, found: Found, told: Names) -> Chart:
    """`told` are the names of the reasons, by their code; a gap where there is no rejection."""
    values = [
        [
            {"value": found[line][code], "of": found[line].total()} if found[line][code] else None
            for line in lines
        ]
        for code in told
    ]
    columns = [names[line] for line in lines]
    return Chart("heatmap", title, {"columns": columns, "rows": [*told.values()], "values": values})


def _left_out(n: int, label: str) -> tuple[str, ...]:
    words = f"The picture shows the {LINES} lines by {label.lower()} with most; the table all {n}."
    return (words,) if n > LINES else ()


def by_dimension(asked: Asked, *, by: str) -> Panel:
    """Line by line how many of those decided were rejected, and for what."""
    label = "Rule" if by == "rule" else DIMENSIONS[by].label
    reasons = Reasons.of(asked.workspace)
    found = _found(asked, reasons, by)
    if not found:
        return Panel(COUNTS, empty=EMPTY)
    decided = {line: each for (line, _), each in endings(asked.scope, by=by).items()}
    names = names_of(asked.workspace, DIMENSIONS[by], found)
    lines = _most_first(found, names)
    named = [code for code, _ in sum(found.values(), Counter[str]()).most_common(NAMED)]
    rows = tuple(
        _row(asked.scope.of(by, line), names[line], found[line], decided[line], named)
        for line in lines
    )
    columns = (
        Column(label),
        Column("Rejected", "percent", "Of those decided: accepted or rejected"),
        *(Column(reasons.name(code), "percent", "Of the rejected") for code in named),
        Column("Others", "percent", "Of the rejected, with another reason"),
    )
    notes = _left_out(len(lines), label)
    if by == "rule":
        notes += ("An offer stands in the line of each rule that hit: lines do not add up.",)
    title = f"Reasons by {label.lower()}"
    told = {code: reasons.name(code) for code in named}
    return Panel(
        COUNTS,
        charts=(_stack(title, lines[:LINES], names, found, told),),
        tables=(Table(title, columns, rows),),
        notes=notes,
        size=sum(each.total() for each in found.values()),
    )


def _row(
    scope: Scope, name: str, found: Counter[str], decided: Endings, named: list[str]
) -> tuple[Cell, ...]:
    whole = found.total()
    return (
        Cell(name),
        share(decided.rejected, decided.decided, url=leads_url(scope, "ended:rejected")),
        *(_share(scope, code, found) for code in named),
        share(whole - sum(found[code] for code in named), whole),
    )


def _share(scope: Scope, code: str, found: Counter[str]) -> Cell:
    url = leads_url(scope, f"rejected:{code}") if found[code] else ""
    return share(found[code], found.total(), url=url)


def _stack(title: str, lines: list[str], names: Names, found: Found, named: Names) -> Chart:
    """`named` are the names of the reasons that are told apart, by their code."""
    series = [
        {"name": name, "values": [found[line][code] for line in lines]}
        for code, name in named.items()
    ]
    rest = [found[line].total() - sum(found[line][code] for code in named) for line in lines]
    if any(rest):
        series.append({"name": "Others", "values": rest})
    return Chart("stack", title, {"labels": [names[line] for line in lines], "series": series})
