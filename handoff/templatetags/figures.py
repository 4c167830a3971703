"""How the funnel's numbers look: counts with links, rates, spans of time."""

import json

from django import template
from django.core.serializers.json import DjangoJSONEncoder

from handoff.funnel.durations import in_words

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
