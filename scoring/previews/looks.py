"""The looks at leads that can matter, found by the database in two statements a chunk.

Every moment at which something became known is scored by both versions; what comes back of a
lead is its first moment, the first at which each definition holds, those at which it may have
reached what it had not before, and its hand-offs. The others can change no figure.
"""

# ruff: noqa: S608 - every value is bound; what is put together here are our own names.

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection

from scoring.engine.compiled import Scope, compiled
from scoring.engine.gather import unclassified
from scoring.engine.hindsight import stays
from scoring.engine.sql import Binder
from scoring.previews.question import HandoffMoment, Judge, Question


class Numbers(NamedTuple):
    """Fit and intent 0–100."""

    fit: float
    intent: float
    disqualified: bool

    @property
    def total(self) -> float:
        return self.fit + self.intent


class Look(NamedTuple):
    """One lead at one moment, by each version (“old”, “new”)."""

    at: datetime
    by: dict[str, Numbers]


@dataclass(frozen=True)
class Span:
    """What is to be looked at of a lead: from `first` to `last`, and its `handoffs`.

    Nothing but the hand-offs where `first` is later than `last`.
    """

    lead_id: int
    first: datetime
    last: datetime
    handoffs: tuple[HandoffMoment, ...] = ()


def find_looks(question: Question, spans: Sequence[Span]) -> dict[int, dict[datetime, Look]]:
    """By lead and moment. Leads merged or erased meanwhile have none."""
    found: dict[int, dict[datetime, Look]] = {}
    judges = question.judges
    same = question.old is not None and _same_numbers(question.old, question.new)
    text, values = _statement(judges, same=same)
    with connection.cursor() as cursor:
        cursor.execute(_listed(judges.values()), _reach(question, spans))
        # As values of the next statement, so that its plan need not guess how many there are.
        listed = dict(zip(("ids", "ats", "lasts", "offers"), cursor.fetchone(), strict=True))
        if listed["ids"] is None:
            return {}
        cursor.execute(text, values | listed)
        for lead_id, at, *numbers in cursor.fetchall():
            parts = (Numbers(*numbers[3 * n : 3 * n + 3]) for n in range(len(judges)))
            by = dict(zip(judges, parts, strict=True))
            found.setdefault(lead_id, {})[at] = Look(at, by)
    return found


def _same_numbers(old: Judge, new: Judge) -> bool:
    """Only bands, thresholds or names differ: what one version computed holds for the other."""
    return old.rules.meaning() == new.rules.meaning()


def _reach(question: Question, spans: Sequence[Span]) -> dict[str, Any]:
    looked = [span for span in spans if span.first <= span.last]
    ends = {span.lead_id: span.last.isoformat() for span in looked}
    handoffs = [handoff for span in spans for handoff in span.handoffs]
    return {
        "ids": _array(span.lead_id for span in looked),
        "firsts": _array(span.first.isoformat() for span in looked),
        "lasts": _array(span.last.isoformat() for span in looked),
        "offered": _array(handoff.lead_id for handoff in handoffs),
        "offered_at": _array(handoff.at.isoformat() for handoff in handoffs),
        "offered_last": _array(ends.get(handoff.lead_id, "NULL") for handoff in handoffs),
        "since": question.since,
        "until": question.until,
        "zone": question.zone.key,
    }


def _array(values: Iterable[object]) -> str:
    """As PostgreSQL reads it; psycopg takes three times as long over each value."""
    return "{" + ",".join(map(str, values)) + "}"


def _listed(judges: Iterable[Judge]) -> str:
    """The moments; those of colleagues only where somebody counts people."""
    counted = any(judge.rules.counts_people for judge in judges)
    of_colleagues = _OF_COLLEAGUES if counted else ""
    return _LISTED.format(of_colleagues=of_colleagues, stays=stays("c.company_id"))


_OF_COLLEAGUES = """
    UNION ALL
    SELECT t.id, busy.at, t.last, false FROM their t JOIN busy
        ON busy.company_id = t.company_id AND busy.at > t.first AND busy.at <= t.last"""
_LISTED = """
WITH span AS (
    SELECT * FROM unnest(%(ids)s::bigint[], %(firsts)s::timestamptz[], %(lasts)s::timestamptz[])
        AS s(id, first, last)
),
their AS (
    SELECT s.id, l.company_id, s.first, s.last FROM span s JOIN leadqual_lead l ON l.id = s.id
    UNION
    SELECT s.id, (moved.value #>> '{{}}')::bigint, s.first, s.last
    FROM span s JOIN leadqual_attributechange moved
        ON moved.lead_id = s.id AND moved.field = 'company_id'
),
mate AS (
    SELECT c.company_id, s.lead_id, s.begins, s.ends
    FROM (SELECT DISTINCT company_id FROM their WHERE company_id IS NOT NULL) c
        CROSS JOIN LATERAL ({stays}) s
),
busy AS (
    SELECT m.company_id, max(e.occurred_at) AS at
    FROM mate m JOIN leadqual_event e ON e.lead_id = m.lead_id
        AND e.occurred_at >= m.begins AND e.occurred_at < m.ends
        AND e.occurred_at >= %(since)s AND e.occurred_at < %(until)s
    GROUP BY m.company_id, (e.occurred_at AT TIME ZONE %(zone)s)::date
    UNION ALL
    SELECT m.company_id, turn.at
    FROM mate m CROSS JOIN LATERAL (VALUES (m.begins), (m.ends)) AS turn(at)
    WHERE turn.at >= %(since)s AND turn.at < %(until)s
),
moment AS (
    SELECT s.id, s.first AS at, s.last, false AS offered FROM span s
    UNION ALL
    SELECT s.id, max(e.occurred_at), s.last, false FROM span s JOIN leadqual_event e
        ON e.lead_id = s.id AND e.occurred_at > s.first AND e.occurred_at <= s.last
    GROUP BY s.id, s.last, (e.occurred_at AT TIME ZONE %(zone)s)::date
    UNION ALL
    SELECT s.id, ac.at, s.last, false FROM span s JOIN leadqual_attributechange ac
        ON ac.lead_id = s.id AND ac.at > s.first AND ac.at <= s.last
    UNION ALL
    SELECT t.id, ac.at, t.last, false FROM their t JOIN leadqual_attributechange ac
        ON ac.company_id = t.company_id AND ac.at > t.first AND ac.at <= t.last
        AND ac.at >= %(since)s AND ac.at < %(until)s{of_colleagues}
    UNION ALL
    SELECT o.id, o.at, o.last, true FROM unnest(%(offered)s::bigint[],
        %(offered_at)s::timestamptz[], %(offered_last)s::timestamptz[]) AS o(id, at, last)
),
asked AS (
    SELECT id, at, max(last) AS last, bool_or(offered) AS offered FROM moment GROUP BY id, at
)
SELECT array_agg(id ORDER BY id, at)::text, array_agg(at ORDER BY id, at)::text,
    array_agg(last ORDER BY id, at)::text, array_agg(offered ORDER BY id, at)::text
FROM asked"""


def _statement(judges: dict[str, Judge], *, same: bool) -> tuple[str, dict[str, Any]]:
    """With `same`, the new version's numbers are taken for the old one's, too."""
    values: dict[str, Any] = {}
    scored = []
    for name in ["new"] if same else judges:
        text, more = _scored(judges[name], name)
        scored.append(text)
        values |= more
    bind = Binder(prefix="d")
    mqls = [
        f"(NOT j.{name}_disqualified AND {_mql(judge, name, bind)}) AS {name}_mql"
        for name, judge in judges.items()
    ]
    columns = [f"{name}_{part}" for name in judges for part in Numbers._fields]
    text = f"""
WITH scored AS ({" UNION ALL ".join(scored)}),
judged AS (SELECT s.n, {", ".join(_beside(judges, same=same))} FROM scored s GROUP BY s.n),
mixed AS (
    SELECT j.*, p.id, p.at, coalesce(p.at <= p.last, false) AS inside, p.offered, {", ".join(mqls)}
    FROM judged j JOIN unnest(%(ids)s::bigint[], %(ats)s::timestamptz[], %(lasts)s::timestamptz[],
        %(offers)s::boolean[]) WITH ORDINALITY AS p(id, at, last, offered, n) ON p.n = j.n
),
marked AS (SELECT m.*, m.inside AND ({" OR ".join(_marks(judges))}) AS matters FROM mixed m)
SELECT k.id, k.at, {", ".join(f"k.{column}" for column in columns)}
FROM marked k WHERE k.matters OR k.offered"""
    return text, values | bind.params


def _beside(judges: Iterable[str], *, same: bool) -> Iterator[str]:
    """Both versions' numbers of one moment in one row."""
    for name in judges:
        by = "new" if same else name
        for part, pick in (("fit", "max"), ("intent", "max"), ("disqualified", "bool_or")):
            yield f"{pick}(s.{part}) FILTER (WHERE s.judge = '{by}') AS {name}_{part}"


def _marks(judges: Iterable[str]) -> Iterator[str]:
    """What makes a moment matter: the first, the first as MQL of either, and what is new.

    Nothing is new where the moment before had as much of both, nor where each moment before had as
    much fit and one of them as much intent. Some that this lets through had been reached all the
    same; the tally sees to that.
    """
    yield _is_first("m.at")
    for name in judges:
        yield f"m.{name}_mql AND {_is_first('m.at', among=f'm.{name}_mql')}"
    yield f"NOT m.new_disqualified AND coalesce({_IS_NEW}, true)"


_QUALIFIED = "OVER (PARTITION BY m.id, m.inside, m.new_disqualified ORDER BY m.at"
_EARLIER = f"{_QUALIFIED} ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)"
_IS_NEW = (
    f"(m.new_fit > lag(m.new_fit) {_QUALIFIED})"
    f" OR m.new_intent > lag(m.new_intent) {_QUALIFIED}))"
    f" AND (m.new_fit > min(m.new_fit) {_EARLIER} OR m.new_intent > max(m.new_intent) {_EARLIER})"
)


def _is_first(order: str, *, among: str = "true") -> str:
    return f"row_number() OVER (PARTITION BY m.id, m.inside, {among} ORDER BY {order}) = 1"


def _scored(judge: Judge, name: str) -> tuple[str, dict[str, Any]]:
    """The version's AS_AT over what is listed; its other values get names of their own."""
    query = compiled(judge.rules, unclassified(judge.rules.workspace_id), Scope.AS_AT)
    text = re.sub(r"%\((?!ids\)|ats\))(\w+)\)s", rf"%({name}_\1)s", query.text)
    values = {f"{name}_{key}": value for key, value in query.values().items()}
    return (
        f"SELECT q.n, '{name}' AS judge, q.fit, q.intent, q.disqualified FROM ({text}) q",
        values,
    )


def _mql(judge: Judge, name: str, bind: Binder) -> str:
    fit, intent = f"j.{name}_fit", f"j.{name}_intent"
    ways = [way.sql(fit, intent, bind) for way in judge.definitions.mql]
    return f"({' OR '.join(ways) or 'false'})"
