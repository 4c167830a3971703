"""Matching stored events anew after a signal was added or its definition changed.

Until this is done the signal is judged by the raw columns (`Signal.classified` is false), so that
no number changes when it is done, and nobody has to be scored again. The trigger on signals waits
for everybody who classifies by the old definition before a new one becomes visible, so that the
events below are all there are.
"""

# ruff: noqa: S608 - every value is bound; what is put together here are our own names.

from django.db import connection, transaction
from django.db.models import Max, Min

from accounts.models import Workspace
from leadqual.models import Event
from scoring.engine.gather import unclassified
from scoring.engine.sql import Binder
from scoring.locks import share_model
from scoring.models import Signal
from scoring.signals import Definition, classify_sql

CHUNK = 20_000


def workspaces_waiting() -> list[int]:
    """The workspaces that have a signal to be matched."""
    waiting = Signal.objects.filter(classified=False).order_by("workspace")
    return list(waiting.values_list("workspace", flat=True).distinct())


def reclassify(workspace: Workspace | int, *, chunk: int = CHUNK) -> int:
    """Match the workspace's stored events against its waiting signals; how many events changed.

    Safe to run twice and at the same time. A signal redefined meanwhile stays waiting.
    """
    workspace_id = workspace.pk if isinstance(workspace, Workspace) else workspace
    waiting = unclassified(workspace_id)
    if not waiting:
        return 0
    bounds = Event.objects.filter(workspace=workspace_id).aggregate(Min("pk"), Max("pk"))
    first, last = bounds["pk__min"] or 0, bounds["pk__max"] or 0
    changed = 0
    for after in range(first - 1, last, chunk):
        changed += _match(workspace_id, waiting, after, min(after + chunk, last))
    _finish(workspace_id, waiting)
    return changed


@transaction.atomic
def _match(workspace_id: int, waiting: tuple[Definition, ...], after: int, until: int) -> int:
    bind = Binder()
    mask = f"{bind(sum(1 << each.bit for each in waiting))}::bigint"
    bits = f"(e.signals & ~{mask} | {classify_sql(waiting, bind)})"
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE leadqual_event e SET signals = {bits} WHERE e.workspace_id = %(workspace)s"
            f" AND e.id > %(after)s AND e.id <= %(until)s AND e.signals <> {bits}",
            {**bind.params, "workspace": workspace_id, "after": after, "until": until},
        )
        return int(cursor.rowcount)


@transaction.atomic
def _finish(workspace_id: int, matched: tuple[Definition, ...]) -> None:
    share_model(workspace_id)
    done = [
        signal.pk
        for signal in Signal.objects.filter(workspace=workspace_id, classified=False)
        if Definition.of(signal) in matched
    ]
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('leadqual.classifying', 'on', true)")
        Signal.objects.filter(pk__in=done).update(classified=True)
        cursor.execute("SELECT set_config('leadqual.classifying', 'off', true)")
