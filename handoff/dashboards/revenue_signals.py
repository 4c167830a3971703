"""On the revenue page: the signals that winners had shown before they were handed over."""

from typing import Final

from handoff.dashboards.panel import Asked, Cell, Chart, Column, Panel, Table, Tone, share
from handoff.metrics.acceptance import LEAST
from handoff.metrics.revenue_signals import FEW, Handed, Shown, signals_before_handoff

_COUNTS: Final = (
    "Deals closed in the period, by what their leads had done before the first offer of that "
    "cycle: the share of the won that had shown a signal, against the share of the lost. Lift is "
    "the one divided by the other. That winners had it does not say that it made them win."
)
_EMPTY: Final = (
    "No deal that was handed over was closed in this period",
    "A signal is looked for before the first offer of the cycle. Choose a longer period.",
)


def signals(asked: Asked) -> Panel:
    found = signals_before_handoff(asked.scope)
    if not found.won + found.lost:
        return Panel(_COUNTS, empty=_EMPTY, notes=_notes(found))
    table = Table(
        "Signals before the hand-off",
        (
            Column("Signal"),
            Column("Of the won", "percent"),
            Column("Of the lost", "percent"),
            Column("Lift", "number", "How many times as often the won had it"),
            Column("Interval", "text", "Where the true lift lies 95 times of 100"),
            Column("What it says"),
        ),
        tuple(_row(one) for one in found.signals),
    )
    told = [one for one in found.signals if one.is_enough][:12]
    charts = (_chart(told),) if told else ()
    size = found.won + found.lost
    return Panel(_COUNTS, charts=charts, tables=(table,), notes=_notes(found), size=size)


def _row(one: Shown) -> tuple[Cell, ...]:
    words, tone = _says(one)
    between = "–" if one.interval is None else "{:.1f} to {:.1f}".format(*one.interval)
    return (
        Cell(one.signal),
        share(one.won, one.all_won),
        share(one.lost, one.all_lost),
        Cell(one.lift),
        Cell(between),
        Cell(words, tone=tone),
    )


def _says(one: Shown) -> tuple[str, Tone]:
    if one.interval is None:
        return "Too few to say", "quiet"
    low, high = one.interval
    if low > 1:
        return "More often among the won", "good"
    return ("More often among the lost", "bad") if high < 1 else ("No difference shown", "quiet")


def _chart(told: list[Shown]) -> Chart:
    return Chart(
        "bars",
        "Signals of the won and of the lost",
        {
            "labels": [one.signal for one in told],
            "unit": "percent",
            "max": 100,
            "horizontal": True,
            "series": [
                {"name": "Won", "values": [_bar(one.won, one.all_won) for one in told]},
                {"name": "Lost", "values": [_bar(one.lost, one.all_lost) for one in told]},
            ],
        },
    )


def _bar(hits: int, of: int) -> dict[str, object]:
    return {"value": round(100 * hits / of, 1), "n": hits, "of": of}


def _notes(found: Handed) -> tuple[str, ...]:
    notes = []
    if found.won + found.lost:
        notes.append(
            f"Lift is told from {LEAST} won and {LEAST} lost deals on, of which {FEW} each had the "
            "signal. Of twenty signals without any meaning one would still look as if it had some."
        )
    if found.without:
        notes.append(
            f"{found.without:,} closed deal{'s' if found.without > 1 else ''} without an offer, as "
            f"in imported history, {'are' if found.without > 1 else 'is'} not in it."
        )
    return tuple(notes)
