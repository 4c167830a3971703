"""Which signals leads had shown before the hand-off: those that were won later against the lost.

Of the deals closed in a period whose cycle had an offer: whether the lead had an event with the
signal before the first offer of that cycle. A lead that closed in two cycles counts twice.
"""

from dataclasses import dataclass
from math import exp, log, sqrt
from typing import Final

from handoff.metrics.acceptance import LEAST
from handoff.metrics.facts import NO_RULES, of_cycle, placed, with_dimensions
from handoff.metrics.lines import rows_of
from handoff.metrics.scope import Scope
from scoring.models import Signal

FEW: Final = 5
"""Winners and losers with a signal, below which its lift is not told."""

_DEALS: Final = f"""
    SELECT m.lead_id, m.at, m.to_stage = 'won' AS won, {{columns}}, {NO_RULES} AS rules,
        (SELECT min(h.offered_at) FROM handoff_handoff h
            WHERE h.lead_id = m.lead_id AND h.cycle = m.cycle) AS offered_at
    FROM leadqual_stagemove m {{offer}}
    WHERE m.workspace_id = %(workspace)s AND m.counted AND m.to_stage IN ('won', 'lost')
        AND {{within}}"""  # noqa: S608 - text of ours


@dataclass(frozen=True)
class Shown:
    """So many of the won deals and of the lost ones had the signal before their hand-off."""

    signal: str
    won: int
    lost: int
    all_won: int
    all_lost: int

    @property
    def is_enough(self) -> bool:
        """Whether there are enough to compare the two shares."""
        both = min(self.all_won, self.all_lost) >= LEAST
        return both and min(self.won, self.lost) >= FEW

    @property
    def lift(self) -> float | None:
        """How many times as often the winners had it; None where there are too few to say."""
        if not self.is_enough:
            return None
        return (self.won / self.all_won) / (self.lost / self.all_lost)

    @property
    def interval(self) -> tuple[float, float] | None:
        """Between which lifts the true one lies, 95 times of 100: the ratio of two shares, by the
        normal approximation of its logarithm."""
        lift = self.lift
        if lift is None:
            return None
        spread = sqrt(1 / self.won - 1 / self.all_won + 1 / self.lost - 1 / self.all_lost)
        reach = 1.959964 * spread
        return exp(log(lift) - reach), exp(log(lift) + reach)


@dataclass(frozen=True)
class Handed:
    """Deals closed after a hand-off; `without` are those that had none, as in imported history."""

    won: int = 0
    lost: int = 0
    without: int = 0
    signals: tuple[Shown, ...] = ()


def signals_before_handoff(scope: Scope) -> Handed:
    """Every signal that any of the deals had shown, by name; two queries."""
    dimensions = scope.asked()
    text = _DEALS.format(within=placed(scope.within(), "m.at"), **of_cycle(dimensions))
    deals = with_dimensions(text, dimensions, "f.lead_id, f.won, f.offered_at")
    # Of each deal its events are read once, from the index alone; bit -1 counts the deals.
    sql = f"""
        WITH deals AS MATERIALIZED (
            SELECT f.won, f.offered_at IS NOT NULL AS handed, seen.bits
            FROM ({deals}) f
            LEFT JOIN LATERAL (
                SELECT bit_or(e.signals) AS bits FROM leadqual_event e
                WHERE e.lead_id = f.lead_id AND e.occurred_at < f.offered_at
            ) seen ON TRUE
            WHERE {scope.narrowed()}
        )
        SELECT -1, d.handed, d.won, count(*) FROM deals d GROUP BY 2, 3
        UNION ALL
        SELECT b.bit, TRUE, d.won, count(*) FROM deals d
        JOIN generate_series(0, 62) b (bit) ON (d.bits >> b.bit) & 1 = 1
        WHERE d.handed GROUP BY 1, 3"""  # noqa: S608 - text of ours
    rows = rows_of(sql, scope.parameters())
    counted = {(bit, handed, won): n for bit, handed, won, n in rows}
    won, lost = (counted.get((-1, True, which), 0) for which in (True, False))
    names = dict(Signal.objects.of(scope.workspace).values_list("bit", "name"))
    found = [
        Shown(
            names[bit], counted.get((bit, True, True), 0), counted.get((bit, True, False), 0),
            won, lost,
        )
        for bit in sorted({bit for bit, *_ in counted} & names.keys())
    ]  # fmt: skip
    without = sum(counted.get((-1, False, which), 0) for which in (True, False))
    found.sort(key=lambda one: (-(one.lift or 0), -one.won, one.signal))
    return Handed(won, lost, without, tuple(found))
