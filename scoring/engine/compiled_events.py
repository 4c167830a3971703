"""What the intent rules count, in SQL: `scoring.engine.shapes` says it in words and in Python.

For rule n: rn its points, wn when its oldest event leaves the window together with it, dn when
the next of its events steps down, sn when one more of the company will count, while too few do.
Only columns of the covering index are named, so that the table itself is not read.
"""

# ruff: noqa: S608 - every value is bound; what is put together here are our own names.

from collections.abc import Iterator
from datetime import timedelta

from scoring.engine.hindsight import stays
from scoring.engine.rule_values import IntentPoints, RuleSet, Shape
from scoring.engine.shapes import DAY, FORGOTTEN_HALF_LIVES
from scoring.engine.sql import Bind, Binder
from scoring.signals import Definition, shows_sql

Raw = dict[int, Definition]
"""By bit, the signals that have to be matched on the columns of the event itself."""

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcde"
"""One for each way to show some of five steps: 31."""


def event_columns(rules: RuleSet, raw: Raw, bind: Binder) -> Iterator[str]:
    """Aggregates over the events e of one lead: the last event, the next one, and rn, wn, dn."""
    at = bind.moment()
    yield f"max(e.occurred_at) FILTER (WHERE e.occurred_at <= {at}) AS last_event_at"
    yield f"min(e.occurred_at) FILTER (WHERE e.occurred_at > {at}) AS next_event_at"
    for n, rule in enumerate(rules.intents):
        if rule.shape == Shape.PEOPLE:
            continue
        counts = _counts(rule, raw, bind)
        if rule.window is not None:
            yield f"min(e.occurred_at) FILTER (WHERE {counts}) AS w{n}"
        if rule.decay_steps:
            yield f"min({_next_step(rule, bind)}) FILTER (WHERE {counts}) AS d{n}"
        yield f"{_earned(rule, rules, counts, raw, bind)} AS r{n}"


def people_columns(rules: RuleSet) -> Iterator[str]:
    """Of q, what `people_join` found: rn, wn and sn of the rules that count people."""
    for n, rule in enumerate(rules.intents):
        if rule.shape == Shape.PEOPLE:
            enough, points = f"q.n{n} >= {rule.at_least:d}", f"{rule.points:d}::float8"
            yield f"CASE WHEN {enough} THEN {points} ELSE 0 END AS r{n}"
            yield f"CASE WHEN {enough} THEN q.w{n} END AS w{n}, q.s{n}"


def people_join(
    rules: RuleSet, raw: Raw, bind: Binder, *, companies: str, ended: bool = False
) -> str:
    """A join q to f; `companies` selects each company_id and moment once, as d.

    Every company is visited once, however many of its leads and moments are asked for; of its
    people, in the order of their ids, only so many are looked for as a rule asks for. With `ended`,
    the people are those of the moment, and nothing is known of events later than it.
    """
    counted = [(n, rule) for n, rule in enumerate(rules.intents) if rule.shape == Shape.PEOPLE]
    columns = [f"t{n}.n{n}, t{n}.w{n}" for n, _ in counted]
    if ended:
        columns += [f"NULL::timestamptz AS s{n}" for n, _ in counted]
    else:
        columns += [_somebody_to_come(n, rule, raw, bind) for n, rule in counted]
    return f"""LEFT JOIN (
            SELECT g.company_id AS of_company, d.moment, {", ".join(columns)}
            FROM (
                SELECT d.company_id, array_agg(d.moment) AS moments
                FROM ({companies}) d GROUP BY d.company_id
            ) g
            CROSS JOIN LATERAL ({_PEOPLE_THEN if ended else _PEOPLE}) o
            CROSS JOIN LATERAL unnest(g.moments) AS d(moment)
            {" ".join(_so_many(n, rule, raw, bind, ended=ended) for n, rule in counted)}
        ) q ON q.of_company = f.company_id"""


_PEOPLE = """
                SELECT array_agg(l.id ORDER BY l.id) AS ids FROM leadqual_lead l
                WHERE l.company_id = g.company_id
                  AND l.merged_into_id IS NULL AND l.erased_at IS NULL"""
_PEOPLE_THEN = f"""
                SELECT array_agg(s.lead_id ORDER BY s.lead_id) AS ids,
                    array_agg(s.begins ORDER BY s.lead_id) AS begins,
                    array_agg(s.ends ORDER BY s.lead_id) AS ends
                FROM ({stays("g.company_id")}) s"""


def _so_many(n: int, rule: IntentPoints, raw: Raw, bind: Binder, *, ended: bool) -> str:
    """A join tn: how many count, up to so many as are asked for, and when the first of them last
    showed it."""
    people, among = "unnest(o.ids) WITH ORDINALITY AS p(id, place)", ""
    if ended:
        people = "unnest(o.ids, o.begins, o.ends) WITH ORDINALITY AS p(id, begins, ends, place)"
        among = "WHERE p.begins <= d.moment AND d.moment < p.ends"
    return f"""CROSS JOIN LATERAL (
                SELECT count(*) AS n{n}, min(found.at) AS w{n}
                FROM (
                    SELECT e.at FROM {people} CROSS JOIN LATERAL (
                        SELECT e.occurred_at AS at FROM leadqual_event e
                        WHERE e.lead_id = p.id AND {_counts(rule, raw, bind)}
                        ORDER BY e.occurred_at DESC LIMIT 1
                    ) e {among}
                    ORDER BY p.place LIMIT {rule.at_least:d}
                ) found
            ) t{n}"""


def _somebody_to_come(n: int, rule: IntentPoints, raw: Raw, bind: Binder) -> str:
    """sn: when the next one will count, while there are too few."""
    return f"""CASE WHEN t{n}.n{n} < {rule.at_least:d} THEN (
                SELECT min(later.at) FROM unnest(o.ids) AS p(id) CROSS JOIN LATERAL (
                    SELECT e.occurred_at AS at FROM leadqual_event e
                    WHERE e.lead_id = p.id AND e.occurred_at > {bind.moment()}
                      AND {_shown(rule.bit, raw, bind)}
                    ORDER BY e.occurred_at LIMIT 1
                ) later
                WHERE NOT EXISTS (
                    SELECT FROM leadqual_event e
                    WHERE e.lead_id = p.id AND {_counts(rule, raw, bind)}
                )
            ) END AS s{n}"""


def changes(rules: RuleSet) -> Iterator[tuple[IntentPoints, str]]:
    """Over x: each moment at which time alone may change what a rule gives, with the rule."""
    for n, rule in enumerate(rules.intents):
        if rule.window is not None:
            yield rule, f"x.w{n} + {interval(rule.window)}"
        if rule.decay_steps:
            yield rule, f"x.d{n}"
        if rule.half_life is not None:
            yield rule, f"CASE WHEN x.r{n} <> 0 THEN x.at + {interval(DAY)} END"
        if rule.shape == Shape.PEOPLE:
            yield rule, f"x.s{n}"


def interval(length: timedelta) -> str:
    """In hours: a day of PostgreSQL's is 23 or 25 hours where the session's clock changes."""
    return f"interval '{length.total_seconds() / 3600:.0f} hours'"


def _shown(bit: int, raw: Raw, bind: Bind) -> str:
    if bit in raw:
        return shows_sql(raw[bit], bind)
    return f"e.signals & {bind(1 << bit)}::bigint <> 0" if bit >= 0 else "false"


def _counts(rule: IntentPoints, raw: Raw, bind: Binder) -> str:
    if rule.shape == Shape.SEQUENCE:
        shown = f"({' OR '.join(_shown(bit, raw, bind) for bit in rule.step_bits)})"
    else:
        shown = _shown(rule.bit, raw, bind)
    counts = f"{shown} AND e.occurred_at <= {bind.moment()}"
    if rule.window is not None:
        counts += f" AND e.occurred_at > {bind.moment(rule.window)}"
    if rule.shape == Shape.PAGES:
        counts += " AND e.page IS NOT NULL"
    return counts


def _earned(rule: IntentPoints, rules: RuleSet, counts: str, raw: Raw, bind: Binder) -> str:
    match rule.shape:
        case Shape.EACH:
            return _added_up(rule, rules, counts, bind)
        case Shape.SEQUENCE:
            enough = _in_order(rule, counts, raw, bind)
        case Shape.TIMES:
            enough = f"count(*) FILTER (WHERE {counts}) >= {bind(rule.at_least)}"
        case Shape.PAGES:
            enough = _different("e.page", rule, counts, bind)
        case Shape.DAYS:
            day = f"(e.occurred_at AT TIME ZONE {bind(rules.zone)}::text)::date"
            enough = _different(day, rule, counts, bind)
    return f"CASE WHEN {enough} THEN {bind(rule.points)}::float8 ELSE 0 END"


def _different(what: str, rule: IntentPoints, counts: str, bind: Binder) -> str:
    """Counted in a list: count(DISTINCT) would have every event of everybody sorted anew."""
    listed = f"array_agg({what}) FILTER (WHERE {counts})"
    return (
        f"count(*) FILTER (WHERE {counts}) >= {bind(rule.at_least)}"
        f" AND (SELECT count(DISTINCT x) FROM unnest({listed}) x) >= {bind(rule.at_least)}"
    )


def _added_up(rule: IntentPoints, rules: RuleSet, counts: str, bind: Binder) -> str:
    each = _points_by_source(rule, rules, bind)
    if rule.half_life is not None:
        # Older than this, power() would raise an underflow instead of giving nothing.
        oldest = bind.moment(rule.half_life * FORGOTTEN_HALF_LIVES)
        counts += f" AND e.occurred_at > {oldest}"
        age = f"date_part('epoch', {bind.moment()} - e.occurred_at)"
        each = f"({each}) * power(0.5::float8, {age} / {rule.half_life.total_seconds():.0f})"
    if rule.decay_steps:
        whens = " ".join(
            f"WHEN e.occurred_at <= {bind.moment(age)} THEN {bind(percent)}::float8"
            for age, percent in reversed(rule.decay_steps)
        )
        each = f"({each}) * (CASE {whens} ELSE 100 END) / 100"
    total = f"coalesce(sum({each}) FILTER (WHERE {counts}), 0)"
    if rule.cap is None:
        return total
    cap = bind(rule.cap)
    return f"least(greatest({total}, -({cap})::float8), {cap}::float8)"


def _points_by_source(rule: IntentPoints, rules: RuleSet, bind: Binder) -> str:
    points = f"{bind(rule.points)}::float8"
    if not rule.source_points:
        return points
    sources = " ".join(
        "WHEN (SELECT src.id FROM leadqual_source src"
        f" WHERE src.workspace_id = {bind(rules.workspace_id)} AND src.code = {bind(code)})"
        f" THEN {bind(other)}::float8"
        for code, other in rule.source_points
    )
    return f"CASE e.source_id {sources} ELSE {points} END"


def _next_step(rule: IntentPoints, bind: Binder) -> str:
    whens = " ".join(
        f"WHEN e.occurred_at > {bind.moment(age)} THEN e.occurred_at + {interval(age)}"
        for age, _ in rule.decay_steps
    )
    return f"CASE {whens} END"


def _in_order(rule: IntentPoints, counts: str, raw: Raw, bind: Binder) -> str:
    """The lead's events as letters, one for each set of steps shown, matched by a pattern."""
    steps = " | ".join(
        f"(CASE WHEN {_shown(bit, raw, bind)} THEN {1 << step} ELSE 0 END)"
        for step, bit in enumerate(rule.step_bits)
    )
    letter = f"substr('{_LETTERS}', {steps}, 1)"
    order = f"e.occurred_at, ({steps}) & -({steps}), {steps}"
    pattern = ".*".join(f"[{_letters(step)}]" for step in range(len(rule.step_bits)))
    story = f"string_agg({letter}, '' ORDER BY {order}) FILTER (WHERE {counts})"
    return f"coalesce({story} ~ {bind(pattern)}::text, false)"


def _letters(step: int) -> str:
    """Those of the ways that show this step."""
    return "".join(x for shown, x in enumerate(_LETTERS, start=1) if shown >> step & 1)
