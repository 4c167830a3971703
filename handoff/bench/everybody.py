"""Scoring everybody again: computing alone, with writes, and beside a loop over the leads."""

# ruff: noqa: S608 - every value is bound; the text comes from scoring.engine.compiled

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from django.core.management.base import CommandError
from django.db import connection, transaction

from accounts.models import User, Workspace
from handoff.bench.figures import Figure, median_seconds
from handoff.bench.fill import moment_of, vacuum
from handoff.bench.memory import Watch
from handoff.management.commands.scorer import HANDS as PRODUCT_HANDS
from leadqual.models import Lead
from scoring.engine.compiled import Scope, compiled
from scoring.engine.evaluate import evaluate
from scoring.engine.gather import gather, unclassified
from scoring.engine.rules import RuleSet, rules_of
from scoring.models import QualificationDue, Rescore, Score
from scoring.models.versions import Axis
from scoring.publishing import open_draft, publish
from scoring.rescoring import CHUNK, demand_rescore, rescore_next
from scoring.versions import published_version

HANDS = 4
"""Connections at work on a full rescore: one for each lane, as four scorers would."""
SAMPLE, LOOPED = 500, 300
DAY = timedelta(days=1)

SCAN = "SELECT count(*), max(occurred_at), bit_or(signals) FROM leadqual_event"
"""The floor: the covering index read once, by as many processes as PostgreSQL chooses."""


def scan_seconds() -> float:
    """One scan of the covering index. Raises CommandError where something else would be read."""
    with connection.cursor() as cursor:
        cursor.execute("SET enable_seqscan = off")
        cursor.execute(f"EXPLAIN {SCAN}")
        plan = "\n".join(row[0] for row in cursor.fetchall())
        if "Index Only Scan using event_of_lead" not in plan:
            raise CommandError(f"The floor is not a scan of the covering index:\n{plan}")
        seconds = median_seconds(lambda: cursor.execute(SCAN))
        cursor.execute("RESET enable_seqscan")
    return seconds


def computing(workspace: Workspace, *, scan: float) -> Figure:
    """Every lead's numbers are computed and added up; nothing is written."""
    rules, at = _rules(workspace), moment_of(workspace)
    _compare_with_python(workspace, rules, at=at)
    query = compiled(rules, unclassified(workspace.pk), Scope.ALL)
    text = f"SELECT count(*), sum(fit), sum(intent), max(next_expiry) FROM ({query.text}) numbers"
    chunks = _chunks(workspace)

    def compute(share: Sequence[tuple[int, int]]) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET max_parallel_workers_per_gather = 0")
            for after, until in share:
                cursor.execute(text, query.values(at, after=after, until=until))

    shares = [chunks[n::HANDS] for n in range(HANDS)]
    seconds = median_seconds(lambda: by_hands(lambda n: compute(shares[n])), times=3)
    leads = Lead.objects.of(workspace).count()
    return Figure("rescore, computing", seconds, "s", scan, leads)


def _rules(workspace: Workspace) -> RuleSet:
    version = published_version(workspace)
    assert version is not None  # noqa: S101
    return rules_of(version)


def _chunks(workspace: Workspace) -> list[tuple[int, int]]:
    ids = list(Lead.objects.of(workspace).order_by("pk").values_list("pk", flat=True))
    ends = [*ids[CHUNK - 1 :: CHUNK], ids[-1]]
    return list(zip([0, *ends], ends, strict=False))


def _compare_with_python(workspace: Workspace, rules: RuleSet, *, at: datetime) -> None:
    """Of leads from all over the table; raises CommandError with the first that differs."""
    query = compiled(rules, unclassified(workspace.pk), Scope.ALL)
    ids = list(Lead.objects.of(workspace).present().order_by("pk").values_list("pk", flat=True))
    sample = ids[:: max(1, len(ids) // SAMPLE)]
    facts = gather(sample, rules)
    for lead_id in sample:
        with connection.cursor() as cursor:
            cursor.execute(query.text, query.values(at, after=lead_id - 1, until=lead_id))
            in_sql = cursor.fetchall()[0][2:7]
        e = evaluate(facts[lead_id], rules, at=at)
        in_python = (e.fit, e.intent, bool(e.flags), e.last_event_at, e.next_expiry)
        if in_sql != in_python:
            raise CommandError(f"Lead {lead_id}: SQL says {in_sql}, Python says {in_python}")


def by_hands(work: Callable[[int], object], hands: int = HANDS) -> None:
    """Do it in so many threads, each with a connection of its own; raises what one of them does."""

    def one(n: int) -> None:
        try:
            work(n)
        finally:
            connection.close()

    with ThreadPoolExecutor(hands) as pool:
        list(pool.map(one, range(hands)))


def rescore_all(workspace: Workspace, *, now: datetime, hands: int = HANDS) -> float:
    """The product's own rescore of everybody, by so many at once; seconds."""
    if not Rescore.objects.of(workspace).filter(finished_at=None).exists():
        demand_rescore(workspace, reason=Rescore.Reason.DEMANDED, now=now)
    began = time.perf_counter()
    rescore_next(now=now)  # shares it out

    def drain(_: int) -> None:
        while rescore_next(now=now):
            pass

    by_hands(drain, hands)
    return time.perf_counter() - began


def writing(workspace: Workspace, *, scan: float) -> Iterator[Figure]:
    """Nights: every lead is scored as of a day later, and what changed is written."""
    at, leads = moment_of(workspace), Lead.objects.of(workspace).count()
    rescore_all(workspace, now=at)
    took = []
    with Watch() as watch:
        for night in range(1, 4):
            vacuum("scoring_score")
            took.append(rescore_all(workspace, now=at + night * DAY))
    seconds = sorted(took)[1]
    yield Figure("rescore, writing what changed", seconds, "s", scan, leads)
    written = Score.objects.of(workspace).filter(scored_at=at + 3 * DAY).count()
    yield Figure("scores that a night changes", written, "rows", leads, leads)
    vacuum("scoring_score")
    by_product = rescore_all(workspace, now=at + 4 * DAY, hands=PRODUCT_HANDS)
    yield Figure("the same by the product's scorer", by_product, "s", scan, leads)
    looped = _looped(workspace, now=at + 5 * DAY) * leads
    yield Figure("loop over the leads", looped, "s", seconds, LOOPED)
    yield watch.figure(leads)
    QualificationDue.objects.all().delete()


def publishing(workspace: Workspace, *, scan: float) -> Figure:
    """Every fit rule gives a point more, then no more: each time every score is written."""
    now = moment_of(workspace)
    _publish_fit_points(workspace, 1, now=now)
    try:
        took = _rescored(workspace, now=now)
    finally:  # the database is measured again another day
        _publish_fit_points(workspace, -1, now=now)
    took = min(took, _rescored(workspace, now=now))
    QualificationDue.objects.all().delete()
    return Figure("rescore after a publication", took, "s", scan, Score.objects.count())


@transaction.atomic
def _publish_fit_points(workspace: Workspace, more: int, *, now: datetime) -> None:
    draft = open_draft(workspace=workspace, by=None, now=now)
    for rule in draft.attributerules.filter(axis=Axis.FIT):
        rule.points += more
        rule.save(update_fields=["points"])
    publish(draft, by=User.objects.earliest("pk"), now=now)


def _rescored(workspace: Workspace, *, now: datetime) -> float:
    vacuum("scoring_score")
    return rescore_all(workspace, now=now)


def _looped(workspace: Workspace, *, now: datetime) -> float:
    """Seconds a lead of what one would write first: fetch, evaluate, save, lead by lead."""
    rules, rule_set = _rules(workspace), Score.objects.of(workspace).earliest("pk").rule_set_id
    ids = list(Lead.objects.of(workspace).order_by("pk").values_list("pk", flat=True))
    sample = ids[:: max(1, len(ids) // LOOPED)][:LOOPED]
    began = time.perf_counter()
    for lead_id in sample:
        lead = Lead.objects.select_related("company").get(pk=lead_id)
        e = evaluate(gather([lead.pk], rules)[lead.pk], rules, at=now)
        Score.objects.update_or_create(
            lead=lead,
            defaults={
                "workspace_id": lead.workspace_id,
                "fit": e.fit,
                "intent": e.intent,
                "disqualified": bool(e.flags),
                "last_event_at": e.last_event_at,
                "next_expiry": e.next_expiry,
                "scored_at": now,
                "rule_set_id": rule_set,
            },
        )
    return (time.perf_counter() - began) / len(sample)
