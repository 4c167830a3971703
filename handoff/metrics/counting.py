"""Counting facts: of a period, in all or line by line, as one number or over time.

What asks for one dimension at most is read from the daily summary; the rest counts the facts
themselves, by the same SQL that makes the summary. Both give the same numbers.
"""

from collections import Counter
from collections.abc import Collection
from datetime import date
from typing import Any, Final, Literal

from django.db.models.expressions import RawSQL

from handoff.metrics.afterwards import leads_since
from handoff.metrics.facts import facts_sql, families_of, narrowing
from handoff.metrics.lines import line_of, rows_of, start_of
from handoff.metrics.periods import Grain
from handoff.metrics.scope import Scope
from handoff.metrics.summary import freshen
from leadqual.models import Lead, LeadQuerySet

Place = tuple[str, date | None]
"""The value of the dimension, and the first day of the week or month; blank and None without."""
WHOLE: Final[Place] = ("", None)


def count(
    scope: Scope, kinds: Collection[str], *, by: str = "", every: Grain | None = None
) -> dict[Place, Counter[str]]:
    """How many facts of each kind; one query a family of kinds. Places without any are missing.

    `by` is the code of a dimension: its values are those stored (ids, numbers), blank where none
    is known. Weeks begin on Monday; days, weeks and months are those of the period's zone.
    """
    if scope.is_summed(by) and freshen(scope.workspace, scope.period):
        found = _summed(scope, kinds, by, every)
    else:
        found = from_facts(scope, kinds, by, every)
    cells: dict[Place, Counter[str]] = {}
    for line, start, kind, n in found:
        cells.setdefault((line, start), Counter())[kind] += n
    return cells


def total(scope: Scope, kinds: Collection[str]) -> Counter[str]:
    """How many facts of each kind the period has, in all."""
    return count(scope, kinds).get(WHOLE, Counter())


def leads_behind(scope: Scope, kind: str) -> LeadQuerySet:
    """The leads whose facts a figure counts: as many as it says, or fewer where a lead counts more
    than once. Erased people are among them: the counts stay."""
    if kind.startswith("since:"):
        sql, parameters = leads_since(scope, kind)
        return _leads(scope, sql, parameters)
    texts: list[str] = []
    for family in families_of([kind], scope.asked()):
        facts = facts_sql(family, scope.within(), dimensions=scope.asked(), kinds=[kind])
        texts.append(
            f"SELECT f.lead_id FROM ({facts}) f "  # noqa: S608 - text of ours
            f"WHERE %(kind)s = ANY (f.kinds) AND {scope.narrowed()}"
        )
    if not texts:  # of moves is not known which rules hit: by rule, they count nothing
        return Lead.objects.none()
    parameters = {**scope.parameters(), **narrowing([kind]), "kind": kind}
    return _leads(scope, " UNION ALL ".join(texts), parameters)


def _leads(scope: Scope, sql: str, parameters: dict[str, Any]) -> LeadQuerySet:
    sql, values = _by_place(sql, parameters)
    return Lead.objects.of(scope.workspace).filter(pk__in=RawSQL(sql, values))  # noqa: S611


def _by_place(sql: str, parameters: dict[str, Any]) -> tuple[str, list[Any]]:
    """Django's expressions take parameters by place, not by name."""
    pieces = sql.split("%(")
    values, text = [], pieces[0]
    for piece in pieces[1:]:
        name, _, rest = piece.partition(")s")
        values.append(parameters[name])
        text += "%s" + rest
    return text, values


Row = tuple[str, date | None, str, int]


def _summed(scope: Scope, kinds: Collection[str], by: str, every: Grain | None) -> list[Row]:
    asked = [by, *scope.filters] if by else list(scope.filters)
    dimension = asked[0] if asked else ""
    conditions = ["workspace_id = %(workspace)s", "kind = ANY (%(kinds)s)"]
    conditions.append("dimension = %(dimension)s")
    if dimension in scope.filters:
        conditions.append(f"value = %(filter_{dimension})s")
    if scope.period.first:
        conditions.append("day >= %(first)s")
    if scope.period.last:
        conditions.append("day <= %(last)s")
    line = "value" if by else "''"
    sql = f"""
        SELECT {line}, {start_of(every, "day")}, kind, sum(n)::bigint FROM handoff_daycount
        WHERE {" AND ".join(conditions)} GROUP BY 1, 2, 3"""  # noqa: S608 - text of ours
    return rows_of(sql, scope.parameters() | {"kinds": list(kinds), "dimension": dimension})


def from_facts(
    scope: Scope, kinds: Collection[str], by: str, every: Grain | Literal["day"] | None
) -> list[Row]:
    """(line, start, kind, count), whatever the daily summary has."""
    dimensions = sorted({*scope.asked(), by} - {""})
    narrowed = narrowing(kinds)
    rows: list[Row] = []
    for family in families_of(kinds, dimensions):
        facts = facts_sql(family, scope.within(), dimensions=dimensions, kinds=kinds)
        sql = f"""
            SELECT {line_of(by)}, {start_of(every)}, kind, count(*) FROM ({facts}) f
            CROSS JOIN LATERAL unnest(f.kinds) kind
            WHERE kind = ANY (%(kinds)s) AND {scope.narrowed()} GROUP BY 1, 2, 3"""  # noqa: S608
        rows += rows_of(sql, {**scope.parameters(), **narrowed, "kinds": list(kinds)})
    return rows
