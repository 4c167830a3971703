"""The rules as SQL: compiled once, run for one lead, for some, and for all.

The three scopes differ only in how they reach the leads and their events:
- EACH: the leads of an array, each with its own visit to the index (LATERAL); one lead is an
  array of one.
- ALL: the leads of a range of ids, their events added up in one pass over the covering index.

Events are judged by their bits, never by their address, except for signals whose older events
are still being matched: those are judged by the raw columns until that is done.
"""

# ruff: noqa: S608 - every value is bound; what is put together here are our own names.

from collections.abc import Iterable
from datetime import timedelta
from enum import Enum
from functools import lru_cache

from scoring.conditions import FactColumns, condition_sql
from scoring.evaluate import DAY, FORGOTTEN_HALF_LIVES, HALF_UP, WEEK, longest_idle
from scoring.hindsight import KNOWN_THEN
from scoring.models.versions import Axis
from scoring.rules import AttributePoints, IntentPoints, RuleSet
from scoring.signals import Definition, shows_sql
from scoring.sql import Binder, Compiled


class Scope(Enum):
    """EACH wants %(ids)s; ALL wants %(after)s and %(until)s, ids of leads, the first exclusive.

    AS_SCORED is EACH, every lead as of its own scored_at: what `rescore --check` compares.
    AS_AT is EACH at moments of the past: %(ats)s has one for each of %(ids)s, a lead may come
    with many, and facts and events are those known then (scoring.hindsight). Its rows have one
    column more: the place in the arrays, from 1.
    """

    EACH = "each"
    ALL = "all"
    AS_SCORED = "as scored"
    AS_AT = "as known then"


_MOMENTS = {Scope.AS_SCORED: "f.scored_at", Scope.AS_AT: "f.at"}
_FROM_LEADS = {
    Scope.EACH: "unnest(%(ids)s::bigint[]) AS wanted(id) JOIN leadqual_lead l ON l.id = wanted.id",
    Scope.AS_SCORED: (
        "unnest(%(ids)s::bigint[]) AS wanted(id) JOIN leadqual_lead l ON l.id = wanted.id"
        " JOIN scoring_score s ON s.lead_id = l.id"
    ),
    Scope.ALL: "leadqual_lead l",
}
_WITH_COMPANY = "LEFT JOIN leadqual_company c ON c.id = l.company_id"


@lru_cache(maxsize=128)
def compiled(rules: RuleSet, unclassified: tuple[Definition, ...], scope: Scope) -> Compiled:
    """One row a lead: lead_id, workspace_id, fit, intent, disqualified, last_event_at,
    next_expiry. Merged and erased leads, and leads of other workspaces, have none.

    OFFSET 0 keeps the planner from copying an expression to wherever its column is named:
    without it a lead of the starter model took seven times as long.
    """
    bind = Binder(_MOMENTS.get(scope))
    facts = FactColumns(bind)
    raw = {each.bit: each for each in unclassified}
    events = ", ".join(_event_columns(rules, raw, bind))
    at, idle_since = bind.moment(), "greatest(f.captured_at, a.last_event_at)"
    said = f"""
               {_rounded(_sum(rules, Axis.FIT, facts))} AS fit,
               {_sum(rules, Axis.INTENT, facts)} AS said,
               {_disqualified(rules, facts)} AS disqualified"""
    text = f"""
SELECT x.lead_id, x.workspace_id, x.fit, x.intent, x.disqualified, x.last_event_at,
       {_next_expiry(rules)} AS next_expiry{", x.n" if scope is Scope.AS_AT else ""}
FROM (
    SELECT y.*, {_rounded(f"{_raw_intent(rules)} * {_factor(rules, bind)}")} AS intent
    FROM (
        SELECT {"f.n, " if scope is Scope.AS_AT else ""}f.lead_id, f.workspace_id, {at} AS at,
               a.*, {said},
               {idle_since} AS idle_since,
               greatest(0, floor(date_part('epoch', {at} - {idle_since})
                   / {WEEK.total_seconds():.0f})) AS weeks
        FROM ({_leads(rules, scope, facts)} OFFSET 0) f
        {_join_events(scope, events)}
        OFFSET 0
    ) y
    OFFSET 0
) x"""
    return Compiled(text, dict(bind.params), dict(bind.ages))


def _leads(rules: RuleSet, scope: Scope, facts: FactColumns) -> str:
    columns = ["l.id AS lead_id", "l.workspace_id", "l.captured_at", *facts.select_list()]
    if scope is Scope.AS_SCORED:
        columns.append("s.scored_at")
    if scope is Scope.AS_AT:
        columns += ["w.at", "w.n"]
    source = KNOWN_THEN if scope is Scope.AS_AT else f"{_FROM_LEADS[scope]} {_WITH_COMPANY}"
    return f"""
            SELECT {", ".join(columns)}
            FROM {source}
            WHERE l.workspace_id = {facts.bind(rules.workspace_id)}
              AND l.merged_into_id IS NULL AND l.erased_at IS NULL
              {"AND l.id > %(after)s AND l.id <= %(until)s" if scope is Scope.ALL else ""}"""


def _join_events(scope: Scope, columns: str) -> str:
    if scope is Scope.ALL:
        return f"""LEFT JOIN (
            SELECT e.lead_id AS of_lead, {columns}
            FROM leadqual_event e
            WHERE e.lead_id > %(after)s AND e.lead_id <= %(until)s
            GROUP BY e.lead_id
        ) a ON a.of_lead = f.lead_id"""
    return f"""CROSS JOIN LATERAL (
            SELECT {columns} FROM leadqual_event e WHERE e.lead_id = f.lead_id
            {"AND e.occurred_at <= f.at" if scope is Scope.AS_AT else ""}
        ) a"""


def _event_columns(rules: RuleSet, raw: dict[int, Definition], bind: Binder) -> Iterable[str]:
    """Per lead: the last event, the next one, and for rule n its points rn and oldest hit wn."""
    at = bind.moment()
    yield f"max(e.occurred_at) FILTER (WHERE e.occurred_at <= {at}) AS last_event_at"
    yield f"min(e.occurred_at) FILTER (WHERE e.occurred_at > {at}) AS next_event_at"
    for n, rule in enumerate(rules.intents):
        shown = (
            shows_sql(raw[rule.bit], bind)
            if rule.bit in raw
            else f"e.signals & {bind(1 << rule.bit)}::bigint <> 0"
        )
        counts = f"{shown} AND e.occurred_at <= {at}"
        if rule.window is not None:
            counts += f" AND e.occurred_at > {bind.moment(rule.window)}"
            yield f"min(e.occurred_at) FILTER (WHERE {counts}) AS w{n}"
        yield f"{_earned(rule, rules, counts, bind)} AS r{n}"


def _earned(rule: IntentPoints, rules: RuleSet, counts: str, bind: Binder) -> str:
    points = f"{bind(rule.points)}::float8"
    if rule.at_least is not None:
        enough = f"count(*) FILTER (WHERE {counts}) >= {bind(rule.at_least)}"
        return f"CASE WHEN {enough} THEN {points} ELSE 0 END"
    each = points
    if rule.source_points:
        sources = " ".join(
            "WHEN (SELECT src.id FROM leadqual_source src"
            f" WHERE src.workspace_id = {bind(rules.workspace_id)} AND src.code = {bind(code)})"
            f" THEN {bind(other)}::float8"
            for code, other in rule.source_points
        )
        each = f"CASE e.source_id {sources} ELSE {points} END"
    if rule.half_life is not None:
        # Older than this, power() would raise an underflow instead of giving nothing.
        oldest = bind.moment(rule.half_life * FORGOTTEN_HALF_LIVES)
        counts += f" AND e.occurred_at > {oldest}"
        age = f"date_part('epoch', {bind.moment()} - e.occurred_at)"
        each = f"({each}) * power(0.5::float8, {age} / {rule.half_life.total_seconds():.0f})"
    total = f"coalesce(sum({each}) FILTER (WHERE {counts}), 0)"
    if rule.cap is None:
        return total
    cap = bind(rule.cap)
    return f"least(greatest({total}, -({cap})::float8), {cap}::float8)"


def _sum(rules: RuleSet, axis: Axis, facts: FactColumns) -> str:
    """The points of the facts on one axis, not yet held within 0–100."""
    terms = [
        f"(CASE WHEN {_asked(rule, rules, facts)} THEN {facts.bind(rule.points)} ELSE 0 END)"
        for rule in rules.attributes
        if rule.axis == axis
    ]
    return f"({' + '.join(['0', *terms])})::float8"


def _asked(rule: AttributePoints, rules: RuleSet, facts: FactColumns) -> str:
    if rule.condition is not None:
        return condition_sql(rule.condition, facts)
    return " AND ".join(condition_sql(line, facts) for line in rules.icp) or "false"


def _disqualified(rules: RuleSet, facts: FactColumns) -> str:
    flags = [condition_sql(flag.condition, facts) for flag in rules.flags]
    return f"coalesce({' OR '.join(flags)}, false)" if flags else "false"


def _raw_intent(rules: RuleSet) -> str:
    # coalesce: with scope ALL, a lead without any event has no row of sums.
    earned = [f"coalesce(y.r{n}, 0)" for n in range(len(rules.intents))]
    return f"({' + '.join(['y.said', *earned])})"


def _factor(rules: RuleSet, bind: Binder) -> str:
    limit = longest_idle(rules.inactivity_percent)
    base = f"{bind((100 - rules.inactivity_percent) / 100)}::float8"
    if limit is None:
        return "1"
    return f"(CASE WHEN y.weeks > {bind(limit)} THEN 0 ELSE power({base}, y.weeks) END)"


def _rounded(points: str) -> str:
    return f"floor(least(greatest({points}, 0), 100) * 100 + {HALF_UP}::float8) / 100"


def _next_expiry(rules: RuleSet) -> str:
    moments = ["x.next_event_at"]
    if rules.inactivity_percent:
        week = _interval(WEEK)
        moments.append(f"CASE WHEN x.intent > 0 THEN x.idle_since + (x.weeks + 1) * {week} END")
    for n, rule in enumerate(rules.intents):
        if rule.window is not None:
            moments.append(f"x.w{n} + {_interval(rule.window)}")
        if rule.half_life is not None:
            moments.append(f"CASE WHEN x.r{n} <> 0 THEN x.at + {_interval(DAY)} END")
    return f"least({', '.join(moments)})"


def _interval(length: timedelta) -> str:
    """In hours: a day of PostgreSQL's is 23 or 25 hours where the session's clock changes."""
    return f"interval '{length.total_seconds() / 3600:.0f} hours'"
