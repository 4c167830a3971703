"""The same figures of several workspaces at once: each in its own days, one query for all."""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

from django.db.models import Min

from accounts.models import Workspace
from handoff.metrics.counting import from_facts
from handoff.metrics.durations import MEASURED, Duration, offers_sql
from handoff.metrics.lines import rows_of
from handoff.metrics.scope import Scope
from handoff.metrics.summary import freshen
from handoff.models import CountDue

Daily = dict[date, Counter[str]]


def daily(scopes: Sequence[Scope], kinds: Collection[str]) -> dict[int, Daily]:
    """How many facts of each kind each day of each workspace has, by workspace id; days without any
    are missing. Read from the daily summary, once the little that is due has been counted. Scopes
    have both ends of their period and no filters, and are of a workspace each."""
    due = set(
        CountDue.objects.filter(workspace__in=[scope.workspace for scope in scopes])
        .order_by()
        .values_list("workspace", flat=True)
        .distinct()
    )
    late = [
        scope
        for scope in scopes
        if scope.workspace.pk in due and not freshen(scope.workspace, scope.period)
    ]
    sql = """
        SELECT c.workspace_id, c.day, c.kind, sum(c.n)::bigint
        FROM unnest(%(ids)s::bigint[], %(firsts)s::date[], %(lasts)s::date[]) p (id, first, last)
        JOIN handoff_daycount c ON c.workspace_id = p.id AND c.day BETWEEN p.first AND p.last
        WHERE c.kind = ANY (%(kinds)s) AND c.dimension = '' GROUP BY 1, 2, 3"""
    found: dict[int, Daily] = {scope.workspace.pk: {} for scope in scopes}
    parameters = {
        "ids": [scope.workspace.pk for scope in scopes],
        "firsts": [scope.period.first for scope in scopes],
        "lasts": [scope.period.last for scope in scopes],
        "kinds": list(kinds),
    }
    for workspace, day, kind, n in rows_of(sql, parameters):
        found[workspace].setdefault(day, Counter())[kind] += n
    for scope in late:  # as `count` does where the summary lacks facts
        facts: Daily = {}
        found[scope.workspace.pk] = facts
        for _, day, kind, n in from_facts(scope, kinds, "", "day"):
            if day:
                facts.setdefault(day, Counter())[kind] += n
    return found


def waiting_since(workspaces: Collection[Workspace]) -> datetime | None:
    """As `summary.due_since`, of all of them."""
    due = CountDue.objects.filter(workspace__in=workspaces)
    oldest: datetime | None = due.aggregate(oldest=Min("marked_at"))["oldest"]
    return oldest


def added(days: Daily, first: date, last: date) -> Counter[str]:
    """Of the days from the first to the last, both included."""
    found: Counter[str] = Counter()
    for day, counted in days.items():
        if first <= day <= last:
            found.update(counted)
    return found


def durations_of(scopes: Sequence[Scope], step: str) -> dict[int, Duration]:
    """A step of offers, as `durations` has it, by workspace id; those without any are missing."""
    facts = offers_sql(step, workspace="p.id", since="p.since", until="p.until")
    sql = f"""
        SELECT p.id, {MEASURED}
        FROM unnest(%(ids)s::bigint[], %(since)s::timestamptz[], %(until)s::timestamptz[])
            p (id, since, until)
        CROSS JOIN LATERAL ({facts}) f WHERE f.seconds IS NOT NULL GROUP BY 1"""  # noqa: S608 - ours
    rows = rows_of(sql, ranges(scopes))
    return {workspace: Duration(*numbers) for workspace, *numbers in rows}


def ranges(scopes: Sequence[Scope]) -> dict[str, Any]:
    """Parameters: ids of the workspaces, since and until when, side by side."""
    return {
        "ids": [scope.workspace.pk for scope in scopes],
        "since": [scope.period.starts_at for scope in scopes],
        "until": [scope.period.ends_at for scope in scopes],
    }
