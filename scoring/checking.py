"""Are the stored scores what the rules say? Each is computed twice more, in SQL and in Python,
as of the moment when it was made."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from accounts.models import Workspace
from leadqual.models import Lead
from scoring.colleagues import waiting
from scoring.engine.compiled import Scope, compiled
from scoring.engine.evaluate import evaluate
from scoring.engine.gather import gather, unclassified
from scoring.engine.rules import RuleSet, rules_of
from scoring.locks import share_model
from scoring.models import ModelVersion, Rescore, Score
from scoring.versions import latest_by_rule_set, published_version
from scoring.writing import lock_leads

CHUNK = 500


@dataclass(frozen=True)
class Numbers:
    fit: float
    intent: float
    disqualified: bool
    last_event_at: datetime | None
    next_expiry: datetime | None


@dataclass(frozen=True)
class Difference:
    lead_id: int
    sentence: str


class Unsettled(Exception):
    """The workspace's leads are being scored again: what is stored may be of before, and right all
    the same."""


def differences(workspace: Workspace) -> Iterator[Difference]:
    """Of every lead that is not waiting to be scored anyway. Locks 500 leads at a time.

    Raises Unsettled, at the first lead or where it happens meanwhile.
    """
    after = 0
    while True:
        leads = Lead.objects.of(workspace).filter(pk__gt=after).order_by("pk")
        lead_ids = list(leads.values_list("pk", flat=True)[:CHUNK])
        if not lead_ids:
            return
        yield from _in_chunk(workspace, lead_ids)
        after = lead_ids[-1]


def differences_among(workspace: Workspace, lead_ids: Sequence[int]) -> list[Difference]:
    """The same of some leads, given by ids that belong to the workspace, in their order.

    Raises Unsettled.
    """
    found: list[Difference] = []
    for start in range(0, len(lead_ids), CHUNK):
        found += _in_chunk(workspace, lead_ids[start : start + CHUNK])
    return found


@transaction.atomic
def _in_chunk(workspace: Workspace, lead_ids: Sequence[int]) -> list[Difference]:
    share_model(workspace.pk)
    if _is_unsettled(workspace.pk):
        raise Unsettled(f"{workspace.slug} is being scored again.")
    lock_leads(lead_ids)
    version = published_version(workspace)
    stored = {score.pk: score for score in Score.objects.filter(pk__in=lead_ids)}
    found = [*_wrong_numbers(workspace, stored), *_wrong_presence(version, lead_ids, stored)]
    unsettled = waiting(lead_ids) if found else set()
    return [difference for difference in found if difference.lead_id not in unsettled]


def _is_unsettled(workspace_id: int) -> bool:
    return Rescore.objects.filter(workspace=workspace_id, finished_at=None).exists()


def _wrong_numbers(workspace: Workspace, stored: dict[int, Score]) -> Iterator[Difference]:
    by_rule_set: dict[int, list[Score]] = defaultdict(list)
    for score in stored.values():
        by_rule_set[score.rule_set_id].append(score)
    latest = latest_by_rule_set(workspace.pk)
    for rule_set, scores in by_rule_set.items():
        rules = rules_of(latest[rule_set])
        in_sql = _by_sql(rules, [score.pk for score in scores])
        in_python = _by_python(rules, scores)
        for score in scores:
            kept = Numbers(
                score.fit,
                score.intent,
                score.disqualified,
                score.last_event_at,
                score.next_expiry,
            )
            for name, numbers in (("SQL", in_sql), ("Python", in_python)):
                if numbers.get(score.pk) != kept:
                    yield Difference(
                        score.pk, f"stored {kept}, {name} says {numbers.get(score.pk)}"
                    )


def _by_sql(rules: RuleSet, lead_ids: Sequence[int]) -> dict[int, Numbers]:
    query = compiled(rules, unclassified(rules.workspace_id), Scope.AS_SCORED)
    with connection.cursor() as cursor:
        cursor.execute(query.text, query.values(ids=list(lead_ids)))
        return {row[0]: Numbers(*row[2:]) for row in cursor.fetchall()}


def _by_python(rules: RuleSet, scores: Sequence[Score]) -> dict[int, Numbers]:
    facts = gather([score.pk for score in scores], rules)
    found = {}
    for score in scores:
        if score.pk in facts:
            e = evaluate(facts[score.pk], rules, at=score.scored_at)
            found[score.pk] = Numbers(
                e.fit, e.intent, bool(e.flags), e.last_event_at, e.next_expiry
            )
    return found


def _wrong_presence(
    version: ModelVersion | None, lead_ids: Sequence[int], stored: dict[int, Score]
) -> Iterator[Difference]:
    """Leads without a score, scores without a lead, scores that a publication has forgotten."""
    if version is None:
        return
    present = set(Lead.objects.filter(pk__in=lead_ids).present().values_list("pk", flat=True))
    for lead_id in lead_ids:
        score = stored.get(lead_id)
        if score is None:
            if lead_id in present:
                yield Difference(lead_id, "has no score")
        elif lead_id not in present:
            yield Difference(lead_id, "was merged or erased, but has a score")
        elif score.rule_set_id != version.rule_set_id:
            yield Difference(lead_id, "still has the score of an older version's rules")
