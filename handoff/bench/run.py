"""All measurements, one after the other, each told as soon as it is known."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from django.conf import settings
from django.core.management.base import CommandError

from accounts.models import Workspace
from handoff.bench import (
    arrivals,
    board_page,
    business_time,
    compliance_page,
    dashboards,
    everybody,
    offers,
    quarter,
    queue_page,
    reading,
    scorer,
    streams,
    sweep,
)
from handoff.bench.figures import Figure, read_json, write_json
from handoff.bench.targets import line
from leadqual.models import Lead


@dataclass(frozen=True)
class Bench:
    """`scan`: seconds of one scan of the events' covering index; `seconds`: of each stream."""

    workspace: Workspace
    scan: float
    seconds: float

    @property
    def leads(self) -> int:
        return Lead.objects.of(self.workspace).count()


PARTS: Final[Mapping[str, Callable[[Bench], Iterable[Figure]]]] = {
    "computing": lambda b: [everybody.computing(b.workspace, scan=b.scan)],
    "reading": lambda b: reading.figures(b.workspace),
    "preview": lambda b: [quarter.figure(b.workspace, scan=b.scan)],
    "writing": lambda b: everybody.writing(b.workspace, scan=b.scan),
    "scorer": lambda b: [scorer.figure(b.workspace)],
    "scored": lambda b: [arrivals.until_scored(b.workspace, seconds=b.seconds)],
    "ingestion": lambda b: arrivals.while_rescoring(b.workspace, seconds=b.seconds),
    "publishing": lambda b: [everybody.publishing(b.workspace, scan=b.scan)],
    "offers": lambda b: offers.figures(b.workspace),
    "sweep": lambda b: sweep.figures(b.workspace),
    "sla_board": lambda b: board_page.figures(b.workspace, seconds=b.seconds),
    "compliance": lambda b: compliance_page.figures(b.workspace, seconds=b.seconds),
    "queue": lambda b: queue_page.figures(b.workspace, seconds=b.seconds),
    "business_time": lambda _: business_time.figures(),
    # Last: they add a workspace with as many leads again.
    "recount": lambda b: [dashboards.rebuilt(leads=b.leads)],
    "dashboards": lambda b: dashboards.figures(leads=b.leads, seconds=b.seconds / 4),
}


def measure_all(
    workspace: Workspace, *, only: str, seconds: float, out: Callable[[str], object]
) -> list[Figure]:
    """Measure, print the table and write bench.json beside the folders of the databases.

    With `only`, figures that are not measured now stay there as they are. Returns all of them.
    """
    wanted = [name for name in only.split(",") if name] or list(PARTS)
    if unknown := set(wanted) - PARTS.keys():
        raise CommandError(f"No such measurement: {', '.join(sorted(unknown))}")
    streams.remove_sent()
    bench = Bench(workspace, everybody.scan_seconds(), seconds)
    out(f"{workspace.name}; a scan of the covering index takes {bench.scan:.3f} s")
    path = settings.VAR.parent.parent / "bench.json"
    found = {figure.name: figure for figure in (read_json(path) if only else [])}
    for name in PARTS:
        for figure in PARTS[name](bench) if name in wanted else ():
            found[figure.name] = figure
            out(line(figure))
    write_json(list(found.values()), path)
    return list(found.values())
