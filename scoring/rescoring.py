"""Scoring a whole workspace again, some thousands of leads a transaction.

The demand is a row (`Rescore`) that remembers how far it is: a worker that dies loses one chunk.
Chunks of 5,000 leave ingestion nearly its normal speed (94 %, shared/scoring.md).
"""

from datetime import datetime

from django.db import transaction

from accounts.models import Workspace
from leadqual.models import Lead
from leadqual.stages import Stage
from scoring.compiled import Scope
from scoring.definitions import definitions_of
from scoring.locks import share_model
from scoring.models import ModelVersion, Rescore, Score, ScoreDirty
from scoring.overrides import overridden_sql
from scoring.sql import Binder, Compiled
from scoring.versions import latest_by_rule_set, published_version
from scoring.writing import ONLY_WHAT_DIFFERS, forget_absent, write_scores

CHUNK = 5000

_WITH_FACTS = (
    "JOIN leadqual_lead l ON l.id = f.lead_id LEFT JOIN leadqual_company c ON c.id = l.company_id"
)


def demand_rescore(workspace: Workspace | int, *, reason: Rescore.Reason, now: datetime) -> Rescore:
    """Have every lead of the workspace scored again in the background."""
    workspace_id = workspace.pk if isinstance(workspace, Workspace) else workspace
    return Rescore.objects.create(workspace_id=workspace_id, reason=reason, requested_at=now)


def rescore_workspace(version: ModelVersion, *, now: datetime, chunk: int = CHUNK) -> int:
    """Score every lead of the version's workspace now, by the version in force; how many.

    Outside a transaction each chunk is one of its own.
    """
    demand = demand_rescore(version.workspace_id, reason=Rescore.Reason.DEMANDED, now=now)
    while rescore_chunk(demand.pk, version.workspace_id, now=now, chunk=chunk):
        pass
    demand.refresh_from_db()
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
    """One chunk; false where the demand is finished or in other hands.

    Leads whose standing changed, against what was said of their numbers until now, go to
    QualificationDue.
    """
    share_model(workspace_id)
    waiting = Rescore.objects.filter(pk=demand_id, finished_at=None)
    demand = waiting.select_for_update(skip_locked=True).first()
    if demand is None:
        return False
    version = published_version(workspace_id)
    leads = Lead.objects.filter(workspace=workspace_id, pk__gt=demand.after_lead_id).order_by("pk")
    locked = list(leads.select_for_update(no_key=True).values_list("pk", flat=True)[:chunk])
    if version is None or not locked:
        older = Rescore.objects.filter(workspace=workspace_id, finished_at=None, pk__lte=demand_id)
        older.update(finished_at=now)
        return False
    due = _standing_changed(version, locked)
    written = write_scores(
        version,
        Scope.ALL,
        now=now,
        due=due.text,
        joins=_WITH_FACTS,
        only=ONLY_WHAT_DIFFERS,
        after=demand.after_lead_id,
        until=locked[-1],
        **due.params,
    )
    # A lead that came in between locking and computing was not locked: somebody else may have
    # scored it by newer facts, so it is scored once more.
    known = set(locked)
    ScoreDirty.objects.bulk_create(
        ScoreDirty(lead_id=row[0]) for row in written if row[0] not in known
    )
    forget_absent(locked)
    demand.after_lead_id, demand.leads_done = locked[-1], demand.leads_done + len(locked)
    demand.save(update_fields=["after_lead_id", "leads_done"])
    return True


def _standing_changed(version: ModelVersion, lead_ids: list[int]) -> Compiled:
    """Over f (new) and s (old): the lead stands elsewhere now, or may have earned what wakes it.

    Old numbers are held against the last version with the rules that made them, as
    `scoring.standing` does. A nurtured lead that is an MQL all along wakes by intent alone.
    Where a person's number stands beside the computed ones, the lead is looked at in any case.
    """
    bind = Binder(prefix="d")
    after = definitions_of(version).standing_sql("f.fit", "f.intent", "f.disqualified", bind)
    scores = Score.objects.filter(
        workspace=version.workspace_id, pk__gte=lead_ids[0], pk__lte=lead_ids[-1]
    )
    made_by = scores.order_by().values_list("rule_set", flat=True).distinct()
    latest = latest_by_rule_set(version.workspace_id)
    whens = []
    for rule_set in sorted(filter(None, made_by)):
        old = definitions_of(latest[rule_set])
        before = old.standing_sql("s.fit", "s.intent", "s.disqualified", bind)
        whens.append(f"WHEN {bind(rule_set)} THEN {before}")
    before = f"CASE s.rule_set_id {' '.join(whens)} ELSE '' END" if whens else "''"
    woken = f"l.stage = {bind(Stage.NURTURE.value)} AND f.intent > s.intent"
    return Compiled(f"({before} <> {after} OR {woken} OR {overridden_sql('l')})", bind.params, {})


def progress(workspace: Workspace) -> tuple[int, int] | None:
    """Leads scored again and leads in all, of the demand under way; None where there is none."""
    demand = Rescore.objects.of(workspace).filter(finished_at=None).order_by("pk").last()
    if demand is None:
        return None
    return demand.leads_done, Lead.objects.of(workspace).count()
