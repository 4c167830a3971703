"""A panel over very many facts is counted once in a while, and kept for less than a minute.

It says when it was counted; what is small is counted each time.
"""

import hashlib
from dataclasses import replace
from datetime import timedelta
from typing import Final

from django.core.cache import cache

from handoff.dashboards.panel import Asked, Page, Panel, Part

MANY: Final = 5_000
KEPT_FOR: Final = timedelta(seconds=55)


def counted(page: Page, part: str, asked: Asked) -> Panel:
    """The panel as of `asked.now`, or as it was counted less than a minute ago."""
    if asked.by not in page.parts[part].asks_by:
        asked = replace(asked, by="")
    key = _key(page, part, asked)
    known: Panel | None = cache.get(key)
    if known is not None:
        return known
    panel = replace(page.parts[part].make(asked), counted_at=asked.now)
    if panel.size >= MANY:
        cache.set(key, panel, int(KEPT_FOR.total_seconds()))
    return panel


def whole(page: Page, asked: Asked) -> list[tuple[Part, Panel]]:
    """Every panel of the page, in its order: for files, mails and whatever shows it at once."""
    return [(part, counted(page, key, asked)) for key, part in page.parts.items()]


def _key(page: Page, part: str, asked: Asked) -> str:
    said = (asked.scope.workspace.pk, page.key, part, asked.by, asked.every, _said(asked))
    return f"panel:{hashlib.sha256(repr(said).encode()).hexdigest()}"


def _said(asked: Asked) -> list[object]:
    scopes = [asked.scope, *([asked.before] if asked.before else [])]
    return [
        (s.period.first, s.period.last, str(s.period.zone), sorted(s.filters.items()))
        for s in scopes
    ]
