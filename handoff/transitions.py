"""The moves of a lead between stages, and the one function that makes them.

Side effects happen in this order, in one transaction: lock the lead, check that it still
stands where the caller saw it, check that the move exists, write the lead, append the record.
Clocks, offers and mails are the caller's, after it, in plain sight.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Final

from django.db import connection, transaction
from django.db.models import F

from accounts.access import Permission, has_permission
from accounts.models import Membership, User, Workspace
from leadqual.models import Lead, StageMove
from leadqual.stages import OPEN, Stage
from scoring.explanations import explain
from scoring.standing import standing_of


class MoveNotAllowed(ValueError):
    """The lifecycle has no such move, or a reason is due and missing."""


class SomeoneWasFaster(RuntimeError):
    """Another person or rule changed this first; the screen says who and when."""

    def __init__(self, *, who: User | None, when: datetime | None, what: str) -> None:
        self.who, self.when, self.what = who, when, what
        super().__init__(f"{who or 'The system'} was faster: {what}.")


@dataclass(frozen=True)
class Transition:
    """One allowed move. `permission` is what a person needs; None: only the system moves so."""

    words: str
    permission: Permission | None = None
    needs_reason: bool = False


_RECYCLE = Transition("recycled with a reason", Permission.EDIT_LEADS, needs_reason=True)
_DISQUALIFY = Transition("disqualified with a reason", Permission.EDIT_LEADS, needs_reason=True)

MOVES: Final[dict[tuple[Stage, Stage], Transition]] = {
    (Stage.NEW, Stage.MQL): Transition("the MQL definition holds"),
    (Stage.MQL, Stage.SAL): Transition("a rep accepts", Permission.DECIDE_OFFERS),
    (Stage.SAL, Stage.SQL): Transition("the discovery scorecard passes", Permission.EDIT_LEADS),
    (Stage.SQL, Stage.OPPORTUNITY): Transition("a deal with an amount", Permission.EDIT_LEADS),
    (Stage.OPPORTUNITY, Stage.WON): Transition("signed", Permission.EDIT_LEADS),
    (Stage.OPPORTUNITY, Stage.LOST): Transition("lost", Permission.EDIT_LEADS, needs_reason=True),
    (Stage.MQL, Stage.NURTURE): _RECYCLE,
    (Stage.SAL, Stage.NURTURE): _RECYCLE,
    (Stage.SQL, Stage.NURTURE): _RECYCLE,
    (Stage.NEW, Stage.NURTURE): Transition("not ready", Permission.MOVE_LEADS),
    (Stage.NURTURE, Stage.MQL): Transition("woken by new intent or its date"),
    (Stage.LOST, Stage.NURTURE): Transition("kept warm", Permission.EDIT_LEADS),
    (Stage.DISQUALIFIED, Stage.NEW): Transition(
        "reopened by a marketing manager", Permission.REOPEN_LEADS, needs_reason=True
    ),
    (Stage.MQL, Stage.NEW): Transition("the definition no longer holds, no offer is open"),
    **{(stage, Stage.DISQUALIFIED): _DISQUALIFY for stage in Stage if stage in OPEN},
}

# An MQL fires once a cycle; one of these since then closes the cycle, a demotion does not.
_CLOSES_CYCLE = (Stage.NURTURE, Stage.LOST, Stage.DISQUALIFIED)
_AFTER_MQL = (Stage.SAL, Stage.SQL, Stage.OPPORTUNITY, Stage.WON, Stage.LOST)


@dataclass(frozen=True)
class NextMove:
    to: Stage
    words: str
    needs_reason: bool
    refused_because: str  # blank: the person may


def next_moves(lead: Lead, *, membership: Membership) -> list[NextMove]:
    """Every move that leaves the lead's stage, and for those not allowed to the person, why."""
    moves = []
    for (start, to), transition in MOVES.items():
        if start != lead.stage:
            continue
        refused = ""
        if transition.permission is None:
            refused = f"The system does this when {transition.words}."
        elif not has_permission(membership, transition.permission):
            role = membership.get_role_display().lower()
            refused = f"As {role} you may not {transition.permission.value}."
        moves.append(NextMove(to, transition.words, transition.needs_reason, refused))
    return moves


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
) -> StageMove:
    """Move the lead and record it for ever; `lead` is brought up to date in place.

    `rule` names what moves it (accepted, mql_definition …), `reason` is the code of the
    workspace's list. `rep` is the salesperson the move is about. Raises SomeoneWasFaster when the
    lead no longer stands in `lead.stage`, MoveNotAllowed when the lifecycle has no such move.
    """
    locked = lock(lead)
    if locked.stage != lead.stage:
        raise stands_elsewhere(locked)
    start = Stage(locked.stage)
    transition = MOVES.get((start, to))
    if transition is None:
        raise MoveNotAllowed(f"A lead cannot go from {start.label} to {to.label}.")
    if transition.needs_reason and not reason:
        raise MoveNotAllowed(f"To move a lead to {to.label} a reason is needed.")
    cycle, counted = _cycle(locked, to)
    standing = standing_of(locked)
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
        explanation=explain(locked) if standing else None,
        counted=counted,
    )
    lead.stage, lead.stage_since, lead.cycle = to, at, cycle
    lead.save(update_fields=["stage", "stage_since", "cycle"])
    return record


def stands_elsewhere(locked: Lead) -> SomeoneWasFaster:
    """Who moved the lead from where somebody still sees it, and when."""
    last = locked.moves.select_related("by").order_by("-pk").first()
    return SomeoneWasFaster(
        who=last.by if last else None,
        when=last.recorded_at if last else None,
        what=f"the lead is now {Stage(locked.stage).label}",
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


@dataclass(frozen=True)
class United:
    """What uniting two histories did, so that `part` can take it back.

    `moved` are the moves that changed hands, `last` the latest move of both at that moment, `shift`
    by how much the cycles of the standing lead were counted on, `grown` by how much the survivor's.
    """

    moved: list[int]
    last: int
    standing_is_survivor: bool
    shift: int
    grown: int
    stage: str
    since: datetime


@transaction.atomic
def unite(survivor: Lead, absorbed: Lead, *, standing: Lead, shift: int) -> United:
    """Give the survivor of a merge the history of both; it stands where `standing` stood.

    Nothing is recorded anew: the moves that led there are among those it has now. The cycles of the
    standing lead count on by `shift`, behind those of the other. The caller holds both locks.
    """
    both = StageMove.objects.filter(lead__in=[survivor, absorbed])
    done = United(
        moved=list(absorbed.moves.order_by("pk").values_list("pk", flat=True)),
        last=max(both.values_list("pk", flat=True), default=0),
        standing_is_survivor=standing is survivor,
        shift=shift,
        grown=standing.cycle + shift - survivor.cycle,
        stage=survivor.stage,
        since=survivor.stage_since,
    )
    _count_on(standing.moves.values_list("pk", flat=True), shift)
    StageMove.objects.filter(pk__in=done.moved).update(lead=survivor)
    survivor.stage, survivor.stage_since = standing.stage, standing.stage_since
    survivor.cycle += done.grown
    survivor.save(update_fields=["stage", "stage_since", "cycle"])
    return done


@transaction.atomic
def part(survivor: Lead, absorbed: Lead, *, done: United) -> bool:
    """Take two histories apart again, after `unite`; what came since stays with the survivor.

    It stands where it stood before, unless a rule has moved it since; returns whether it does. The
    caller holds both locks.
    """
    later = list(survivor.moves.filter(pk__gt=done.last).values_list("pk", flat=True))
    own = survivor.moves.filter(pk__lte=done.last).exclude(pk__in=done.moved)
    shifted = own.values_list("pk", flat=True) if done.standing_is_survivor else done.moved
    _count_on(shifted, -done.shift)
    _count_on(later, -done.grown)
    StageMove.objects.filter(pk__in=done.moved).update(lead=absorbed)
    if not later:
        survivor.stage, survivor.stage_since = Stage(done.stage), done.since
    survivor.cycle -= done.grown
    survivor.save(update_fields=["stage", "stage_since", "cycle"])
    return not later


def _count_on(moves: Iterable[int], shift: int) -> None:
    """Renumber the cycles of these moves; those before the first MQL stay at 0."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL leadqual.merging = 'on'")
        StageMove.objects.filter(pk__in=list(moves), cycle__gt=0).update(cycle=F("cycle") + shift)
        cursor.execute("SET LOCAL leadqual.merging = 'off'")
