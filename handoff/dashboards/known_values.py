"""The values that each dimension has: what filters offer."""

from typing import Final

from django.core.cache import cache
from django.db import connection

from accounts.models import Workspace
from handoff.metrics.summary import freshen

_KINDS: Final = ["entered:new", "mql", "offered"]
_KEPT_FOR: Final = 60  # seconds

# From each value to the next by the index of the summary: it costs as much as there are values,
# however many days there are.
_WALK: Final = """
    WITH RECURSIVE walk (kind, dimension, value) AS (
        SELECT k.kind, f.dimension, f.value FROM unnest(%(kinds)s::text[]) k (kind)
        CROSS JOIN LATERAL (
            SELECT d.dimension, d.value FROM handoff_daycount d
            WHERE d.workspace_id = %(workspace)s AND d.kind = k.kind AND d.dimension > ''
            ORDER BY d.dimension, d.value LIMIT 1) f
        UNION ALL
        SELECT w.kind, n.dimension, n.value FROM walk w CROSS JOIN LATERAL (
            SELECT d.dimension, d.value FROM handoff_daycount d
            WHERE d.workspace_id = %(workspace)s AND d.kind = w.kind
                AND (d.dimension, d.value) > (w.dimension, w.value)
            ORDER BY d.dimension, d.value LIMIT 1) n
    )
    SELECT DISTINCT dimension, value FROM walk"""


def known_values(workspace: Workspace) -> dict[str, list[str]]:
    """By the code of the dimension, as stored; read once a minute."""
    key = f"dimension-values:{workspace.pk}"
    found: dict[str, list[str]] | None = cache.get(key)
    if found is None:
        freshen(workspace)
        found = {}
        with connection.cursor() as cursor:
            cursor.execute(_WALK, {"workspace": workspace.pk, "kinds": _KINDS})
            for dimension, value in cursor.fetchall():
                found.setdefault(dimension, []).append(value)
        cache.set(key, found, _KEPT_FOR)
    return found
