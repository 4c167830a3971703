"""Two histories become one when two leads are merged, and two again when that is undone."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.db.models import F

from leadqual.models import Lead, StageMove
from leadqual.stages import Stage


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
