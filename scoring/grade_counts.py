"""How many leads stand in each cell of the matrix of grades, counted in one pass over the scores.

Of each corner is counted how many leads stand there or higher; what is in a cell follows by
taking away its neighbours. So PostgreSQL shares the pass out to several processes and compares
little: by `scoring.standing.grade_case`, grouped, a million leads take twice as long.
"""

from itertools import product

from django.db import connection, transaction
from django.db.models import Count, Q, Value

from accounts.models import Workspace
from scoring.engine.definitions import Definitions
from scoring.models import Score

WORKERS = 3
"""Processes that may help with the pass; PostgreSQL takes two unless told, and somebody waits."""


def cell_counts(workspace: Workspace, definitions: Definitions) -> dict[tuple[str, str], int]:
    """Scored leads by fit band and intent band, of the scores there are, whichever version's."""
    fits, intents = definitions.fit_bands, definitions.intent_bands
    corners = list(product(enumerate(fits), enumerate(intents)))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL max_parallel_workers_per_gather TO %s", [WORKERS])
        higher = Score.objects.of(workspace).aggregate(
            **{
                f"from_{i}_{j}": Count(Value(1), filter=_from(fit, intent))
                for (i, (fit, _)), (j, (intent, _)) in corners
            }
        )
        cursor.execute("SET LOCAL max_parallel_workers_per_gather TO DEFAULT")

    def standing(i: int, j: int) -> int:
        return int(higher.get(f"from_{i}_{j}", 0))

    return {
        (fit_band, intent_band): standing(i, j)
        - (standing(i + 1, j) + standing(i, j + 1) - standing(i + 1, j + 1))
        for (i, (_, fit_band)), (j, (_, intent_band)) in corners
    }


def _from(fit: int, intent: int) -> Q | None:
    """At these floors or higher; nobody is below nought."""
    asked = {"intent__gte": intent, "fit__gte": fit}
    return Q(**{name: floor for name, floor in asked.items() if floor > 0}) or None
