"""What merging and its undoing share: the locks, and the journal of what changed hands."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any, Final

from handoff.models import (
    CallBack,
    FallbackEntry,
    Handoff,
    NurtureStay,
    Opportunity,
    Release,
    Scorecard,
    StepDone,
    Task,
)
from handoff.transitions import United
from leadqual.models import AttributeChange, Lead
from leadqual.row_journal import Rows, changes, snapshot
from scoring.models import Score, ScoreOverride
from sla import merged_leads

UNDO_WITHIN: Final = timedelta(days=30)
CYCLED: Final = (Handoff, Scorecard, Opportunity)
LEAD: Final = Lead._meta.db_table
CLOCKS: Final = "clocks"
JOURNALED: Final = (
    *(*CYCLED, NurtureStay, StepDone, Task, Release),
    *(FallbackEntry, ScoreOverride, CallBack),
)
TABLES: Final = tuple(model._meta.db_table for model in JOURNALED)
STAGE: Final = ("stage", "stage_since", "cycle")
"""The columns of a lead that handoff.transitions alone puts back."""


class CannotMerge(ValueError):
    """These two cannot be merged, or no longer be told apart; the message says why."""


def lock_both(first_pk: int, second_pk: int) -> dict[int, Lead]:
    """Both leads as they are now, locked in the order of their ids."""
    leads = Lead.objects.filter(pk__in=(first_pk, second_pk)).order_by("pk")
    list(leads.select_for_update().values_list("pk"))
    # Read once they are held: a join of who had to wait would miss an owner or company given to
    # the lead meanwhile.
    named = ("workspace", "company", "owner", "first_source", "last_source")
    return {lead.pk: lead for lead in leads.select_related(*named)}


def rows_of(*leads: Lead) -> dict[str, Rows]:
    """Every row that a merge may change, by table, as it is now."""
    pks = [lead.pk for lead in leads]
    return {
        LEAD: snapshot(LEAD, pks, column="id"),
        CLOCKS: merged_leads.clocks_of(*leads),
        **{table: snapshot(table, pks) for table in TABLES},
    }


def last_fact(*leads: Lead) -> int:
    """The newest of the recorded facts of these leads: what is written next has a higher id."""
    facts = AttributeChange.objects.filter(lead__in=leads).order_by("-pk")
    return facts.values_list("pk", flat=True).first() or 0


def first_scored_at(lead: Lead) -> datetime | None:
    """A merge takes the absorbed lead's score away; of it this alone cannot be computed again."""
    return Score.objects.filter(lead=lead).values_list("first_scored_at", flat=True).first()


def to_put_back(
    survivor: Lead,
    absorbed: Lead,
    before: Mapping[str, Rows],
    history: United,
    first_scored: datetime | None,
) -> dict[str, Any]:
    """What the undoing of a merge just done needs: what it has changed in the rows that were there
    `before` (of `rows_of`), and what cannot be read from them."""
    after = rows_of(survivor, absorbed)
    return {
        "history": asdict(history) | {"since": history.since.isoformat()},
        "absorbed_cycle": absorbed.cycle,
        "first_scored_at": first_scored.isoformat() if first_scored else None,
        "rows": {
            table: changes(rows, after[table], without=STAGE if table == LEAD else ())
            for table, rows in before.items()
        },
        "ids": {table: list(rows) for table, rows in before.items()},
    }
