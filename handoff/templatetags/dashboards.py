"""How the values of dashboards look on the screen."""

import json
from collections.abc import Iterable
from typing import Any

from django import template
from django.core.serializers.json import DjangoJSONEncoder
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from handoff.dashboards.cells import in_words
from handoff.dashboards.panel import Asked, Cell, Chart, Column, Kind, Table
from handoff.metrics import words
from handoff.metrics.scope import Scope

register = template.Library()
_TONES = {"good": "text-success", "bad": "text-danger", "quiet": "text-secondary"}


@register.simple_tag(takes_context=True)
def cell(context: dict[str, Any], one: Cell, kind: Kind) -> SafeString:
    """The value as people read it, a share with what it is of, the link to what is behind it."""
    workspace = context.get("workspace")  # of several, nothing is money
    text = in_words(one, kind, currency=workspace.currency if workspace else "")
    if one.url:
        text = format_html('<a class="lq-figure-link" href="{}">{}</a>', one.url, text)
    elif kind != "text":
        text = format_html('<span class="lq-nowrap">{}</span>', text)
    pieces: list[str] = [_tiny(one.chart)] if one.chart else []
    pieces.append(text)
    if one.of is not None:
        of = '<span class="text-secondary lq-of lq-nowrap">{} of {}</span>'
        pieces.append(format_html(of, f"{one.hits or 0:,}", f"{one.of:,}"))
    if one.note:
        said = _TONES.get(one.tone, "text-secondary")
        pieces.append(format_html('<span class="{} lq-of">{}</span>', said, one.note))
    body = format_html_join(" ", "{}", ((piece,) for piece in pieces))
    tone = _TONES.get(one.tone, "")
    return format_html('<span class="{}">{}</span>', tone, body) if tone else body


def _tiny(chart: Chart) -> SafeString:
    box = '<div class="lq-chart lq-chart-tiny" data-chart="{}" role="img" aria-label="{}"></div>'
    return format_html(box, chart_json(chart), chart.title)


@register.filter
def in_columns(table: Table, row: Iterable[Cell]) -> list[tuple[Column, Cell]]:
    return list(zip(table.columns, row, strict=True))


@register.filter
def chart_json(chart: Chart) -> str:
    """For an attribute; escaped as any text is."""
    said = {"kind": chart.kind, "title": chart.title, **chart.data}
    return json.dumps(said, cls=DjangoJSONEncoder)


@register.filter
def period_words(asked: Asked) -> str:
    text = words.period_words(asked.scope.period)
    return f"{text[:1].upper()}{text[1:]}" if text else "All time"


@register.filter
def scope_words(scope: Scope) -> str:
    return words.period_words(scope.period) or "all time"


@register.filter
def before_words(asked: Asked) -> str:
    """What the smaller number of a headline is of: the period before, or that of a year ago."""
    first, earlier = asked.scope.period.first, asked.before and asked.before.period.last
    if not first or not earlier:
        return "before"
    return "in the period before" if (first - earlier).days == 1 else "a year before"
