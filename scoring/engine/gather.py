"""From rows to the evaluator's facts, in a few queries however many leads there are."""

# ruff: noqa: S608 - every value is bound; what is put together here are our own names.

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from scoring.engine.conditions import UNKNOWN, Fact
from scoring.engine.evaluate import EventFact, Facts
from scoring.engine.fields import DERIVED, Field, field_named
from scoring.engine.hindsight import KNOWN_THEN
from scoring.engine.people import People, ever_present, present, shown_by
from scoring.engine.rule_values import RuleSet
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
    asked_from: datetime | None = None,
) -> dict[int, Facts]:
    """The facts that these rules ask for, by lead id; with events later than `since` only.

    With `as_of`, a moment of the past: as they were known then (scoring.engine.hindsight), with the
    events until then. Merged and erased leads, and those of another workspace than the rules',
    are left out. Who will ask nothing of a moment before `asked_from` may say so: older events of
    colleagues, that no window reaches any more, are not read.
    """
    ats = [as_of] * len(lead_ids) if as_of else None
    leads = _leads(lead_ids, rules, ats)
    events = _events(lead_ids, rules, since, as_of)
    people = _people(
        {company for _, _, company, _ in leads if company},
        [rules],
        then=as_of is not None,
        since=since,
        until=as_of,
        asked_from=as_of or asked_from,
    )
    return {
        lead_id: Facts(
            captured_at, values, tuple(events.get(lead_id, ())), people.of(company, as_of)
        )
        for lead_id, captured_at, company, values in leads
    }


def gather_each(moments: Mapping[int, datetime], rules: RuleSet) -> dict[int, Facts]:
    """The facts of each lead as they were known at a moment of its own, by lead id.

    The events are all there are: the evaluator leaves out later ones. Merged and erased leads are
    left out. A constant number of queries.
    """
    ats = list(moments.values())
    told = _leads(list(moments), rules, ats)
    companies = {company for _, _, company, _ in told if company}
    people = _people(companies, [rules], then=True, asked_from=min(ats, default=None))
    events = _events(list(moments), rules, None, None)
    return {
        lead_id: Facts(
            captured_at,
            values,
            tuple(events.get(lead_id, ())),
            people.of(company, moments[lead_id]),
        )
        for lead_id, captured_at, company, values in told
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
    first = min((moment for _, moments in periods for moment in moments), default=None)
    people = _people(companies, rule_sets, then=True, asked_from=first)
    events = _events([lead_id], rule_sets[0], None, None) if periods else {}
    own = tuple(events.get(lead_id, ()))
    return [
        [
            Facts(captured_at, values, own, people.of(company, moment))
            for (_, captured_at, company, values), moment in zip(rows, moments, strict=False)
        ]
        for rows, (_, moments) in zip(told, periods, strict=True)
    ]


def known_facts(lead_ids: Sequence[int], rules: RuleSet) -> dict[int, Mapping[str, Fact]]:
    """What the rules' conditions ask for, by lead id, without any event."""
    return {lead_id: values for lead_id, _, _, values in _leads(lead_ids, rules, None)}


def _people(
    companies: Collection[int], rule_sets: Sequence[RuleSet], *, then: bool, **when: datetime | None
) -> People:
    """The people of these companies where rules count them, `then` as recorded of the past, with
    what they showed; `when` as `shown_by` has it."""
    counting = [rules for rules in rule_sets if rules.counts_people]
    if not counting or not companies:
        return People({}, {})
    found = ever_present(companies) if then else present(companies)
    bind = Binder()
    signals = _signals(counting[0].workspace_id, bind)
    return People(found, shown_by(found, counting, signals=signals, bind=bind, **when))


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
    lead_ids: Sequence[int], rules: RuleSet, since: datetime | None, as_of: datetime | None
) -> dict[int, list[EventFact]]:
    """By lead, in the order of time."""
    bind = Binder()
    text = f"""
        SELECT e.lead_id, e.occurred_at, {_signals(rules.workspace_id, bind)}, s.code, e.page
        FROM leadqual_event e LEFT JOIN leadqual_source s ON s.id = e.source_id
        WHERE e.lead_id = ANY (%(ids)s::bigint[])
          {"AND e.occurred_at > %(since)s" if since else ""}
          {"AND e.occurred_at <= %(as_of)s" if as_of else ""}
        ORDER BY e.occurred_at, e.id"""
    found: dict[int, list[EventFact]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(text, {**bind.params, "ids": list(lead_ids), "since": since, "as_of": as_of})
        for lead_id, *event in cursor.fetchall():
            found[lead_id].append(EventFact(*event))
    return found


def _signals(workspace_id: int, bind: Binder) -> str:
    """The bits of an event e in SQL, also where it is still to be matched anew."""
    signals = "e.signals"
    for each in unclassified(workspace_id):
        bit = f"{bind(1 << each.bit)}::bigint"
        shown = shows_sql(each, bind)
        signals = f"({signals} & ~{bit} | CASE WHEN {shown} THEN {bit} ELSE 0 END)"
    return signals
