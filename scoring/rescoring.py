"""Scoring a whole workspace again, some thousands of leads a transaction, by several workers.

The demand is a row (`Rescore`); its leads are shared out to a few lanes, and each lane remembers
how far it is: a worker that dies loses one chunk. A worker takes any lane that is free, does one
chunk and lets go. Order of locks: the model shared, the lane, the leads in the order of their
ids, their scores, and last, for the moment of counting, the demand.
"""

import time
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import F, Max, Min

from accounts.models import Workspace
from leadqual.models import Lead
from leadqual.stages import Stage
from scoring.engine.compiled import Scope
from scoring.engine.definitions import definitions_of
from scoring.engine.sql import Binder, Compiled
from scoring.locks import share_model
from scoring.models import ModelVersion, Rescore, RescoreLane, Score, ScoreDirty
from scoring.overrides import overridden_sql
from scoring.versions import latest_by_rule_set, published_version
from scoring.writing import WHAT_DIFFERS, forget_absent, write_scores

CHUNK = 5000
"""Leads are locked while their chunk is scored; who writes one of them waits so long."""
LANES = 4
PAUSE = 0.1
"""Seconds between two looks at what is in other hands."""
SPARSE = 4
"""Where so many ids stand for one lead of the workspace, the leads are visited one by one."""

_WITH_LEAD = "JOIN leadqual_lead l ON l.id = f.lead_id"
# Follows from the join; without it PostgreSQL may read all leads for each chunk.
_OF_RANGE = " AND l.id > %(after)s AND l.id <= %(until)s"
_WITH_FACTS = f"{_WITH_LEAD} LEFT JOIN leadqual_company c ON c.id = l.company_id"


def demand_rescore(workspace: Workspace | int, *, reason: Rescore.Reason, now: datetime) -> Rescore:
    """Have every lead of the workspace scored again in the background."""
    workspace_id = workspace.pk if isinstance(workspace, Workspace) else workspace
    return Rescore.objects.create(workspace_id=workspace_id, reason=reason, requested_at=now)


def rescore_workspace(version: ModelVersion, *, now: datetime, chunk: int = CHUNK) -> int:
    """Score every lead of the version's workspace now, by the version in force; how many.

    Outside a transaction each chunk is one of its own. Returns when all is done, also what other
    workers took on of it.
    """
    demand = demand_rescore(version.workspace_id, reason=Rescore.Reason.DEMANDED, now=now)
    while demand.finished_at is None:
        if not rescore_chunk(demand.pk, version.workspace_id, now=now, chunk=chunk):
            demand.refresh_from_db()
            if demand.finished_at is None:
                time.sleep(PAUSE)
    return demand.leads_done


def rescore_next(*, now: datetime, chunk: int = CHUNK) -> bool:
    """Work off one chunk of one demand that nobody else works on; whether there was any.

    Of several demands of a workspace the newest is taken: it starts again from the first lead
    and so does the work of the older ones.
    """
    waiting = Rescore.objects.filter(finished_at=None)
    newest = waiting.order_by("workspace_id", "-pk").distinct("workspace_id")
    return any(
        rescore_chunk(demand, workspace_id, now=now, chunk=chunk)
        for demand, workspace_id in newest.values_list("pk", "workspace_id")
    )


@transaction.atomic
def rescore_chunk(demand_id: int, workspace_id: int, *, now: datetime, chunk: int) -> bool:
    """One chunk of a lane that is free; false where the demand is finished or in other hands.

    Leads whose standing changed, against what was said of their numbers until now, go to
    QualificationDue.
    """
    share_model(workspace_id)
    lane = _free_lane(demand_id) or _share_out(demand_id, now=now, chunk=chunk)
    if lane is None:
        return False
    with connection.cursor() as cursor:
        # A crash may lose the last chunks, together with how far their lanes were.
        cursor.execute("SET LOCAL synchronous_commit TO off")
    # Leads that come in from here on are in the queue of the dirty.
    locked = _lock_next(lane, workspace_id, chunk=chunk)
    if locked:
        _score([lead_id for lead_id, _ in locked], workspace_id, after=lane.after_lead_id, now=now)
        forget_absent([lead_id for lead_id, absent in locked if absent])
        lane.after_lead_id = locked[-1][0]
    if len(locked) < chunk or lane.after_lead_id == lane.until_lead_id:
        lane.delete()
    else:
        lane.save(update_fields=["after_lead_id"])
    Rescore.objects.filter(pk=demand_id).update(leads_done=F("leads_done") + len(locked))
    return True


def _free_lane(demand_id: int) -> RescoreLane | None:
    lanes = RescoreLane.objects.filter(rescore=demand_id, rescore__finished_at=None)
    return lanes.select_for_update(of=("self",), skip_locked=True).order_by("pk").first()


def _lock_next(lane: RescoreLane, workspace_id: int, *, chunk: int) -> list[tuple[int, bool]]:
    """The ids of the lane's next leads, each with whether it was merged or erased."""
    with connection.cursor() as cursor:  # the ORM would take twice as long for as many rows
        cursor.execute(
            "SELECT id, merged_into_id IS NOT NULL OR erased_at IS NOT NULL FROM leadqual_lead"
            " WHERE workspace_id = %s AND id > %s AND id <= %s ORDER BY id LIMIT %s"
            " FOR NO KEY UPDATE",
            [workspace_id, lane.after_lead_id, lane.until_lead_id, chunk],
        )
        found: list[tuple[int, bool]] = cursor.fetchall()
    return found


def _share_out(demand_id: int, *, now: datetime, chunk: int) -> RescoreLane | None:
    """Begin a demand, and return its first lane; end one that has no lane left.

    Leads that come in later are not among them: they are scored from the queue of the dirty.
    """
    waiting = Rescore.objects.filter(pk=demand_id, finished_at=None)
    demand = waiting.select_for_update(skip_locked=True).first()
    if demand is None:
        return None
    if not demand.after_lead_id and published_version(demand.workspace_id):
        leads = Lead.objects.filter(workspace=demand.workspace_id)
        bounds = leads.aggregate(first=Min("pk"), last=Max("pk"))
        if bounds["first"]:
            return _cut(demand, bounds["first"] - 1, bounds["last"], chunk=chunk)
    elif demand.lanes.exists():
        return None
    older = Rescore.objects.filter(
        workspace=demand.workspace_id, finished_at=None, pk__lte=demand_id
    )
    RescoreLane.objects.filter(rescore__in=older).delete()
    older.update(finished_at=now)
    return None


def _cut(demand: Rescore, first: int, last: int, *, chunk: int) -> RescoreLane:
    """Lanes over as many ids each, wide enough to be worth another worker."""
    width = max(-(-(last - first) // LANES), chunk)
    lanes = RescoreLane.objects.bulk_create(
        RescoreLane(rescore=demand, after_lead_id=after, until_lead_id=min(after + width, last))
        for after in range(first, last, width)
    )
    demand.after_lead_id = last
    demand.leads_total = Lead.objects.filter(workspace=demand.workspace_id).count()
    demand.save(update_fields=["after_lead_id", "leads_total"])
    return lanes[0]


def _score(lead_ids: list[int], workspace_id: int, *, after: int, now: datetime) -> None:
    """The leads are locked; `after` is the id behind which the first of them comes."""
    version = published_version(workspace_id)
    if version is None:
        return
    due, joins = _standing_changed(version, lead_ids)
    is_due = due.text
    if lead_ids[-1] - after > SPARSE * len(lead_ids):
        scope, reach = Scope.EACH, dict[str, Any](ids=lead_ids)
    else:
        scope, reach = Scope.ALL, dict[str, Any](after=after, until=lead_ids[-1])
        is_due += _OF_RANGE
    written = write_scores(
        version,
        scope,
        now=now,
        due=is_due,
        joins=joins,
        only=WHAT_DIFFERS,
        **reach,
        **due.params,
    )
    # A lead that came in between locking and computing was not locked: somebody else may have
    # scored it by newer facts, so it is scored once more.
    known = set(lead_ids)
    ScoreDirty.objects.bulk_create(
        ScoreDirty(lead_id=row[0]) for row in written if row[0] not in known
    )


def _standing_changed(version: ModelVersion, lead_ids: list[int]) -> tuple[Compiled, str]:
    """Over f (new) and s (old): the lead stands elsewhere now, or may have earned what wakes it;
    with the joins that this asks for.

    Old numbers are held against the last version with the rules that made them, as
    `scoring.standing` does. A nurtured lead that is an MQL all along wakes by intent alone.
    Where a person's number stands beside the computed ones, the lead is looked at in any case.
    """
    bind = Binder(prefix="d")
    scores = Score.objects.filter(
        workspace=version.workspace_id, pk__gte=lead_ids[0], pk__lte=lead_ids[-1]
    )
    made_by = scores.order_by().values_list("rule_set", flat=True).distinct()
    latest = latest_by_rule_set(version.workspace_id)
    new = definitions_of(version)
    olds = {
        rule_set: definitions_of(latest[rule_set]) for rule_set in sorted(filter(None, made_by))
    }
    # The same facts asked for before and after: whether they are known changes nothing.
    facts = any(old.required_facts != new.required_facts for old in olds.values())
    after = new.standing_sql("f.fit", "f.intent", "f.disqualified", bind, facts=facts)
    whens = []
    for rule_set, old in olds.items():
        before = old.standing_sql("s.fit", "s.intent", "s.disqualified", bind, facts=facts)
        whens.append(f"WHEN {bind(rule_set)} THEN {before}")
    before = f"CASE s.rule_set_id {' '.join(whens)} ELSE '' END" if whens else "''"
    woken = f"l.stage = {bind(Stage.NURTURE.value)} AND f.intent > s.intent"
    text = f"({before} <> {after} OR {woken} OR {overridden_sql('l')})"
    return Compiled(text, bind.params, {}), _WITH_FACTS if facts else _WITH_LEAD


def progress(workspace: Workspace) -> tuple[int, int] | None:
    """Leads scored again and leads in all, of the demand under way; None where there is none.

    Leads are counted when the demand begins, not each time that somebody asks.
    """
    demand = Rescore.objects.of(workspace).filter(finished_at=None).order_by("pk").last()
    if demand is None:
        return None
    return demand.leads_done, demand.leads_total or Lead.objects.of(workspace).count()
