"""How many of the recent events a signal would match, whether it is stored or being typed."""

# ruff: noqa: S608 - every value is bound; what is put together here are our own names.

from datetime import datetime

from django.db import connection

from leadqual.patience import at_most
from scoring.editing.matching import SECONDS
from scoring.engine.sql import Binder
from scoring.models import Signal
from scoring.signals import Definition, shows_sql

DAYS = 30


def matching_events(
    signal: Signal, *, since: datetime, until: datetime, seconds: float = SECONDS
) -> str:
    """“1,204 of the 38,220 events of the last 30 days match.” Raises TooManyToCount."""
    bind = Binder()
    shown = shows_sql(Definition.of(signal), bind)
    text = f"""
        SELECT count(*) FILTER (WHERE {shown}), count(*) FROM leadqual_event e
        WHERE e.workspace_id = {bind(signal.workspace_id)}
          AND e.occurred_at > {bind(since)} AND e.occurred_at <= {bind(until)}"""
    with at_most(seconds), connection.cursor() as cursor:
        cursor.execute(text, bind.params)
        matching, events = cursor.fetchone() or (0, 0)
    if not events:
        return f"No event came in during the last {DAYS} days."
    return f"{matching:,} of the {events:,} events of the last {DAYS} days match."
