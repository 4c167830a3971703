"""A dashboard as a mail: HTML with its tables and pictures, and the same in plain text.

Mail programs know little of CSS: every style stands at its element, and the layout is tables.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from django.conf import settings
from django.template.loader import render_to_string

from handoff.dashboards.cells import in_words
from handoff.dashboards.images import Picture, pictures
from handoff.dashboards.panel import Cell, Chart, Column, Headline, Kind, Page, Panel, Table
from leadqual.sending import Letter

ROWS: Final = 40
"""Of longer tables the mail says how many lines are left to the page."""
COLUMNS: Final = 10
"""More have no room side by side."""


@dataclass(frozen=True)
class Shown:
    """A panel of the mail, with its part's title."""

    title: str
    panel: Panel


@dataclass(frozen=True)
class Frame:
    """What stands around the panels. `period` is meant from the day of the mail, `days` are its
    dates; `url` is the page with the same days and filters, `stop` ends the mails for the reader.
    """

    page: Page
    workspace: str
    currency: str
    period: str
    days: str
    filters: Sequence[str]
    why: str
    url: str
    stop: str
    counted_at: datetime


def letter(frame: Frame, shown: Sequence[Shown]) -> Letter:
    """The whole mail. A chart that cannot be drawn is left out: its table has the numbers."""
    shown = [replace(one, panel=_without_names(one.panel)) for one in shown]
    charts = [chart for one in shown for chart in one.panel.charts]
    drawn = pictures([chart_data(chart) for chart in charts])
    found = {
        id(chart): (f"chart-{n}", picture)
        for n, (chart, picture) in enumerate(zip(charts, drawn, strict=True), 1)
        if picture
    }
    panels = [_panel(one, frame, found) for one in shown]
    context = {"frame": frame, "panels": panels, "rows": ROWS}
    return Letter(
        subject=f"{frame.workspace}: {frame.page.title}, {frame.period} ({frame.days})",
        text="\n".join(_text(frame, shown)),
        html=render_to_string("handoff/dashboards/mail_letter.html", context),
        pictures={content_id: picture.png for content_id, picture in found.values()},
        headers={
            "List-Unsubscribe": f"<{frame.stop}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
    )


def _without_names(panel: Panel) -> Panel:
    """Mails are passed on: whom a table names is read on the page alone."""
    tables = tuple(table for table in panel.tables if not table.names_leads)
    if len(tables) == len(panel.tables):
        return panel
    told = "The table that names leads is on the page alone."
    return replace(panel, tables=tables, notes=(*panel.notes, told))


def chart_data(chart: Chart) -> dict[str, Any]:
    return {"kind": chart.kind, "title": chart.title, **chart.data}


def _panel(one: Shown, frame: Frame, found: dict[int, tuple[str, Picture]]) -> dict[str, Any]:
    panel = one.panel
    charts = [(chart.title, *found[id(chart)]) for chart in panel.charts if id(chart) in found]
    return {
        "title": one.title,
        "counts": panel.counts,
        "empty": panel.empty,
        "notes": panel.notes,
        "headlines": [_headline(each, frame.currency) for each in panel.headlines],
        "charts": [{"title": title, "id": cid, "picture": made} for title, cid, made in charts],
        "tables": [_table(table, frame.currency) for table in panel.tables],
    }


def _headline(one: Headline, currency: str) -> dict[str, Any]:
    before = in_words(one.before, one.kind, currency=currency) if one.before else ""
    return {"label": one.label, "says": one.says, "before": before} | _cell(
        one.cell, one.kind, currency
    )


def upright(table: Table) -> Table:
    """A table that is wider than a mail and not long, such as hours by weekday, is turned."""
    named, *others = table.columns
    if len(table.columns) <= COLUMNS or len(table.rows) >= COLUMNS:
        return table
    if len({column.kind for column in others}) > 1:
        return table
    heads = [
        Column(in_words(row[0], named.kind, currency=""), others[0].kind) for row in table.rows
    ]
    rows = [
        (Cell(column.label), *(row[n] for row in table.rows)) for n, column in enumerate(others, 1)
    ]
    return replace(table, columns=(named, *heads), rows=tuple(rows))


def _table(whole: Table, currency: str) -> dict[str, Any]:
    table = upright(whole)
    kinds = [column.kind for column in table.columns]
    rows = [
        [_cell(cell, kind, currency) for cell, kind in zip(row, kinds, strict=True)]
        for row in table.rows[:ROWS]
    ]
    left = max(0, len(table.rows) - ROWS)
    return {"of": table, "rows": rows, "left": left}


_COLOURS: Final = {"good": "#0b6e63", "bad": "#a02335", "quiet": "#5b6675", "": "#26313f"}


def _cell(cell: Cell, kind: Kind, currency: str) -> dict[str, Any]:
    text = in_words(cell, kind, currency=currency)
    return {
        "text": text,
        "is_short": kind in ("text", "date") and len(text) <= 14,
        "of": "" if cell.of is None else f"{cell.hits or 0:,} of {cell.of:,}",
        "note": cell.note,
        "url": absolute(cell.url),
        "colour": _COLOURS[cell.tone],
        "align": "left" if kind in ("text", "date") else "right",
    }


def absolute(url: str) -> str:
    """With the product's own host, as a mail has no page that it lies on."""
    return f"{settings.LEADQUAL_URL}{url}" if url.startswith("/") else url


# ---- in plain text ----


def _text(frame: Frame, shown: Sequence[Shown]) -> Iterator[str]:
    yield f"{frame.page.title} of {frame.workspace}, {frame.period}: {frame.days}"
    yield from frame.filters
    yield frame.page.says
    yield frame.url
    for one in shown:
        yield from ("", one.title.upper(), one.panel.counts)
        if one.panel.empty:
            yield from one.panel.empty
        for headline in one.panel.headlines:
            said = _said(headline.cell, headline.kind, frame.currency)
            before = headline.before
            was = f" (before: {_said(before, headline.kind, frame.currency)})" if before else ""
            yield f"- {headline.label}: {said}{was}"
        for table in one.panel.tables:
            yield from _lines(upright(table), frame.currency)
        yield from one.panel.notes
    yield from ("", f"{frame.why} To get it no more: {frame.stop}")


def _lines(table: Table, currency: str) -> Iterator[str]:
    yield from ("", f"{table.caption}:")
    for row in table.rows[:ROWS]:
        named, *others = zip(table.columns, row, strict=True)
        values = [
            f"{column.label} {_said(cell, column.kind, currency)}"
            for column, cell in others
            if cell.value is not None
        ]
        name = _said(named[1], named[0].kind, currency)
        yield f"- {name}: {'; '.join(values) or '–'}"
    if len(table.rows) > ROWS:
        yield f"… and {len(table.rows) - ROWS:,} more lines on the page."
    if table.note:
        yield table.note


def _said(cell: Cell, kind: Kind, currency: str) -> str:
    text = in_words(cell, kind, currency=currency)
    of = "" if cell.of is None else f" ({cell.hits or 0:,} of {cell.of:,})"
    return f"{text}{of}{f' {cell.note}' if cell.note else ''}"
