"""Which rules had hit when an offer was made, by its packet, and what became of these leads.

The latest LOOKED_AT decided offers of the period. A packet names every rule of the version it was
made by, hit or not: a rule that is newer than an offer was not asked there. Packets of erased
people are empty: they count neither here nor in what the shares are of.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from django.db import connection

from accounts.models import Workspace

LOOKED_AT: Final = 5_000

_HITS: Final = """
WITH decided AS MATERIALIZED (
    SELECT h.status = 'accepted' AS accepted, o.won,
        h.packet #> '{explanation,rules}' AS rules
    FROM (
        SELECT id, lead_id, cycle, status, packet FROM handoff_handoff
        WHERE workspace_id = %(workspace)s AND status IN ('accepted', 'rejected')
            AND decided_at >= %(since)s::timestamptz
            AND decided_at < %(until)s::timestamptz
            AND packet #> '{explanation,rules}' IS NOT NULL
        ORDER BY decided_at DESC, id DESC LIMIT %(most)s
    ) h
    LEFT JOIN handoff_opportunity o
        ON o.lead_id = h.lead_id AND o.cycle = h.cycle AND h.status = 'accepted'
)
SELECT '', '', '', count(*), count(*) FILTER (WHERE accepted),
    count(*) FILTER (WHERE won IS NOT NULL), count(*) FILTER (WHERE won), 0, 0, 0, 0, 0
FROM decided
UNION ALL
SELECT r ->> 'axis', r ->> 'name', coalesce(r ->> 'persona', ''),
    count(*), count(*) FILTER (WHERE accepted),
    count(*) FILTER (WHERE won IS NOT NULL), count(*) FILTER (WHERE won),
    count(*) FILTER (WHERE hit), count(*) FILTER (WHERE hit AND accepted),
    count(*) FILTER (WHERE hit AND won IS NOT NULL), count(*) FILTER (WHERE hit AND won),
    count(*) FILTER (WHERE (r ->> 'is_meant')::boolean)
FROM decided CROSS JOIN LATERAL jsonb_array_elements(decided.rules) r
CROSS JOIN LATERAL (SELECT (r ->> 'hit')::boolean AS hit) h
GROUP BY 1, 2, 3
"""


@dataclass(frozen=True)
class Ends:
    """Decided offers, so many of them accepted; `closed` deals came of them, `won` of these."""

    decided: int = 0
    accepted: int = 0
    closed: int = 0
    won: int = 0


@dataclass(frozen=True)
class Hits:
    """Of one rule: the offers at which it was asked, and those of them at which it had hit.
    `meant`: so many of the leads asked were of its persona."""

    asked: Ends
    hit: Ends
    meant: int


Rule = tuple[str, str]
"""Axis and name, as the packets have them."""


@dataclass(frozen=True)
class RuleHits:
    """`whole` is of all offers looked at; `personas` are the rules of each."""

    whole: Ends
    rules: dict[Rule, Hits]
    personas: dict[str, list[Hits]]


def rule_hits(workspace: Workspace, *, since: datetime, until: datetime) -> RuleHits:
    """One query."""
    parameters: dict[str, int | str] = {
        "workspace": workspace.pk,
        "since": since.isoformat(),
        "until": until.isoformat(),
        "most": LOOKED_AT,
    }
    found = RuleHits(Ends(), {}, {})
    with connection.cursor() as cursor:
        cursor.execute(_HITS, parameters)
        for axis, name, persona, *numbers, meant in cursor.fetchall():
            asked, hit = Ends(*numbers[:4]), Ends(*numbers[4:])
            if not axis:
                found = replace(found, whole=asked)
                continue
            hits = found.rules[axis, name] = Hits(asked, hit, meant)
            if persona:
                found.personas.setdefault(persona, []).append(hits)
    return found
