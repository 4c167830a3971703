"""From rows to the evaluator's facts, in a few queries however many leads there are."""

# ruff: noqa: S608 - every value is bound; what is put together here are our own names.

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import reduce
from operator import or_
from typing import Any

from django.db import connection

from leadqual.models import Lead
from scoring.engine.conditions import UNKNOWN, Fact
from scoring.engine.evaluate import EventFact, Facts
from scoring.engine.fields import DERIVED, Field, field_named
from scoring.engine.hindsight import KNOWN_THEN
from scoring.engine.rule_values import IntentPoints, RuleSet, Shape
from scoring.engine.sql import Binder
from scoring.engine.titles import said_by
from scoring.models import Signal
from scoring.signals import Definition, shows_sql

_NOW = "leadqual_lead l LEFT JOIN leadqual_company c ON c.id = l.company_id"


def unclassified(workspace_id: int) -> tuple[Definition, ...]:
    """The signals whose older events are still being matched; judged by the raw columns."""
    waiting = Signal.objects.filter(workspace=workspace_id, classified=False)
    return tuple(Definition.of(signal) for signal in waiting.order_by("bit"))


def gather(
    lead_ids: Sequence[int],
    rules: RuleSet,
    *,
    since: datetime | None = None,
    as_of: datetime | None = None,
) -> dict[int, Facts]:
    """The facts that these rules ask for, by lead id; with events later than `since` only.

    With `as_of`, a moment of the past: as they were known then (scoring.engine.hindsight), with the
    events until then. Merged and erased leads, and those of another workspace than the rules',
    are left out.
    """
    ats = [as_of] * len(lead_ids) if as_of else None
    leads = _leads(lead_ids, rules, ats)
    people = _people({company for _, _, company, _ in leads if company}, rules)
    events = _events(lead_ids, rules, since, as_of)
    of_company = _of_company(people, [rules], since=since, as_of=as_of)
    return {
        lead_id: Facts(
            captured_at, values, tuple(events.get(lead_id, ())), of_company.get(company or 0, ())
        )
        for lead_id, captured_at, company, values in leads
    }


def gather_through(
    lead_id: int, periods: Sequence[tuple[RuleSet, Sequence[datetime]]]
) -> list[list[Facts]]:
    """One lead through time: for each period its facts as known at each of these moments, by the
    rules of the period. The events are all there are: the evaluator leaves out later ones.

    One query a period, besides a constant number. Empty lists for a merged or erased lead.
    """
    rule_sets = [rules for rules, _ in periods]
    told = [_leads([lead_id] * len(moments), rules, moments) for rules, moments in periods]
    companies = {company for rows in told for _, _, company, _ in rows if company}
    counting = next((rules for rules in rule_sets if rules.counts_people), None)
    people = _people(companies, counting) if counting else {}
    moments = [moment for _, asked in periods for moment in asked]
    since = min(moments) - longest if (longest := _longest_window(rule_sets)) and moments else None
    of_company = _of_company(people, rule_sets, since=since, as_of=None)
    events = _events([lead_id], rule_sets[0], None, None) if periods else {}
    own = tuple(events.get(lead_id, ()))
    return [
        [
            Facts(captured_at, values, own, of_company.get(company or 0, ()))
            for _, captured_at, company, values in rows
        ]
        for rows in told
    ]


def known_facts(lead_ids: Sequence[int], rules: RuleSet) -> dict[int, Mapping[str, Fact]]:
    """What the rules' conditions ask for, by lead id, without any event."""
    return {lead_id: values for lead_id, _, _, values in _leads(lead_ids, rules, None)}


def _people(companies: set[int], rules: RuleSet) -> dict[int, list[int]]:
    """The leads of each company, where rules count them; those that are its leads today."""
    found: dict[int, list[int]] = defaultdict(list)
    if rules.counts_people:
        present = Lead.objects.filter(company__in=companies).present().order_by("pk")
        for lead_id, company in present.values_list("pk", "company"):
            found[company or 0].append(lead_id)
    return found


def people_bits(rule_sets: Iterable[RuleSet]) -> int:
    """The signals whose people are counted by any of these rules, one bit each."""
    return reduce(or_, (1 << rule.bit for rule in _people_rules(rule_sets)), 0)


def _people_rules(rule_sets: Iterable[RuleSet]) -> Iterator[IntentPoints]:
    yield from (r for rules in rule_sets for r in rules.intents if r.shape == Shape.PEOPLE)


def _longest_window(rule_sets: Sequence[RuleSet]) -> timedelta | None:
    """How far back the people of a company matter; None where some rule never forgets."""
    windows = [rule.window for rule in _people_rules(rule_sets)]
    known = [window for window in windows if window is not None]
    return max(known) if known and len(known) == len(windows) else None


def _of_company(
    people: Mapping[int, Sequence[int]],
    rule_sets: Sequence[RuleSet],
    *,
    since: datetime | None,
    as_of: datetime | None,
) -> dict[int, tuple[tuple[EventFact, ...], ...]]:
    """By company and person the events that show what people are counted for, and no others."""
    concerned = sorted({person for persons in people.values() for person in persons})
    if not concerned:
        return {}
    shown = _events(concerned, rule_sets[0], since, as_of, bits=people_bits(rule_sets))
    return {
        company: tuple(tuple(shown.get(person, ())) for person in persons)
        for company, persons in people.items()
    }


def _leads(
    lead_ids: Sequence[int], rules: RuleSet, ats: Sequence[datetime] | None
) -> list[tuple[int, datetime, int | None, dict[str, Fact]]]:
    names = {condition.field for condition in rules.conditions()}
    derived = sorted(names & DERIVED)
    stored = (names - DERIVED) | ({"job_title"} if derived else set())
    fields = [field_named(name) for name in sorted(stored)]
    bind = Binder()
    columns = [
        sql
        for field in fields
        for sql in (field.raw_sql(bind), field.text_sql(bind), field.number_sql(bind))
    ]
    text = f"""
        SELECT {", ".join(["l.id", "l.captured_at", "l.company_id", *columns])}
        FROM {_NOW if ats is None else KNOWN_THEN}
        WHERE l.id = ANY (%(ids)s::bigint[]) AND l.workspace_id = %(workspace)s
          AND l.merged_into_id IS NULL AND l.erased_at IS NULL
        {"" if ats is None else "ORDER BY w.n"}"""
    reach: dict[str, Any] = {
        "ids": list(lead_ids),
        "ats": list(ats or ()),
        "workspace": rules.workspace_id,
    }
    with connection.cursor() as cursor:
        cursor.execute(text, {**bind.params, **reach})
        rows = cursor.fetchall()
    return [(*row[:3], _values(fields, row[3:], derived, rules)) for row in rows]


def _values(
    fields: Sequence[Field], cells: Sequence[object], derived: Sequence[str], rules: RuleSet
) -> dict[str, Fact]:
    values = {}
    for n, field in enumerate(fields):
        fact = Fact(*cells[3 * n : 3 * n + 3])  # type: ignore[arg-type]
        values[field.name] = UNKNOWN if fact.text is None else fact
    for name in derived:
        said = said_by(name, values["job_title"].text, rules.titles)
        values[name] = Fact(*said) if said else UNKNOWN
    return values


def _events(
    lead_ids: Sequence[int],
    rules: RuleSet,
    since: datetime | None,
    as_of: datetime | None,
    *,
    bits: int | None = None,
) -> dict[int, list[EventFact]]:
    """By lead, in the order of time; with `bits` only those that show one of these signals."""
    bind = Binder()
    signals = "e.signals"
    for each in unclassified(rules.workspace_id):
        bit = f"{bind(1 << each.bit)}::bigint"
        shown = shows_sql(each, bind)
        signals = f"({signals} & ~{bit} | CASE WHEN {shown} THEN {bit} ELSE 0 END)"
    text = f"""
        SELECT e.lead_id, e.occurred_at, {signals}, s.code, e.page
        FROM leadqual_event e LEFT JOIN leadqual_source s ON s.id = e.source_id
        WHERE e.lead_id = ANY (%(ids)s::bigint[])
          {"AND e.occurred_at > %(since)s" if since else ""}
          {"AND e.occurred_at <= %(as_of)s" if as_of else ""}
          {f"AND {signals} & {bind(bits)}::bigint <> 0" if bits is not None else ""}
        ORDER BY e.occurred_at, e.id"""
    found: dict[int, list[EventFact]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(text, {**bind.params, "ids": list(lead_ids), "since": since, "as_of": as_of})
        for lead_id, *event in cursor.fetchall():
            found[lead_id].append(EventFact(*event))
    return found
