"""All measurements, one after the other, each told as soon as it is known."""

from collections.abc import Callable, Iterable
from typing import Protocol

from django.conf import settings

from accounts.models import Workspace
from handoff.bench import arrivals, everybody, scorer, streams
from handoff.bench.figures import Figure, line, write_json


class Out(Protocol):
    def write(self, msg: str) -> object: ...


def measure_all(
    workspace: Workspace, *, only: str, seconds: float, out: Callable[[str], object]
) -> list[Figure]:
    """Measure, print the table and write bench.json beside the folder of the database."""
    found: list[Figure] = []

    def tell(figures: Iterable[Figure]) -> None:
        for figure in figures:
            found.append(figure)
            out(line(figure))

    wanted = set(filter(None, only.split(",")))
    streams.remove_sent()
    scan = everybody.scan_seconds()
    out(f"{workspace.name}; a scan of the covering index takes {scan:.3f} s")
    if not wanted or "computing" in wanted:
        tell([everybody.computing(workspace, scan=scan)])
    if not wanted or "writing" in wanted:
        tell(everybody.writing(workspace, scan=scan))
    if not wanted or "scorer" in wanted:
        tell([scorer.figure(workspace)])
    if not wanted or "scored" in wanted:
        tell([arrivals.until_scored(workspace, seconds=seconds)])
    if not wanted or "ingestion" in wanted:
        tell(arrivals.while_rescoring(workspace, seconds=seconds))
    write_json(found, settings.VAR.parent.parent / "bench.json")
    return found
