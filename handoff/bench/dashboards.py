"""The dashboards over a year of a million leads: pages, their main queries, and what the daily
summary costs.

The floor of a query is one sequential scan of all recorded moves; that of a page the same page of a
workspace without a lead. “Counted anew” is a panel for which nothing had been kept; its floor is
the scan.
"""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from django.db import connection, transaction
from django.test import override_settings
from django.urls import reverse

from accounts.models import Workspace
from handoff.bench import year
from handoff.bench.compliance_page import _empty, _reader
from handoff.bench.figures import Figure, median_seconds, percentile
from handoff.bench.fill import vacuum
from handoff.bench.queue_page import PLAIN_FILES, READERS, Reader, _read
from handoff.dashboards.pages import PAGES
from handoff.dashboards.panel import Asked, Part
from handoff.metrics.acceptance import ENDED
from handoff.metrics.cohorts import KINDS
from handoff.metrics.counting import count
from handoff.metrics.periods import Period
from handoff.metrics.report import ENTERED
from handoff.metrics.scope import Scope
from handoff.metrics.summary import count_all_due, count_due, recount
from leadqual.models import Lead, StageMove

AT: Final = datetime(2026, 11, 1, tzinfo=UTC)
"""The present of the generated year."""
MOVED: Final = 200


def rebuilt(*, leads: int) -> Figure:
    """The daily summary made anew, as `manage.py recount` does it."""
    workspace = year.year(leads=leads, at=AT)
    began = time.perf_counter()
    recount(workspace)
    took = time.perf_counter() - began
    return Figure("daily counts, rebuilt", took, "s", year.scan_seconds(), year.moves(workspace))


def figures(*, leads: int, seconds: float) -> Iterator[Figure]:
    """Over as many leads as the bench has. So many seconds each page is read over and over, by one
    reader and by four."""
    workspace = year.year(leads=leads, at=AT)
    count_all_due(workspace)
    vacuum("handoff_daycount", "handoff_countdue")  # as PostgreSQL does by itself within a minute
    scan = year.scan_seconds()
    yield from _queries(workspace, scan, year.moves(workspace))
    yield from _kept_true(workspace)
    yield from _pages(workspace, seconds, scan)


def _queries(workspace: Workspace, scan: float, n: int) -> Iterator[Figure]:
    """The main queries of the pages, for the last 90 days and for the whole year."""
    whole = Scope(workspace, _last(365))
    quarter = Scope(workspace, _last(90))
    one = quarter.of("industry", "Software")
    two = one.of("region", "Alps")
    asked: dict[str, Callable[[], object]] = {
        "funnel of a quarter": lambda: count(quarter, [*ENTERED, *KINDS]),
        "funnel of a year, by week": lambda: count(whole, [*ENTERED, *KINDS], every="week"),
        "acceptance of a year, by rep": lambda: count(whole, ENDED, by="rep", every="week"),
        "funnel of a quarter, one filter": lambda: count(one, [*ENTERED, *KINDS]),
        "funnel of a quarter, two filters": lambda: count(two, [*ENTERED, *KINDS]),
        "acceptance of a quarter, a filter and a split": lambda: count(one, ENDED, by="rep"),
    }
    for name, work in asked.items():
        took = median_seconds(work)
        yield Figure(f"query: {name}", took * 1000, "ms", scan * 1000, n)


def _kept_true(workspace: Workspace) -> Iterator[Figure]:
    """What a recorded move costs: its marks at once, and the counting of its days later. Deals won
    lately are lost after all: their MQLs are of some weeks."""
    leads = list(Lead.objects.of(workspace).filter(stage="won").order_by("-pk")[: 2 * MOVED])
    half = len(leads) // 2
    with transaction.atomic():
        marked = _moved(workspace, leads[:half])
        began = time.perf_counter()
        days = 0
        while counted := count_due(workspace, most=400):
            days += counted
        counting = time.perf_counter() - began
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("ALTER TABLE leadqual_stagemove DISABLE TRIGGER handoff_move_counts")
        bare = _moved(workspace, leads[half:])
        transaction.set_rollback(True)
    yield Figure("a move with its marks", marked * 1000, "ms", bare * 1000, half)
    yield Figure("counting days, a move", counting / half * 1000, "ms", bare * 1000, half)
    yield Figure("counting days, a day", counting / days * 1000, "ms", bare * 1000, days)


def _moved(workspace: Workspace, leads: list[Lead]) -> float:
    """Seconds to record one, of many recorded one by one."""
    began = time.perf_counter()
    for place, lead in enumerate(leads):
        StageMove.objects.create(
            workspace=workspace,
            lead=lead,
            cycle=lead.cycle,
            from_stage="won",
            to_stage="lost",
            at=AT - timedelta(minutes=place),
            rule="bench",
        )
    return (time.perf_counter() - began) / len(leads)


def _pages(workspace: Workspace, seconds: float, scan: float) -> Iterator[Figure]:
    empty = _empty()
    person = _reader(workspace, empty)
    n = Lead.objects.of(workspace).count()
    with override_settings(STORAGES=PLAIN_FILES):
        for page in PAGES.values():
            for part in ("", *page.parts):
                name = f"dashboard {page.key}{f', {part}' if part else ''}"
                paths = [_path(each, page.key, part) for each in (workspace, empty)]
                lasts = seconds / 4 if part else seconds  # there are many panels
                for readers, who in ((1, "1 reader"), (READERS, f"{READERS} readers")):
                    took, floor = (
                        _read(Reader(person, path), readers, seconds=lasts / share)
                        for path, share in zip(paths, (1, 4), strict=True)
                    )
                    for percent in (50, 95):
                        slow, bare = (percentile(each, percent) for each in (took, floor))
                        yield Figure(
                            f"{name}, p{percent} of {who}", slow * 1000, "ms", bare * 1000, n
                        )
                if part:
                    anew = _anew(workspace, page.parts[part])
                    yield Figure(f"{name}, counted anew", anew * 1000, "ms", scan * 1000, n)


def _anew(workspace: Workspace, part: Part) -> float:
    asked = Asked(Scope(workspace, _last(90)), AT)
    return median_seconds(lambda: part.make(asked), times=1)


def _path(workspace: Workspace, page: str, part: str) -> str:
    period = _last(90)
    query = f"?first={period.first}&last={period.last}"
    if part:
        return reverse("dashboard_panel", args=[workspace.slug, page, part]) + query
    return reverse("dashboard", args=[workspace.slug, page]) + query


def _last(days: int) -> Period:
    return Period.last_days(days, today=AT.date(), zone=UTC)
