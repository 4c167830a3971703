"""History that a file knows: recorded at its own dates, never invented."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from django.db import connection, transaction

from accounts.models import User, Workspace
from leadqual.models import Lead, StageMove
from leadqual.stages import Stage

_AFTER_MQL = (Stage.SAL, Stage.SQL, Stage.OPPORTUNITY, Stage.WON, Stage.LOST)


@dataclass(frozen=True)
class PastMove:
    """A stage moment that a file knows."""

    lead_id: int
    to_stage: Stage
    at: datetime
    rep_id: int | None = None
    reason: str = ""


@transaction.atomic
def record_history(workspace: Workspace, past: Sequence[PastMove], *, by: User | None) -> int:
    """Write imported history: the moves not yet recorded, at their own dates; returns how many.

    Moments a file does not know are not invented: a record may jump (mql → won). A move with the
    same lead, stage and moment is known already. Each lead then stands where its latest move left
    it. Starts no offer, clock or mail. Constant queries whatever the number of leads.
    """
    leads = Lead.objects.select_for_update(of=("self",)).of(workspace)
    locked = {lead.pk: lead for lead in leads.filter(pk__in={p.lead_id for p in past})}
    known = list(
        StageMove.objects.filter(lead__in=locked)
        .order_by("lead_id", "at", "pk")
        .values_list("lead_id", "to_stage", "at", "cycle")
    )
    seen = {(lead_id, to, at) for lead_id, to, at, _ in known}
    fresh = sorted(
        {(p.lead_id, p.to_stage, p.at): p for p in past}.values(),
        key=lambda p: (p.lead_id, p.at, list(Stage).index(p.to_stage)),
    )
    fresh = [p for p in fresh if p.lead_id in locked and (p.lead_id, p.to_stage, p.at) not in seen]
    so_far = {pk: list(rows) for pk, rows in groupby(known, key=lambda row: row[0])}
    records = []
    for lead_id, moves in groupby(fresh, key=lambda p: p.lead_id):
        lead = locked[lead_id]
        for past_move in moves:
            records.append(_past_record(lead, past_move, so_far.setdefault(lead_id, []), by))
    StageMove.objects.bulk_create(records)
    _stand_at_latest(locked, {record.lead_id for record in records}, so_far)
    return len(records)


History = list[tuple[int, str, datetime, int]]


def _past_record(lead: Lead, past: PastMove, history: History, by: User | None) -> StageMove:
    # A deal can be won before its first contact was noted: nothing comes after won.
    # Moments without a time are often equal: then the order of the stages holds.
    here = _place((lead.pk, past.to_stage, past.at, 0))
    before = [row for row in history if _place(row) < here and row[1] != Stage.WON]
    cycle = max((row[3] for row in before), default=0)
    if past.to_stage == Stage.MQL:
        cycle = max((row[3] for row in before if row[1] == Stage.MQL), default=0) + 1
    elif past.to_stage in _AFTER_MQL:
        # It was an MQL then, though the file may not know when, or another one tells it later.
        cycle = max(cycle, 1)
    start = before[-1][1] if before else ""
    history.append((lead.pk, past.to_stage, past.at, cycle))
    history.sort(key=_place)
    return StageMove(
        workspace_id=lead.workspace_id,
        lead=lead,
        cycle=cycle,
        from_stage=start if start != past.to_stage else "",
        to_stage=past.to_stage,
        at=past.at,
        by=by,
        rule="import",
        reason=past.reason,
        rep_id=past.rep_id,
        source_id=lead.first_source_id,
        imported=True,
    )


def _place(row: tuple[int, str, datetime, int]) -> tuple[datetime, int]:
    return row[2], list(Stage).index(Stage(row[1]))


def _stand_at_latest(locked: dict[int, Lead], moved: set[int], so_far: dict[int, History]) -> None:
    for lead_id in moved:
        lead, history = locked[lead_id], so_far[lead_id]
        latest = max(history, key=lambda row: (row[1] == Stage.WON, *_place(row)))
        lead.stage, lead.stage_since = Stage(latest[1]), latest[2]
        lead.cycle = max(row[3] for row in history)
    rows = [locked[lead_id] for lead_id in moved]
    with connection.cursor() as cursor:
        # bulk_update would build one CASE a lead and column: ten times slower.
        cursor.execute(
            """
            UPDATE leadqual_lead AS lead
            SET stage = latest.stage, stage_since = latest.since, cycle = latest.cycle
            FROM unnest(%s::bigint[], %s::text[], %s::timestamptz[], %s::smallint[])
                AS latest (id, stage, since, cycle)
            WHERE lead.id = latest.id
            """,
            [
                [lead.pk for lead in rows],
                [str(lead.stage) for lead in rows],
                [lead.stage_since for lead in rows],
                [lead.cycle for lead in rows],
            ],
        )
