"""How many clocks a second the sweep notices, with one worker and with four.

Two clocks a lead, of which 20,000 are open and past their deadline: one in a hundred beside a
million leads, half of them where there are few. The floor marks the very same rows in a single
statement. Each of several runs begins with the same rows due again, and the median counts.
"""

import statistics
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from django.db import connection, transaction
from django.utils import timezone

from accounts.models import User, Workspace
from handoff.bench.figures import Figure
from handoff.bench.fill import superuser, vacuum
from handoff.bench.offers import together
from handoff.workspaces import create_workspace
from leadqual.models import Lead
from sla.clocks import sweep
from sla.models import Clock, Commitment

CLOCKS_A_LEAD: Final = 2
FEWEST: Final = 4_000
"""Clocks, however few the leads."""
OPEN: Final = 20_000
TIMES: Final = 3


def figures(workspace: Workspace) -> Iterator[Figure]:
    """`workspace` is that of the bench; its size says how many clocks there are."""
    return of_clocks(max(FEWEST, CLOCKS_A_LEAD * Lead.objects.of(workspace).count()))


def of_clocks(clocks: int) -> Iterator[Figure]:
    now = timezone.now()
    swept = _workspace(now=now)
    if Clock.objects.of(swept).count() != clocks:
        _make(swept, clocks=clocks, at=now)
    due = Clock.objects.of(swept).running().count()
    ways = {
        "floor": partial(together, 1, lambda _: _floor(swept, now=now)),
        "one worker": partial(together, 1, lambda _: _swept(now)),
        "four workers": partial(together, 4, lambda _: _swept(now)),
    }
    took: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(TIMES):  # in turn, so that none has the warmer caches
        for name, measure in ways.items():
            took[name].append(_once(swept, measure))
    rates = {name: due / statistics.median(seconds) for name, seconds in took.items()}
    for name in ("one worker", "four workers"):
        yield Figure(f"sweep, {name}", rates[name], "clocks/s", rates["floor"], due)


def _once(swept: Workspace, measure: Callable[[], float]) -> float:
    with _due_again(swept):
        seconds = measure()
        breaches = Clock.objects.of(swept).unanswered_breaches().count()
    if breaches != Clock.objects.of(swept).running().count():
        raise RuntimeError(f"{breaches} breaches were noticed: not as many as there are.")
    return seconds


def _swept(now: datetime) -> None:
    """As the worker's task does it."""
    while sweep(now=now):
        pass


def _floor(swept: Workspace, *, now: datetime) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE sla_clock SET warned = 1, breached_at = due_at, noticed_at = %(now)s,"
            " next_check_at = NULL, error = ''"
            " WHERE workspace_id = %(workspace)s AND stopped_at IS NULL"
            " AND next_check_at < %(now)s",
            {"workspace": swept.pk, "now": now},
        )


@contextmanager
def _due_again(swept: Workspace) -> Iterator[None]:
    """Inside, nobody has come by yet; afterwards neither, so that each run finds the same."""
    _unsweep(swept)
    try:
        yield
    finally:
        _unsweep(swept)


def _unsweep(swept: Workspace) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE sla_clock SET warned = 0, breached_at = NULL, noticed_at = NULL,"
            " next_check_at = warn_ats[1]"
            " WHERE workspace_id = %s AND stopped_at IS NULL AND breached_at IS NOT NULL",
            [swept.pk],
        )
    vacuum("sla_clock")


def _workspace(*, now: datetime) -> Workspace:
    found = Workspace.objects.filter(slug="sweep").first()
    if found is None:
        boss = User.objects.create(email="boss@sweep.example", name="Bench")
        found = create_workspace(name="Sweep", slug="sweep", by=boss, at=now)
        Lead.objects.create(workspace=found, email="p@sweep.example", captured_at=now)
    return found


def _make(swept: Workspace, *, clocks: int, at: datetime) -> None:
    """Started over the last half year and met, but for one in so many, which was never stopped."""
    promise = Commitment.objects.filter(workspace=swept, code=Commitment.Code.DECIDE_OFFER).first()
    assert promise is not None  # noqa: S101 - every new workspace has it
    values = {
        "workspace": swept.pk,
        "lead": Lead.objects.get(workspace=swept).pk,
        "commitment": promise.pk,
        "calendar": promise.calendar_id,
        "clocks": clocks,
        "first": at - timedelta(days=180),
        "apart": timedelta(days=179) / clocks,
        "open": max(2, clocks // OPEN),
    }
    with superuser() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("DELETE FROM sla_clock WHERE workspace_id = %(workspace)s", values)
        cursor.execute(_CLOCKS, values)
    vacuum("sla_clock")


_CLOCKS: Final = """
INSERT INTO sla_clock (workspace_id, lead_id, commitment_id, calendar_id, code, subject_key,
    minutes, warn_percents, started_at, warn_ats, warned, told, due_at, next_check_at, stopped_at,
    stopped_by, business_seconds, error)
SELECT %(workspace)s, %(lead)s, %(commitment)s, %(calendar)s, 'decide_offer', 'handoff:' || n,
    240, ARRAY[75], start, ARRAY[start + interval '3 hours'], is_done::int, is_done::int,
    start + interval '4 hours', CASE WHEN NOT is_done THEN start + interval '3 hours' END,
    CASE WHEN is_done THEN start + interval '200 minutes' END,
    CASE WHEN is_done THEN 'accepted' ELSE '' END, CASE WHEN is_done THEN 12000 END, ''
FROM (
    SELECT n, %(first)s::timestamptz + n * %(apart)s::interval AS start,
        n %% %(open)s <> 0 AS is_done
    FROM generate_series(1, %(clocks)s::bigint) n
) numbered
"""
