"""One value of a dashboard in words; the same on the screen, in a mail and in print."""

from datetime import date

from handoff.dashboards.panel import Cell, Kind
from handoff.metrics.durations import in_words as span_in_words


def in_words(cell: Cell, kind: Kind, *, currency: str) -> str:
    """A dash where it is not known; a share as percent with one digit, without what it is of."""
    value = cell.value
    if value is None:
        return "–"
    if isinstance(value, str):
        return value
    if isinstance(value, date):
        return f"{value:%-d %b %Y}"
    if kind == "percent":
        return f"{round(100 * float(value), 1):g} %"
    if kind == "seconds":
        return span_in_words(float(value))
    if kind == "money":
        return f"{value:,.0f} {currency}"
    if kind == "number":
        return f"{value:,.1f}"
    return f"{value:,}"
