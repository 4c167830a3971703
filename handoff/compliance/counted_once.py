"""Panels over very many rows are counted once in a while, and say when they were.

A month of a workspace with a million leads takes a second to count; whoever opens the page within
KEPT_FOR reads what was counted then. A panel of fewer than MANY rows is counted each time, so that
there what was done a moment ago is in it.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

from django.core.cache import cache

from handoff.compliance.months import Scope

MANY: Final = 10_000
KEPT_FOR: Final = timedelta(minutes=10)


def counted_once(
    panel: str, scope: Scope, count: Callable[[Scope], dict[str, Any]]
) -> dict[str, Any]:
    """The panel's figures; `counted_at` is among them where they were not counted just now.

    `size` of what `count` returns is how many rows it has gone through.
    """
    key = _key(panel, scope)
    known: dict[str, Any] | None = cache.get(key)
    if known is not None:
        return known
    found = count(scope)
    if found["size"] >= MANY:
        kept_for = int(KEPT_FOR.total_seconds())
        cache.set(key, found | {"counted_at": scope.now}, kept_for)
    return found


def _key(panel: str, scope: Scope) -> str:
    """Another agreement in force makes other figures at once."""
    latest = scope.agreements[0].number if scope.agreements else 0
    parts = (scope.workspace.pk, panel, scope.month.code, scope.version or "all", latest)
    return f"compliance:{':'.join(map(str, parts))}"
