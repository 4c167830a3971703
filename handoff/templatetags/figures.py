"""How the funnel's numbers look: counts with links, rates, spans of time."""

import json

from django import template
from django.contrib.humanize.templatetags.humanize import intcomma
from django.core.serializers.json import DjangoJSONEncoder
from django.utils.html import format_html
from django.utils.safestring import SafeString

from handoff.metrics.durations import in_words
from handoff.metrics.links import Figure

register = template.Library()


@register.filter
def percent(rate: float | None) -> str:
    """0.1184 is 11.8 %; whole numbers without a point, a dash where there is nothing to divide."""
    if rate is None:
        return "–"
    return f"{round(100 * rate, 1):g} %"


@register.filter
def took(seconds: float | None) -> str:
    return in_words(seconds)


@register.filter
def hundred(rate: float | None) -> float:
    """0.5 is 50, for widths and bars."""
    return round(100 * (rate or 0), 2)


@register.filter
def as_json(data: object) -> str:
    """For an attribute; escaped as any text is."""
    return json.dumps(data, cls=DjangoJSONEncoder)


@register.simple_tag
def figure(counted: Figure, what: str = "", *, brief: bool = False) -> str | SafeString:
    """A count with the link to its leads; `what` is counted, for those who hear the page.

    Says on how many leads, where they are fewer than the count; `brief`: as a tooltip only.
    """
    if not counted.url:
        return str(counted.count)
    of_leads = f"on {intcomma(counted.leads)} lead{'' if counted.leads == 1 else 's'}"
    title = of_leads if counted.is_of_fewer_leads else ""
    link = format_html(
        '<a class="lq-figure-link" href="{}"{}>{}<span class="visually-hidden"> {}</span></a>',
        counted.url,
        format_html(' title="{}"', title) if title else "",
        intcomma(counted.count),
        f"{what} {title}".strip(),
    )
    if brief or not title:
        return link
    return format_html('{} <span class="text-secondary small lq-nowrap">{}</span>', link, title)
