"""The people of companies, for rules that count them: who was there when, and what they showed.

Of what they did only what can count is read: by rules with a window what happened within it, by
those without each person's first event alone.
"""

# ruff: noqa: S608 - every value is bound; what is put together here are our own names.

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import reduce
from operator import or_
from typing import NamedTuple

from django.db import connection

from leadqual.models import Lead
from scoring.engine.hindsight import stays
from scoring.engine.rule_values import IntentPoints, RuleSet, Shape
from scoring.engine.shapes import EventFact
from scoring.engine.sql import Binder

Shown = tuple[tuple[EventFact, ...], ...]
"""What each of the people of one company has shown, in the order of their ids."""


class Stay(NamedTuple):
    """A lead is of the company from `begins` on, until before `ends`; None is without bounds."""

    lead_id: int
    begins: datetime | None = None
    ends: datetime | None = None

    def covers(self, at: datetime) -> bool:
        has_begun = self.begins is None or self.begins <= at
        return has_begun and (self.ends is None or at < self.ends)


Stays = Mapping[int, Sequence[Stay]]
"""By company, in the order of the leads' ids."""


class People:
    """Companies through time. Between two moments at which somebody comes or goes, the answer is
    worked out once."""

    def __init__(self, of_company: Stays, shown: Mapping[int, tuple[EventFact, ...]]) -> None:
        self._stays, self._shown = of_company, shown
        self._turns = {company: turns(known) for company, known in of_company.items()}
        self._found: dict[tuple[int, int], Shown] = {}

    def of(self, company: int | None, at: datetime | None) -> Shown:
        """As of that moment; `at` may be None where everybody stays for ever."""
        if company is None or company not in self._stays:
            return ()
        place = company, bisect_right(self._turns[company], at) if at else 0
        if place not in self._found:
            present = [s.lead_id for s in self._stays[company] if at is None or s.covers(at)]
            self._found[place] = tuple(self._shown.get(lead_id, ()) for lead_id in present)
        return self._found[place]


def turns(known: Iterable[Stay]) -> list[datetime]:
    """The moments at which somebody comes or goes, in their order."""
    return sorted({at for stay in known for at in (stay.begins, stay.ends) if at is not None})


def present(companies: Collection[int]) -> Stays:
    """Those who are there now."""
    found: dict[int, list[Stay]] = defaultdict(list)
    leads = Lead.objects.filter(company__in=companies).present().order_by("pk")
    for lead_id, company in leads.values_list("pk", "company"):
        found[company or 0].append(Stay(lead_id))
    return found


def ever_present(companies: Collection[int]) -> Stays:
    """Those who are or were there, as recorded (scoring.engine.hindsight)."""
    found: dict[int, list[Stay]] = defaultdict(list)
    text = f"""
        SELECT c.id, s.lead_id, nullif(s.begins, '-infinity'), nullif(s.ends, 'infinity')
        FROM unnest(%s::bigint[]) AS c(id) CROSS JOIN LATERAL ({stays("c.id")}) s
        ORDER BY s.lead_id"""
    with connection.cursor() as cursor:
        cursor.execute(text, [sorted(companies)])
        for company, *stay in cursor.fetchall():
            found[company].append(Stay(*stay))
    return found


def people_rules(rule_sets: Iterable[RuleSet]) -> Iterator[IntentPoints]:
    yield from (r for rules in rule_sets for r in rules.intents if r.shape == Shape.PEOPLE)


def people_bits(rules: Iterable[IntentPoints]) -> int:
    """The signals that these rules count people of, one bit each."""
    return reduce(or_, (1 << rule.bit for rule in rules), 0)


def shown_by(
    of_company: Stays,
    rule_sets: Sequence[RuleSet],
    *,
    signals: str,
    bind: Binder,
    since: datetime | None = None,
    until: datetime | None = None,
    asked_from: datetime | None = None,
) -> dict[int, tuple[EventFact, ...]]:
    """By lead, of the events later than `since` and up to `until` those that can count from the
    moment `asked_from` on; None is without bounds. `signals` are the bits of an event e in SQL,
    with their values in `bind`.
    """
    rules = list(people_rules(rule_sets))
    lead_ids = sorted({stay.lead_id for known in of_company.values() for stay in known})
    if not rules or not lead_ids:
        return {}
    windows = [rule.window for rule in rules if rule.window]
    oldest = asked_from - max(windows) if asked_from and windows else None
    within = people_bits(rule for rule in rules if rule.window)
    wanted = [(within, "AND e.occurred_at > %(oldest)s" if oldest else "")] if within else []
    first = "ORDER BY e.occurred_at LIMIT 1"
    wanted += [(1 << bit, first) for bit in sorted({r.bit for r in rules if not r.window})]
    text = " UNION ALL ".join(
        f"""
        SELECT e.lead_id, e.occurred_at, e.signals
        FROM unnest(%(ids)s::bigint[]) AS p(id) CROSS JOIN LATERAL (
            SELECT e.lead_id, e.occurred_at, {signals} AS signals
            FROM leadqual_event e
            WHERE e.lead_id = p.id AND {signals} & {bind(bits)}::bigint <> 0
              {"AND e.occurred_at > %(since)s" if since else ""}
              {"AND e.occurred_at <= %(until)s" if until else ""}
              {which}
            OFFSET 0
        ) e"""
        for bits, which in wanted
    )
    bounds = {"ids": lead_ids, "since": since, "until": until, "oldest": oldest}
    found: dict[int, tuple[EventFact, ...]] = defaultdict(tuple)
    with connection.cursor() as cursor:
        cursor.execute(text, {**bind.params, **bounds})
        for lead_id, *event in cursor.fetchall():
            found[lead_id] += (EventFact(*event),)
    return found
