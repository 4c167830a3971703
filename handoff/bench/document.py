"""bench.json as the table of docs/performance.md, with the machine that it was measured on."""

import os
import platform
from collections.abc import Sequence
from pathlib import Path

from django.db import connection

from handoff.bench.figures import Figure
from handoff.bench.targets import judged

BEGINS, ENDS = "<!-- figures: written by make bench DOCUMENT=1 -->", "<!-- end of figures -->"


def write(figures: Sequence[Figure], path: Path) -> None:
    """Replace what stands between the marks."""
    before, _, rest = path.read_text().partition(BEGINS)
    _, mark, after = rest.partition(ENDS)
    if not mark:
        raise ValueError(f"{path} has no place for figures: {BEGINS} … {ENDS}")
    lines = [BEGINS, "", machine(), "", *table(figures), "", ENDS]
    path.write_text(before + "\n".join(lines) + after)


def table(figures: Sequence[Figure]) -> list[str]:
    rows = [
        "| figure | value | floor | ratio | n | target | |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for figure in figures:
        words, mark = judged(figure)
        rows.append(
            f"| {figure.name} | {figure.value:,.4g} {figure.unit} | {figure.floor:,.4g}"
            f" | {figure.ratio:,.3g} | {figure.n:,} | {words} | {mark} |"
        )
    return rows


def machine() -> str:
    """One sentence: processor, cores, memory, system, PostgreSQL and Python."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        version = cursor.fetchone()[0]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"Measured on {_processor()}, {os.cpu_count()} cores, {memory:.0f} GB of memory,"
        f" {platform.system()} {platform.release()}; PostgreSQL {version} as the project starts it,"
        f" Python {platform.python_version()}."
    )


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return next(filter(None, named), platform.machine())
