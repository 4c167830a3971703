"""The rules as SQL: compiled once, run for one lead, for some, and for all.

The three scopes differ only in how they reach the leads and their events:
- EACH: the leads of an array, each with its own visit to the index (LATERAL); one lead is an
  array of one.
- ALL: the leads of a range of ids, their events added up in one pass over the covering index.

Events are judged by their bits, never by their address, except for signals whose older events
are still being matched: those are judged by the raw columns until that is done.
"""

# ruff: noqa: S608 - every value is bound; what is put together here are our own names.

from collections.abc import Iterator
from enum import Enum
from functools import lru_cache

from scoring.engine.compiled_events import (
    Raw,
    changes,
    event_columns,
    interval,
    people_columns,
    people_join,
)
from scoring.engine.conditions import FactColumns, all_hold_sql, condition_sql
from scoring.engine.evaluate import HALF_UP, WEEK, longest_idle
from scoring.engine.hindsight import KNOWN_THEN
from scoring.engine.rule_values import AttributePoints, Group, IntentPoints, RuleSet
from scoring.engine.sql import Bind, Binder, Compiled
from scoring.models.versions import Axis
from scoring.signals import Definition


class Scope(Enum):
    """EACH wants %(ids)s; ALL wants %(after)s and %(until)s, ids of leads, the first exclusive.

    AS_SCORED is EACH, every lead as of its own scored_at: what `rescore --check` compares.
    AS_AT is EACH at moments of the past: %(ats)s has one for each of %(ids)s, a lead may come
    with many, and facts and events are those known then (scoring.engine.hindsight). Its rows have
    one column more: the place in the arrays, from 1.
    """

    EACH = "each"
    ALL = "all"
    AS_SCORED = "as scored"
    AS_AT = "as known then"


_MOMENTS = {Scope.AS_SCORED: "f.scored_at", Scope.AS_AT: "f.at"}
_MOMENTS_OF_LEADS = {Scope.AS_SCORED: "s.scored_at", Scope.AS_AT: "w.at"}
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
    facts = FactColumns(bind, rules.titles)
    raw = {each.bit: each for each in unclassified}
    events = ", ".join(event_columns(rules, raw, bind))
    people, of_people = _people(rules, raw, scope) if rules.counts_people else ("", Binder())
    at, idle_since = bind.moment(), "greatest(f.captured_at, a.last_event_at)"
    said = ", ".join([*_said(rules, facts), *people_columns(rules)])
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
        {people}
        OFFSET 0
    ) y
    OFFSET 0
) x"""
    params, ages = {**bind.params, **of_people.params}, {**bind.ages, **of_people.ages}
    return Compiled(text, params, ages)


def _leads(rules: RuleSet, scope: Scope, facts: FactColumns) -> str:
    columns = ["l.id AS lead_id", "l.workspace_id", "l.captured_at", *facts.select_list()]
    if scope is Scope.AS_SCORED:
        columns.append("s.scored_at")
    if scope is Scope.AS_AT:
        columns += ["w.at", "w.n"]
    if rules.counts_people:
        columns.append("l.company_id")
    return f"SELECT {', '.join(columns)} {_from_leads(rules, scope, facts.bind, facts.join())}"


def _from_leads(rules: RuleSet, scope: Scope, bind: Bind, join: str = "") -> str:
    source = KNOWN_THEN if scope is Scope.AS_AT else f"{_FROM_LEADS[scope]} {_WITH_COMPANY}"
    return f"""
            FROM {source} {join}
            WHERE l.workspace_id = {bind(rules.workspace_id)}
              AND l.merged_into_id IS NULL AND l.erased_at IS NULL
              {"AND l.id > %(after)s AND l.id <= %(until)s" if scope is Scope.ALL else ""}"""


def _people(rules: RuleSet, raw: Raw, scope: Scope) -> tuple[str, Binder]:
    """The join that counts people of the leads' companies, with its values."""
    moment = _MOMENTS_OF_LEADS.get(scope)
    bind = Binder("d.moment" if moment else None, prefix="p")
    companies = f"""SELECT DISTINCT l.company_id, {moment or "NULL"} AS moment
            {_from_leads(rules, scope, bind)} AND l.company_id IS NOT NULL"""
    join = people_join(rules, raw, bind, companies=companies, ended=scope is Scope.AS_AT)
    return f"{join} AND q.moment = {_MOMENTS[scope]}" if moment else join, bind


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


def _said(rules: RuleSet, facts: FactColumns) -> Iterator[str]:
    """What is known without events: fit, flags, points on the intent axis, personas."""
    yield f"{_rounded(_fit(rules, facts))} AS fit"
    for n, group in enumerate(_groups(rules, Axis.INTENT)):
        yield f"{_sum(rules, Axis.INTENT, group, facts)} AS said{n}"
    for n, (_, lines) in enumerate(rules.personas):
        yield f"coalesce({all_hold_sql(lines, facts)}, false) AS p{n}"
    yield f"{_disqualified(rules, facts)} AS disqualified"


def _groups(rules: RuleSet, axis: Axis) -> list[Group | None]:
    """First the rules without a group."""
    return [None, *(group for group in rules.groups if group.axis == axis)]


def _fit(rules: RuleSet, facts: FactColumns) -> str:
    sums = (
        _within(group, _sum(rules, Axis.FIT, group, facts)) for group in _groups(rules, Axis.FIT)
    )
    return f"({' + '.join(sums)})"


def _sum(rules: RuleSet, axis: Axis, group: Group | None, facts: FactColumns) -> str:
    """The points of the facts on one axis and in one group, not yet held within anything."""
    terms = [
        f"(CASE WHEN {_asked(rule, rules, facts)} THEN {facts.bind(rule.points)} ELSE 0 END)"
        for rule in rules.attributes
        if rule.axis == axis and rules.group_of(rule) == group
    ]
    return f"({' + '.join(['0', *terms])})::float8"


def _within(group: Group | None, points: str) -> str:
    return f"least(greatest({points}, -{group.cap:d}), {group.cap:d})" if group else points


def _asked(rule: AttributePoints, rules: RuleSet, facts: FactColumns) -> str:
    if rule.condition is not None:
        asked = condition_sql(rule.condition, facts)
    else:
        asked = all_hold_sql(rules.icp, facts)
    if rule.persona:
        asked = f"({all_hold_sql(dict(rules.personas).get(rule.persona, ()), facts)}) AND {asked}"
    return asked


def _disqualified(rules: RuleSet, facts: FactColumns) -> str:
    flags = [condition_sql(flag.condition, facts) for flag in rules.flags]
    return f"coalesce({' OR '.join(flags)}, false)" if flags else "false"


def _raw_intent(rules: RuleSet) -> str:
    sums = []
    for n, group in enumerate(_groups(rules, Axis.INTENT)):
        # coalesce: with scope ALL, a lead without any event has no row of sums.
        earned = [
            _if_meant(rule, rules, f"coalesce(y.r{m}, 0)", "y") or "0"
            for m, rule in enumerate(rules.intents)
            if rules.group_of(rule) == group
        ]
        sums.append(_within(group, f"({' + '.join([f'y.said{n}', *earned])})"))
    return f"({' + '.join(sums)})"


def _if_meant(rule: IntentPoints, rules: RuleSet, value: str, table: str) -> str:
    """The value where the lead is of the rule's persona; blank where nobody can be."""
    if not rule.persona:
        return value
    names = [name for name, _ in rules.personas]
    if rule.persona not in names:
        return ""
    otherwise = "0" if table == "y" else "NULL"
    return f"CASE WHEN {table}.p{names.index(rule.persona)} THEN {value} ELSE {otherwise} END"


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
        week = interval(WEEK)
        moments.append(f"CASE WHEN x.intent > 0 THEN x.idle_since + (x.weeks + 1) * {week} END")
    for rule, moment in changes(rules):
        if meant := _if_meant(rule, rules, moment, "x"):
            moments.append(meant)
    return f"least({', '.join(moments)})"
