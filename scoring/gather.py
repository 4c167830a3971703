"""From rows to the evaluator's facts, in two queries however many leads there are."""

# ruff: noqa: S608 - every value is bound; what is put together here are our own names.

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from scoring.conditions import UNKNOWN, Fact
from scoring.evaluate import EventFact, Facts
from scoring.fields import Field, field_named
from scoring.hindsight import KNOWN_THEN
from scoring.models import Signal
from scoring.rules import RuleSet
from scoring.signals import Definition, shows_sql
from scoring.sql import Binder

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

    With `as_of`, a moment of the past: as they were known then (scoring.hindsight), with the
    events until then. Merged and erased leads, and those of another workspace than the rules',
    are left out.
    """
    events = _events(lead_ids, rules, since, as_of)
    fields = [field_named(name) for name in sorted({c.field for c in rules.conditions()})]
    return {
        lead_id: Facts(captured_at, values, tuple(events.get(lead_id, ())))
        for lead_id, captured_at, values in _leads(lead_ids, rules.workspace_id, fields, as_of)
    }


def _leads(
    lead_ids: Sequence[int],
    workspace_id: int,
    fields: Sequence[Field],
    as_of: datetime | None,
) -> list[tuple[int, datetime, dict[str, Fact]]]:
    bind = Binder()
    columns = [
        sql
        for field in fields
        for sql in (field.raw_sql(bind), field.text_sql(bind), field.number_sql(bind))
    ]
    text = f"""
        SELECT {", ".join(["l.id", "l.captured_at", *columns])}
        FROM {KNOWN_THEN if as_of else _NOW}
        WHERE l.id = ANY (%(ids)s::bigint[]) AND l.workspace_id = %(workspace)s
          AND l.merged_into_id IS NULL AND l.erased_at IS NULL"""
    reach: dict[str, Any] = {
        "ids": list(lead_ids),
        "ats": [as_of] * len(lead_ids),
        "workspace": workspace_id,
    }
    with connection.cursor() as cursor:
        cursor.execute(text, {**bind.params, **reach})
        return [(row[0], row[1], _values(fields, row[2:])) for row in cursor.fetchall()]


def _values(fields: Sequence[Field], cells: Sequence[object]) -> dict[str, Fact]:
    values = {}
    for n, field in enumerate(fields):
        fact = Fact(*cells[3 * n : 3 * n + 3])  # type: ignore[arg-type]
        values[field.name] = UNKNOWN if fact.text is None else fact
    return values


def _events(
    lead_ids: Sequence[int], rules: RuleSet, since: datetime | None, as_of: datetime | None
) -> dict[int, list[EventFact]]:
    bind = Binder()
    signals = "e.signals"
    for each in unclassified(rules.workspace_id):
        bit = f"{bind(1 << each.bit)}::bigint"
        shown = shows_sql(each, bind)
        signals = f"({signals} & ~{bit} | CASE WHEN {shown} THEN {bit} ELSE 0 END)"
    text = f"""
        SELECT e.lead_id, e.occurred_at, {signals}, s.code
        FROM leadqual_event e LEFT JOIN leadqual_source s ON s.id = e.source_id
        WHERE e.lead_id = ANY (%(ids)s::bigint[])
          {"AND e.occurred_at > %(since)s" if since else ""}
          {"AND e.occurred_at <= %(as_of)s" if as_of else ""}
        ORDER BY e.occurred_at, e.id"""
    found: dict[int, list[EventFact]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(text, {**bind.params, "ids": list(lead_ids), "since": since, "as_of": as_of})
        for lead_id, occurred_at, bits, source in cursor.fetchall():
            found[lead_id].append(EventFact(occurred_at, bits, source))
    return found
