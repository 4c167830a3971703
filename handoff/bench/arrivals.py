"""Events come in: while everybody is rescored, and until their score is there to be read."""

import time
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from typing import Any

from django.db import connection

from accounts.models import Workspace
from handoff.bench import streams
from handoff.bench.figures import Figure, percentile
from leadqual.models import Lead
from scoring.models import ScoreDirty

SENDERS = 2
A_SECOND, BATCH = 2000, 50


def while_rescoring(workspace: Workspace, *, seconds: float) -> Iterator[Figure]:
    """The same two senders, the scorer beside them: idle, and at a rescore that never ends."""
    rescoring = partial(streams.demand_again_and_again, workspace)
    normal = _sent(workspace, streams.scorer, seconds=seconds, sender="alone")
    busy = _sent(workspace, streams.scorer, rescoring, seconds=seconds, sender="beside")
    rates = len(busy) / seconds, len(normal) / seconds
    yield Figure("ingestion while rescoring", rates[0], "events/s", rates[1], len(busy))
    slow = percentile(busy, 99.9) * 1000, percentile(normal, 99.9) * 1000
    yield Figure("its slowest of a thousand", slow[0], "ms", slow[1], len(busy))


def _sent(
    workspace: Workspace, *works: Callable[[Any], object], seconds: float, sender: str
) -> list[float]:
    leads, found = Lead.objects.of(workspace).count(), streams._fork.Queue()
    run = f"{sender}-{time.time():.0f}"

    def send(n: int, _: Any) -> None:
        streams.send_one_by_one(
            workspace, leads=leads, sender=f"{run}-{n}", seconds=seconds, into=found
        )

    with streams.beside(*(partial(send, n) for n in range(SENDERS)), *works):
        return [took for _ in range(SENDERS) for took in found.get()]


def until_scored(workspace: Workspace, *, seconds: float) -> Figure:
    """From handing in a batch to the moment when the lead's new score can be read.

    The floor is the intake alone: no score can be there before the event is.
    """
    ScoreDirty.objects.all().delete()
    leads, sent = Lead.objects.of(workspace).count(), streams._fork.Queue()
    run = f"scored-{time.time():.0f}"

    def send(n: int, _: Any) -> None:
        streams.send_batches(
            workspace,
            leads=leads,
            sender=f"{run}-{n}",
            seconds=seconds,
            a_second=A_SECOND // SENDERS,
            batch=BATCH,
            into=sent,
        )

    took: list[float] = []
    intake: list[float] = []
    senders = [partial(send, n) for n in range(SENDERS)]
    with streams.beside(*senders, streams.scorer):
        waiting: dict[str, tuple[datetime, float]] = {}
        ended = 0
        while ended < SENDERS or waiting:
            while not sent.empty():
                if (batch := sent.get()) is None:
                    ended += 1
                    continue
                for lead, occurred_at, handed_in, taken in batch:
                    waiting[lead] = (occurred_at, handed_in)
                    intake.append(taken - handed_in)
            for lead in _scored(waiting):
                took.append(time.time() - waiting.pop(lead)[1])
            time.sleep(0.005)
    slow, floor = percentile(took, 95) * 1000, percentile(intake, 95) * 1000
    return Figure("event to new score, p95", slow, "ms", floor, len(took))


def _scored(waiting: dict[str, tuple[datetime, float]]) -> list[str]:
    """Of these leads, the ones whose score knows the event."""
    if not waiting:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT w.code FROM unnest(%s::text[], %s::timestamptz[]) AS w(code, at)"
            " JOIN scoring_score s ON s.lead_id = substr(w.code, 2)::bigint"
            " AND s.last_event_at >= w.at",
            [list(waiting), [at for at, _ in waiting.values()]],
        )
        return [row[0] for row in cursor.fetchall()]
