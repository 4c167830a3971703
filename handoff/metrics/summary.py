"""The daily summary: counted again where marks say that a day has changed, and whole on demand.

A count of a day and its rebuild are the same statement, so the two cannot differ. One at a time
counts a workspace; a mark is deleted before its day is counted, and one that is not committed yet
stays, so that nothing is missed. What this costs grows with the facts of a day, not with history.
"""

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.core.cache import cache
from django.db import OperationalError, connection, transaction
from django.db.models.functions import Now
from psycopg.errors import QueryCanceled

from accounts.models import Workspace
from handoff.metrics.dimensions import ALL
from handoff.metrics.facts import facts_sql, narrowing
from handoff.metrics.periods import Period
from handoff.models import CountDue, DayCount

Family = CountDue.Family
LITTLE: Final = 31
"""So many days a reader counts itself, the latest first; what is left the worker counts."""
PATIENCE: Final = timedelta(minutes=1)
"""Nothing shown is older."""
READER: Final = timedelta(seconds=1)
"""A reader waits no longer for days of a family to be counted."""
_KNOWN_FOR: Final = 600  # seconds that a workspace is known for its large days
_ALWAYS: Final = Period()
_LOCK: Final = 7_041  # the first key of our advisory locks; the second is the workspace
_SINGLE: Final = tuple(one.code for one in ALL if one.code != "rule")
_KINDS: Final = {
    Family.MOVES: ("entered:%", "became:%"),
    Family.MQLS: ("mql", "reached:%", "path:%"),
    Family.OFFERS: ("offered",),
    Family.ENDINGS: ("ended:%", "decided", "rejected:%", "followed:%"),
}


def due_since(workspace: Workspace) -> datetime | None:
    """Since when facts wait to be counted; None: every number is as of now."""
    oldest = CountDue.objects.of(workspace).order_by("marked_at").first()
    return oldest.marked_at if oldest else None


def freshen(workspace: Workspace, period: Period = _ALWAYS) -> bool:
    """Count the little that is due, so that who reads sees what was done a moment ago.

    False where the summary lacks facts of the period all the same, and is not to be read. Of a
    workspace whose days are large nobody counts while reading: what waits there for less than
    PATIENCE the worker counts, and its summary is read.
    """
    due = CountDue.objects.of(workspace)
    if not due.exists():
        return True
    if not has_large_days(workspace):
        try:
            count_due(workspace, most=LITTLE, within=READER)
        except OperationalError as error:
            if not isinstance(error.__cause__, QueryCanceled):
                raise
            cache.set(_large(workspace), True, _KNOWN_FOR)
    if has_large_days(workspace):
        due = due.filter(marked_at__lt=Now() - PATIENCE)
    if period.first:
        due = due.filter(at__gte=period.starts_at)
    if period.last:
        due = due.filter(at__lt=period.ends_at)
    return not due.exists()


def has_large_days(workspace: Workspace) -> bool:
    """Whether counting one took a reader too long lately."""
    return bool(cache.get(_large(workspace)))


def _large(workspace: Workspace) -> str:
    return f"large-days:{workspace.pk}"


def count_all_due(workspace: Workspace) -> None:
    """Everything up to now, however long it takes: for commands, whose reader can wait."""
    while count_due(workspace, most=LITTLE, wait=True):
        pass


def count_due(
    workspace: Workspace, *, most: int, wait: bool = False, within: timedelta | None = None
) -> int:
    """Count again up to so many days, the latest first; returns how many were.

    Safe to repeat, and side by side: where another is counting this workspace, none is counted, or
    it is waited for. Raises OperationalError, with nothing counted and no mark gone, where a family
    of days takes longer than `within`.
    """
    with transaction.atomic(), _at_most(within):
        if not _alone(workspace, wait=wait):
            return 0
        workspace = _held(workspace)
        due = _claimed(workspace, most)
        for family, days in due.items():
            for first, last in _runs(days):
                _count(workspace, Family(family), first, last)
    return len({day for days in due.values() for day in days})


def recount(workspace: Workspace) -> int:
    """Everything anew, from recorded history; returns how many counts there are now."""
    with transaction.atomic():
        _alone(workspace, wait=True)
        workspace = _held(workspace)
        DayCount.objects.of(workspace).delete()
        _execute("SELECT handoff_every_count(%(workspace)s)", workspace)
        due = _claimed(workspace, None)
        for family, days in due.items():
            for first, last in _months(days):
                _count(workspace, Family(family), first, last)
    return DayCount.objects.of(workspace).count()


@contextmanager
def _at_most(within: timedelta | None) -> Iterator[None]:
    """Each statement in it may take so long; not said: as long as any."""
    if within is None:
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('statement_timeout')")
        [usual] = cursor.fetchone() or ["0"]
        limit = f"{within.total_seconds() * 1000:.0f}ms"
        cursor.execute("SELECT set_config('statement_timeout', %s, true)", [limit])
        yield
        cursor.execute("SELECT set_config('statement_timeout', %s, true)", [usual])


def _alone(workspace: Workspace, *, wait: bool) -> bool:
    name = "pg_advisory_xact_lock" if wait else "pg_try_advisory_xact_lock"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {name}(%s, %s)", [_LOCK, workspace.pk % 2**31])
        [got] = cursor.fetchone() or [False]
    return wait or bool(got)


def _held(workspace: Workspace) -> Workspace:
    """As it is now, and its time zone stays so meanwhile: days counted by the former one would have
    lost the marks of the new."""
    held = Workspace.objects.raw(
        "SELECT * FROM accounts_workspace WHERE id = %s FOR SHARE", [workspace.pk]
    )
    return held[0]


def _claimed(workspace: Workspace, most: int | None) -> dict[str, set[date]]:
    """The days that are due, by family; their marks are gone. In two statements: the days as an
    array are looked up by their hash, also where it is not known yet how many marks there are."""
    limit = "" if most is None else f"LIMIT {most:d}"
    day = "(at AT TIME ZONE %(zone)s)::date"
    days = f"""
        SELECT DISTINCT {day} FROM handoff_countdue
        WHERE workspace_id = %(workspace)s ORDER BY 1 DESC {limit}"""  # noqa: S608 - text of ours
    claim = f"""
        WITH gone AS (
            DELETE FROM handoff_countdue
            WHERE workspace_id = %(workspace)s AND {day} = ANY (%(days)s)
            RETURNING family, {day} AS day
        )
        SELECT DISTINCT family, day FROM gone"""  # noqa: S608 - text of ours
    asked = [each for (each,) in _execute(days, workspace)]
    due: dict[str, set[date]] = {}
    for family, each in _execute(claim, workspace, days=asked):
        due.setdefault(family, set()).add(each)
    return due


def _runs(days: Collection[date]) -> Iterable[tuple[date, date]]:
    """Days that follow each other, as one range."""
    ordered = sorted(days)
    first = last = ordered[0]
    for day in ordered[1:]:
        if day - last > timedelta(days=1):
            yield first, last
            first = day
        last = day
    yield first, last


def _months(days: Collection[date]) -> Iterable[tuple[date, date]]:
    """The ranges within each month, so that a rebuild holds no more than that at once."""
    by_month: dict[date, list[date]] = {}
    for day in sorted(days):
        by_month.setdefault(day.replace(day=1), []).append(day)
    return [(those[0], those[-1]) for those in by_month.values()]


def _count(workspace: Workspace, family: Family, first: date, last: date) -> None:
    """Make the counts of these days what the facts say; rows that are right are left alone."""
    counted = _lines(family, _SINGLE, with_total=True)
    if family == Family.ENDINGS:
        counted += " UNION ALL " + _lines(family, ("rule",), with_total=False)
    sql = f"""
        WITH fresh AS MATERIALIZED ({counted}), gone AS (
            DELETE FROM handoff_daycount d
            WHERE d.workspace_id = %(workspace)s AND d.day BETWEEN %(first)s AND %(last)s
                AND d.kind LIKE ANY (%(family)s) AND NOT EXISTS (
                    SELECT FROM fresh f WHERE (f.kind, f.dimension, f.value, f.day)
                        = (d.kind, d.dimension, d.value, d.day))
        )
        INSERT INTO handoff_daycount AS known (workspace_id, day, kind, dimension, value, n)
        SELECT %(workspace)s, day, kind, dimension, value, n FROM fresh
        ON CONFLICT (workspace_id, kind, dimension, value, day) DO UPDATE SET n = excluded.n
        WHERE known.n <> excluded.n"""  # noqa: S608 - text of ours
    period = Period(first, last, workspace.zone)
    _execute(
        sql,
        workspace,
        first=first,
        last=last,
        starts_at=period.starts_at,
        ends_at=period.ends_at,
        family=list(_KINDS[family]),
        **narrowing([]),
    )


def _lines(family: Family, dimensions: Collection[str], *, with_total: bool) -> str:
    """The counts of the days, in all where wanted, and by each of the dimensions. The facts are
    put together once; in one pass over them each dimension has its own groups, and each set of
    kinds is taken apart only when it has been counted."""
    within = "{moment} >= %(starts_at)s AND {moment} < %(ends_at)s"
    facts = facts_sql(family, within, dimensions=dimensions)
    columns = [f"d_{code}" for code in dimensions]
    # A dimension that is not grouped by is null, and one that is never.
    which = " ".join(f"WHEN d_{code} IS NOT NULL THEN '{code}'" for code in dimensions)
    groups = ", ".join(["()"] * with_total + [f"({column})" for column in columns])
    return f"""(
        WITH facts AS MATERIALIZED (
            SELECT (f.at AT TIME ZONE %(zone)s)::date AS day, f.* FROM ({facts}) f
        ), counted AS (
            SELECT day, kinds, CASE {which} ELSE '' END AS dimension,
                coalesce({", ".join(columns)}, '') AS value, count(*) AS n
            FROM facts GROUP BY day, kinds, GROUPING SETS ({groups})
        )
        SELECT day, kind, dimension, value, sum(n)::bigint AS n
        FROM counted CROSS JOIN LATERAL unnest(kinds) kind GROUP BY 1, 2, 3, 4)"""  # noqa: S608


def _execute(sql: str, workspace: Workspace, **parameters: Any) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, {"workspace": workspace.pk, "zone": workspace.timezone, **parameters})
        return cursor.fetchall() if cursor.description else []
