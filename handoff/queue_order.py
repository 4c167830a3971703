"""In which order offers are worked through, where a page of them begins, and whether it changed."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

from django.db.models import (
    BigIntegerField,
    Count,
    DateTimeField,
    DecimalField,
    ExpressionWrapper,
    F,
    FloatField,
    Func,
    IntegerField,
    Q,
    Sum,
    TextField,
    Value,
)
from django.db.models.functions import Cast, Coalesce

from handoff.models.handoffs import HandoffQuerySet

ORDER: Final = ("place", "in_tier", "due", "less", "pk")
"""By tier, then by deadline, then by what it was worth at the offer; see `in_order`."""
NO_TIER: Final = 2**15  # behind every position
NEVER: Final = datetime(9999, 12, 31, tzinfo=UTC)


def in_order(offers: HandoffQuerySet) -> HandoffQuerySet:
    """With the columns of ORDER, sorted by them.

    No index has this order: the index `queue` finds a rep's open offers among all there ever were,
    and to sort some hundreds costs less than an index of everything that they are sorted by.
    """
    return offers.annotate(
        place=Coalesce("tier__position", Value(NO_TIER), output_field=IntegerField()),
        in_tier=Coalesce("tier_id", Value(0), output_field=BigIntegerField()),
        due=Coalesce("due_at", Value(NEVER), output_field=DateTimeField()),
        less=ExpressionWrapper(Value(0.0) - F("fit") - F("intent"), output_field=FloatField()),
    ).order_by(*ORDER)


def beyond(last: Sequence[Any]) -> Q:
    """What comes after the row with these values of ORDER."""
    found = Q()
    for name, value in reversed(list(zip(ORDER, last, strict=True))):
        later = Q(**{f"{name}__gt": value})
        found = later | (Q(**{name: value}) & found) if found else later
    return found


class _Hash(Func):
    """64 bits of an id and a text, which may be null."""

    template = "hashtextextended(concat_ws(' ', %(expressions)s), 0)::numeric"
    output_field = DecimalField()


def state_of(offers: HandoffQuerySet) -> str:
    """Changes whenever one of these offers comes, goes or gets another deadline. One query; the
    hashes are added up, so that nothing has to be sorted."""
    moment: Cast = Cast("due_at", TextField())
    found = offers.aggregate(sum=Sum(_Hash(F("pk"), moment)), number=Count("pk"))
    return f"{found['number']:x}{int(found['sum'] or 0) % 2**64:016x}"
