"""What previews of a scoring model need to know from above: hand-offs, their ends, capacity.

A hand-off is an offer that sales decided, or has open: expired and withdrawn ones and those that
were “not mine” say nothing about the lead. Of an imported history the offers are not known: there
the move behind MQL stands for them, at its own moment.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import partial
from itertools import pairwise

from django.db import connection, transaction
from django.utils import timezone

from accounts.models import User, Workspace
from handoff import rosters
from handoff.models import Handoff
from handoff.release_pace import working_weekdays
from leadqual.celery import app
from leadqual.models import StageMove
from leadqual.stages import Stage
from scoring.models import ModelVersion, Preview
from scoring.previews import runs
from scoring.previews.question import HandoffMoment

TASK = "handoff.tasks.carry_on_preview"
LANES = 3
"""So many connections compute a chunk at once: a preview is waited for."""
_SOLD = frozenset({Stage.SAL, Stage.SQL, Stage.OPPORTUNITY, Stage.WON, Stage.LOST})
_GIVEN_BACK = frozenset({Stage.LOST, Stage.NURTURE, Stage.DISQUALIFIED})
_TOLD = _SOLD | _GIVEN_BACK
Status = Handoff.Status
Move = tuple[str, str, datetime, bool, str]  # from, to, at, imported, channel


def weekly_capacity(workspace: Workspace) -> int | None:
    """How many offers a week the reps who take some can get; None where nobody takes any."""
    rosters.welcome_reps(workspace)
    now = timezone.now()
    people = rosters.people_of(workspace, since=now, until=now).values()
    a_day = sum(person.per_day for person in people)
    return a_day * working_weekdays(workspace) if a_day else None


def ask(
    version: ModelVersion, *, by: User | None, now: datetime, in_force: bool = False
) -> Preview:
    """Have the version previewed in the background; with `in_force` the one that is, too. Raises
    ValidationError, see `runs.request`."""
    capacity = weekly_capacity(version.workspace)
    preview = runs.request(version, by=by, now=now, capacity=capacity, in_force=in_force)
    # Best effort: where the broker is out of reach, beat comes by within seconds.
    wake = partial(app.send_task, TASK, [preview.pk], retry=False)
    transaction.on_commit(wake, robust=True)
    return preview


def carry_on(preview: Preview, *, now: datetime) -> bool:
    """One chunk; False where there is nothing more to do here."""
    moments = partial(handoff_moments, preview.workspace_id)
    lanes = 1 if connection.in_atomic_block else LANES
    return runs.advance(preview, handoffs=moments, now=now, lanes=lanes)


def handoff_moments(workspace_id: int, lead_ids: Sequence[int]) -> Iterator[HandoffMoment]:
    """The hand-offs of these leads, each lead's in the order of time; two queries."""
    moves = _moves(workspace_id, lead_ids)
    offered = _offered(workspace_id, lead_ids)
    for lead_id in lead_ids:
        theirs = moves.get(lead_id, [])
        if offers := offered.get(lead_id):
            yield from _of_offers(lead_id, offers, theirs)
        else:
            yield from _of_history(lead_id, theirs)


def _moves(workspace_id: int, lead_ids: Sequence[int]) -> dict[int, list[Move]]:
    found: dict[int, list[Move]] = defaultdict(list)
    rows = StageMove.objects.filter(
        workspace=workspace_id, lead__in=lead_ids, to_stage__in=[*_TOLD, Stage.MQL]
    ).order_by("lead_id", "at", "pk")
    for lead_id, *move in rows.values_list(
        "lead_id", "from_stage", "to_stage", "at", "imported", "source__name"
    ):
        found[lead_id].append((*move[:4], move[4] or ""))  # type: ignore[arg-type]
    return found


Offer = tuple[datetime, datetime | None, str, str]  # offered, decided, status, channel


def _offered(workspace_id: int, lead_ids: Sequence[int]) -> dict[int, list[Offer]]:
    found: dict[int, list[Offer]] = defaultdict(list)
    rows = Handoff.objects.filter(
        workspace=workspace_id,
        lead__in=lead_ids,
        status__in=[Status.OPEN, Status.ACCEPTED, Status.REJECTED],
    ).order_by("lead_id", "offered_at", "pk")
    for lead_id, offered, decided, status, channel in rows.values_list(
        "lead_id", "offered_at", "decided_at", "status", "source__name"
    ):
        found[lead_id].append((offered, decided, status, channel or ""))
    return found


def _of_offers(
    lead_id: int, offers: Sequence[Offer], moves: Sequence[Move]
) -> Iterator[HandoffMoment]:
    """Each offer with what followed it, up to the lead's next offer."""
    for offer, following in pairwise([*offers, None]):
        assert offer is not None  # noqa: S101 - only the last of a pair can be
        at, decided, status, channel = offer
        end = following[0] if following else None
        if status == Status.OPEN or decided is None:
            yield HandoffMoment(lead_id, at, None, None, channel)
        elif status == Status.REJECTED:
            yield HandoffMoment(lead_id, at, accepted=False, won=False, channel=channel)
        else:
            after = [m for m in moves if m[2] >= decided and (end is None or m[2] < end)]
            yield HandoffMoment(lead_id, at, True, _won(after), channel)


def _won(moves: Iterable[Move]) -> bool | None:
    """Of an accepted lead: won once is won; lost or given back is not; else the deal is open.

    Becoming MQL again ends no deal and opens none.
    """
    stages = [to for _, to, *_ in moves if to in _TOLD]
    if Stage.WON in stages:
        return True
    return False if stages and stages[-1] in _GIVEN_BACK else None


def _of_history(lead_id: int, moves: Sequence[Move]) -> Iterator[HandoffMoment]:
    """Imported moves without offers: cycle by cycle, the first move behind MQL decides."""
    cycles: list[list[Move]] = [[]]
    for move in moves:
        if not move[3]:
            continue
        if move[1] == Stage.MQL:
            cycles.append([])
        else:
            cycles[-1].append(move)
    for theirs in filter(None, cycles):
        start, to, at, _, channel = theirs[0]
        if to in _SOLD:
            yield HandoffMoment(lead_id, at, True, _won(theirs), channel)
        elif start == Stage.MQL:
            yield HandoffMoment(lead_id, at, accepted=False, won=False, channel=channel)
