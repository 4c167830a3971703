"""The one function that moves a lead as things happen, and what it stands on."""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection, transaction

from accounts.models import User
from handoff.transitions.table import MOVES, MoveNotAllowed, SomeoneWasFaster
from leadqual.models import Lead, StageMove
from leadqual.stages import Stage
from scoring.explanations import Judged, judge

# An MQL fires once a cycle; one of these since then closes the cycle, a demotion does not.
_CLOSES_CYCLE = (Stage.NURTURE, Stage.LOST, Stage.DISQUALIFIED)


def lock(lead: Lead) -> Lead:
    """The lead as it is now, locked to the end of the transaction. Locks are taken lead first."""
    return Lead.objects.select_for_update(of=("self",)).select_related("workspace").get(pk=lead.pk)


def record_captures(leads: Sequence[Lead], *, by: User | None = None) -> None:
    """The first line of each lead's history: it came in as `new`, at its `captured_at`."""
    StageMove.objects.bulk_create(
        (
            StageMove(
                workspace_id=lead.workspace_id,
                lead=lead,
                cycle=0,
                to_stage=Stage.NEW,
                at=lead.captured_at,
                by=by,
                rule="captured",
                source_id=lead.first_source_id,
            )
            for lead in leads
        ),
        batch_size=1000,
    )


@transaction.atomic
def move(
    lead: Lead,
    to: Stage,
    *,
    rule: str,
    at: datetime,
    by: User | None = None,
    reason: str = "",
    note: str = "",
    rep: User | None = None,
    judged: Judged | None = None,
) -> StageMove:
    """Move the lead and record it for ever; `lead` is brought up to date in place.

    `rule` names what moves it (accepted, mql_definition …), `reason` is the code of the
    workspace's list. `rep` is the salesperson the move is about. `judged` is what whoever holds the
    lead has read of its score. Raises SomeoneWasFaster when the lead no longer stands in
    `lead.stage`, MoveNotAllowed when the lifecycle has no such move.
    """
    locked = lock(lead)
    if locked.stage != lead.stage:
        raise stands_elsewhere(locked)
    start = Stage(locked.stage)
    _must_be_allowed(start, to, reason=reason)
    cycle, counted = _cycle(locked, to)
    judged = judged or judge(locked, now=at)
    standing = judged.standing if judged else None
    record = StageMove.objects.create(
        workspace=locked.workspace,
        lead=locked,
        cycle=cycle,
        from_stage=start,
        to_stage=to,
        at=at,
        by=by,
        rule=rule,
        reason=reason,
        note=note,
        rep=rep,
        source_id=locked.first_source_id,
        fit=standing.fit if standing else None,
        intent=standing.intent if standing else None,
        grade=standing.grade if standing else "",
        model_version=standing.version if standing else None,
        explanation=judged.kept if judged else None,
        counted=counted,
    )
    lead.stage, lead.stage_since, lead.cycle = to, at, cycle
    lead.save(update_fields=["stage", "stage_since", "cycle"])
    return record


def _must_be_allowed(start: Stage, to: Stage, *, reason: str) -> None:
    transition = MOVES.get((start, to))
    if transition is None:
        raise MoveNotAllowed(f"A lead cannot go from {start.label} to {to.label}.")
    if transition.needs_reason and not reason:
        raise MoveNotAllowed(f"To move a lead to {to.label} a reason is needed.")


def stands_elsewhere(locked: Lead) -> SomeoneWasFaster:
    """Who moved the lead from where somebody still sees it, and when."""
    last = locked.moves.select_related("by").order_by("-pk").first()
    return SomeoneWasFaster(
        who=last.by if last else None,
        when=last.recorded_at if last else None,
        what=f"the lead is now {Stage(locked.stage).label}",
        done=f"moved it to {Stage(locked.stage).label}",
    )


def _cycle(lead: Lead, to: Stage) -> tuple[int, bool]:
    """The cycle after the move, and whether the move counts (a second promotion does not)."""
    if to != Stage.MQL:
        return lead.cycle, True
    promoted = lead.moves.filter(to_stage=Stage.MQL, counted=True).order_by("-pk").first()
    if promoted is None:
        return lead.cycle + 1, True
    if lead.moves.filter(pk__gt=promoted.pk, to_stage__in=_CLOSES_CYCLE).exists():
        return lead.cycle + 1, True
    return lead.cycle, False


@transaction.atomic
def count_no_longer(acceptance: StageMove) -> None:
    """It was taken back within its minute: the move stays recorded, and no report counts it."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL leadqual.taking_back = 'on'")
        StageMove.objects.filter(pk=acceptance.pk).update(counted=False)
        cursor.execute("SET LOCAL leadqual.taking_back = 'off'")


@transaction.atomic
def append_history(records: Sequence[StageMove]) -> None:
    """Record moves that lie in the past, oldest first; leads then stand where theirs left them."""
    ordered = sorted(records, key=lambda record: record.at)
    StageMove.objects.bulk_create(ordered, batch_size=1000)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE leadqual_lead SET stage = m.to_stage, stage_since = m.at, cycle = m.cycle
            FROM (
                SELECT DISTINCT ON (lead_id) lead_id, to_stage, at, cycle
                FROM leadqual_stagemove WHERE lead_id = ANY (%s)
                ORDER BY lead_id, at DESC, id DESC
            ) m
            WHERE leadqual_lead.id = m.lead_id
            """,
            [list({record.lead_id for record in ordered})],
        )
