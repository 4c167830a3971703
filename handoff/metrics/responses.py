"""How soon the offers of a period were answered, and what came of it.

An answer is the rep's decision or the first contact, whichever came first. First contact: the first
touch since the offer and before the lead's next one, whoever of ours made it; elapsed time, nights
and weekends included. Five minutes is the target worth having (001). Dated by the offer.
"""

from dataclasses import dataclass
from typing import Any, Final

from handoff.metrics.durations import FIRST_TOUCH
from handoff.metrics.facts import NO_RULES, OFFER, placed, with_dimensions
from handoff.metrics.lines import rows_of
from handoff.metrics.scope import Scope

FIVE_MINUTES: Final = 300
EDGES: Final = (FIVE_MINUTES, 900, 3_600, 4 * 3_600, 86_400, 3 * 86_400, 7 * 86_400)
SPANS: Final = (
    "Under 5 minutes",
    "5 to 15 minutes",
    "15 minutes to 1 hour",
    "1 to 4 hours",
    "4 to 24 hours",
    "1 to 3 days",
    "3 to 7 days",
    "7 days and more",
)
NEVER: Final = len(SPANS)
"""The place of those without a contact up to now."""

_OFFERS: Final = f"""
    SELECT h.lead_id, h.offered_at AS at, h.status, {OFFER}, {NO_RULES} AS rules,
        extract(epoch FROM t.first - h.offered_at)::float8 AS seconds,
        extract(epoch FROM least(t.first, CASE WHEN h.status IN ('accepted', 'rejected', 'not_mine')
            THEN h.decided_at END) - h.offered_at)::float8 AS answered,
        h.status = 'accepted' AND EXISTS (
            SELECT FROM leadqual_stagemove s WHERE s.lead_id = h.lead_id AND s.cycle = h.cycle
                AND s.counted AND s.to_stage = 'won') AS won
    FROM handoff_handoff h CROSS JOIN LATERAL (SELECT {FIRST_TOUCH} AS first) t
    WHERE h.workspace_id = %(workspace)s AND {{within}}
    OFFSET 0"""  # noqa: S608 - text of ours; each contact is looked up once, however often it is read


@dataclass(frozen=True)
class Answered:
    """Offers whose first contact, or answer, came after such a time; `won` are those accepted and
    won in the cycle of the offer."""

    offers: int = 0
    accepted: int = 0
    rejected: int = 0
    won: int = 0

    @property
    def decided(self) -> int:
        return self.accepted + self.rejected


@dataclass(frozen=True)
class Hour:
    """Offers made in one hour of one weekday; the median is of those contacted, in seconds."""

    offers: int = 0
    contacted: int = 0
    median: float | None = None


def by_span(scope: Scope) -> tuple[list[Answered], list[Answered]]:
    """By the time to the first contact, and by that to the answer: in each, one for each of SPANS,
    and one for NEVER. One query, as looking the contacts up is what costs."""
    edges = ", ".join(map(str, EDGES))
    contacted, answered = (
        f"coalesce(width_bucket(f.{of}, ARRAY[{edges}]::float8[]), {NEVER})"
        for of in ("seconds", "answered")
    )
    rows = _rows(
        scope,
        f"{contacted} * {NEVER + 1} + {answered}",
        "count(*), count(*) FILTER (WHERE f.status = 'accepted'),"
        " count(*) FILTER (WHERE f.status = 'rejected'), count(*) FILTER (WHERE f.won)",
    )
    cells = [(divmod(place, NEVER + 1), counts) for place, *counts in rows]
    spans = range(NEVER + 1)
    by_contact = [_added([n for (of, _), n in cells if of == span]) for span in spans]
    by_answer = [_added([n for (_, of), n in cells if of == span]) for span in spans]
    return by_contact, by_answer


def _added(counts: list[list[int]]) -> Answered:
    return Answered(*(sum(column) for column in zip(*counts, strict=True)))


def by_hour(scope: Scope) -> dict[tuple[int, int], Hour]:
    """By weekday (0 Monday) and hour of the offer, in the zone of the period; one query."""
    local = "f.at AT TIME ZONE %(zone)s"
    rows = _rows(
        scope,
        f"(extract(isodow FROM {local})::int - 1) * 24 + extract(hour FROM {local})::int",
        "count(*), count(f.seconds), percentile_cont(0.5) WITHIN GROUP (ORDER BY f.seconds)",
    )
    return {divmod(place, 24): Hour(*counts) for place, *counts in rows}


def _rows(scope: Scope, place: str, numbers: str) -> list[Any]:
    within = placed(scope.within(), "h.offered_at")
    offers = with_dimensions(
        _OFFERS.format(within=within), scope.asked(), "f.at, f.status, f.seconds, f.answered, f.won"
    )
    sql = f"""
        SELECT {place}, {numbers} FROM ({offers}) f WHERE {scope.narrowed()}
        GROUP BY 1"""  # noqa: S608 - text of ours
    return rows_of(sql, scope.parameters())
