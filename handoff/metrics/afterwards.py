"""What became of leads since they were rejected: a rejection of the period, followed up to now.

The unit is the rejected offer, by the day of its decision. Counted since that moment, in moves and
offers of its lead:

    recycled    it went back to nurture
    returned    it became MQL again, in a later cycle
    accepted    an offer of a later cycle was accepted
    elsewhere   another offer of the same cycle was accepted, as where a rep was the wrong one
    won         it was won
    out         it was disqualified

A lead may be in several, and one that was rejected twice counts twice. Not additive over time in
any useful way, so it is counted from the rows, and stands in no daily summary.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

from handoff.metrics.facts import NO_RULES, OFFER, RULES, SINCE, placed, with_dimensions
from handoff.metrics.lines import rows_of
from handoff.metrics.scope import Scope

_REJECTED: Final = f"""
    SELECT h.id, h.lead_id, h.decided_at AS at, reason.code, {OFFER}, {{rules}} AS rules{{more}}
    FROM handoff_handoff h
    CROSS JOIN LATERAL (
        SELECT r.code FROM handoff_rejectionreason r WHERE r.id = h.reason_id OFFSET 0
    ) reason
    {{joins}}
    WHERE h.workspace_id = %(workspace)s AND h.status = 'rejected' AND {{within}}"""  # noqa: S608

_FLAGS: Final = (
    ", moves.recycled, moves.returned, others.accepted, others.elsewhere, moves.won, moves.out"
)
_FLAGGED: Final = """
    CROSS JOIN LATERAL (
        SELECT bool_or(s.to_stage = 'nurture') AS recycled,
            bool_or(s.to_stage = 'mql' AND s.counted AND s.cycle > h.cycle) AS returned,
            bool_or(s.to_stage = 'won' AND s.counted) AS won,
            bool_or(s.to_stage = 'disqualified') AS out
        FROM leadqual_stagemove s WHERE s.lead_id = h.lead_id AND s.at >= h.decided_at
    ) moves
    CROSS JOIN LATERAL (
        SELECT bool_or(o.cycle > h.cycle) AS accepted, bool_or(o.cycle = h.cycle) AS elsewhere
        FROM handoff_handoff o
        WHERE o.lead_id = h.lead_id AND o.status = 'accepted' AND o.decided_at >= h.decided_at
    ) others"""


@dataclass(frozen=True)
class Since:
    """Of rejected offers; the others are of `rejected`."""

    rejected: int = 0
    recycled: int = 0
    returned: int = 0
    accepted: int = 0
    elsewhere: int = 0
    won: int = 0
    out: int = 0


def afterwards(scope: Scope) -> dict[str, Since]:
    """By the code of the reason; reasons without a rejection are missing. One query."""
    counts = ", ".join(f"count(*) FILTER (WHERE f.{what})" for what in SINCE)
    rows = _flagged(scope)
    sql = f"""
        SELECT f.code, count(*), {counts} FROM ({rows}) f
        WHERE {scope.narrowed()} GROUP BY 1"""  # noqa: S608 - text of ours
    return {code: Since(*numbers) for code, *numbers in rows_of(sql, scope.parameters())}


def leads_since(scope: Scope, kind: str) -> tuple[str, dict[str, Any]]:
    """SQL for the leads behind a figure, by its kind since:<what>:<code>, and its parameters."""
    _, what, code = kind.split(":", 2)
    assert what in SINCE  # noqa: S101 - see is_kind
    sql = f"""
        SELECT f.lead_id FROM ({_flagged(scope)}) f
        WHERE f.code = %(code)s AND f.{what} AND {scope.narrowed()}"""  # noqa: S608
    return sql, {**scope.parameters(), "code": code}


def _flagged(scope: Scope) -> str:
    flags = ", ".join(f"f.{what}" for what in SINCE)
    columns = f"f.lead_id, f.code, {flags}"
    return _rejected(scope, columns, more=_FLAGS, joins=_FLAGGED)


def latest_rejected(scope: Scope, codes: Collection[str], *, each: int) -> list[int]:
    """The ids of the latest rejected offers of each of the reasons, newest first; leads that were
    erased are left out."""
    present = "JOIN leadqual_lead l ON l.id = h.lead_id AND l.erased_at IS NULL"
    rows = _rejected(scope, "f.id, f.code, f.at", joins=present)
    sql = f"""
        SELECT id FROM (
            SELECT f.id, f.at,
                row_number() OVER (PARTITION BY f.code ORDER BY f.at DESC, f.id DESC) AS place
            FROM ({rows}) f WHERE f.code = ANY (%(codes)s) AND {scope.narrowed()}
        ) found WHERE place <= %(each)s ORDER BY at DESC, id DESC"""  # noqa: S608 - text of ours
    parameters = {**scope.parameters(), "codes": list(codes), "each": each}
    return [pk for [pk] in rows_of(sql, parameters)]


def _rejected(scope: Scope, columns: str, *, more: str = "", joins: str = "") -> str:
    text = _REJECTED.format(
        rules=RULES if "rule" in scope.asked() else NO_RULES,
        more=more,
        joins=joins,
        within=placed(scope.within(), "h.decided_at"),
    )
    return with_dimensions(text, scope.asked(), columns)
