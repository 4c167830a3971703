"""Which review has which parts on its agenda, and making it.

| review | parts |
| --- | --- |
| Metrics | rejected leads, missed clocks, wins and losses |
| Thresholds | acceptance band and thresholds, wins and losses |
| Calibration and hygiene | rules that add noise, stale definitions, wins and losses |

All begin with what is open from last time, and end with what waits for a decision.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from handoff.models import AgendaItem, Review, ReviewKind
from handoff.reviews.agenda.carried import carried, to_decide
from handoff.reviews.agenda.deals import lost, won
from handoff.reviews.agenda.found import Found, Part
from handoff.reviews.agenda.misses import misses
from handoff.reviews.agenda.noise import noise
from handoff.reviews.agenda.rejects import rejects
from handoff.reviews.agenda.stale import stale
from handoff.reviews.agenda.thresholds import thresholds

_FINDS: Final[Mapping[Part, Callable[[Review], Found]]] = {
    Part.DECISION: carried,
    Part.REJECT: rejects,
    Part.MISS: misses,
    Part.THRESHOLD: thresholds,
    Part.NOISE: noise,
    Part.STALE: stale,
    Part.WON: won,
    Part.LOST: lost,
    Part.TO_DECIDE: to_decide,
}
PARTS: Final[Mapping[str, tuple[Part, ...]]] = {
    ReviewKind.METRICS: (
        Part.DECISION,
        Part.REJECT,
        Part.MISS,
        Part.WON,
        Part.LOST,
        Part.TO_DECIDE,
    ),
    ReviewKind.THRESHOLDS: (
        Part.DECISION,
        Part.THRESHOLD,
        Part.WON,
        Part.LOST,
        Part.TO_DECIDE,
    ),
    ReviewKind.CALIBRATION: (
        Part.DECISION,
        Part.NOISE,
        Part.STALE,
        Part.WON,
        Part.LOST,
        Part.TO_DECIDE,
    ),
}


def make_agenda(review: Review) -> tuple[list[AgendaItem], dict[str, Any]]:
    """The items, not saved yet, in their order, and what the review keeps of each part."""
    items: list[AgendaItem] = []
    told = {}
    for part in PARTS[review.kind]:
        found = _FINDS[part](review)
        told[part.value] = found.told
        for item in found.items:
            item.review, item.position = review, len(items)
            items.append(item)
    return items, told
