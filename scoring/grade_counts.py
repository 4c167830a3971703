"""How many leads have each grade: the matrix, counted in one pass over a workspace's scores.

Of each corner is counted how many leads stand there or higher; what is in a cell follows by
taking away its neighbours. So PostgreSQL shares the pass out to several processes and compares
little: by `scoring.standing.grade_case`, grouped, a million leads take twice as long.
"""

from collections import Counter
from itertools import product

from django.db import connection, transaction
from django.db.models import Count, Q, Value

from accounts.models import Workspace, WorkspaceQuerySet
from scoring.engine.definitions import Definitions, definitions_of
from scoring.models import Rescore, Score
from scoring.versions import latest_by_rule_set, published_version

WORKERS = 3
"""Processes that may help with the pass; PostgreSQL takes two unless told, and somebody waits."""


def grade_counts(workspace: Workspace) -> dict[str, int]:
    """Scored leads by grade; under "" those of cells that have none. {} without a model in force.

    While a rescore is under way, leads not yet reached count by the version that made their
    numbers, as in `grade_case`.
    """
    version = published_version(workspace)
    if version is None:
        return {}
    scores = Score.objects.of(workspace)
    versions = {version.rule_set_id: version}
    if Rescore.objects.of(workspace).filter(finished_at=None).exists():
        versions = {**latest_by_rule_set(workspace.pk), **versions}  # type: ignore[dict-item]
        made_by = set(scores.order_by().values_list("rule_set", flat=True).distinct())
        versions = {rule_set: each for rule_set, each in versions.items() if rule_set in made_by}
    found: Counter[str] = Counter()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL max_parallel_workers_per_gather TO %s", [WORKERS])
        for rule_set, each in versions.items():
            found.update(_counted(scores.filter(rule_set=rule_set), definitions_of(each)))
        cursor.execute("SET LOCAL max_parallel_workers_per_gather TO DEFAULT")
    return {grade: leads for grade, leads in sorted(found.items()) if leads}


def _counted(scores: WorkspaceQuerySet[Score], definitions: Definitions) -> Counter[str]:
    fits = [floor for floor, _ in definitions.fit_bands]
    intents = [floor for floor, _ in definitions.intent_bands]
    corners = list(product(enumerate(fits), enumerate(intents)))
    higher = scores.aggregate(
        **{
            f"from_{i}_{j}": Count(Value(1), filter=_from(fit, intent))
            for (i, fit), (j, intent) in corners
        }
    )

    def standing(i: int, j: int) -> int:
        return int(higher.get(f"from_{i}_{j}", 0))

    found: Counter[str] = Counter()
    for (i, fit), (j, intent) in corners:
        above = standing(i + 1, j) + standing(i, j + 1) - standing(i + 1, j + 1)
        found[definitions.grade(fit, intent)] += standing(i, j) - above
    return found


def _from(fit: int, intent: int) -> Q | None:
    """At these floors or higher; nobody is below nought."""
    asked = {"intent__gte": intent, "fit__gte": fit}
    return Q(**{name: floor for name, floor in asked.items() if floor > 0}) or None
