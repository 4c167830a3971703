"""What campaigns cost in a period, and what came of them: cost per lead, MQL, SQL and won deal.

A cost is spread evenly over the days of its range, up to today; of it the period has the part of
its days. What came is counted by the first campaign of the lead, by the same facts as everywhere,
in the days of the period: leads that a cost brought later are not in it.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from handoff.metrics.counting import count
from handoff.metrics.periods import EARLIEST
from handoff.metrics.scope import Scope
from leadqual.models import CampaignCost

CAME: Final = ("entered:new", "mql", "entered:sql", "entered:won")
"""Leads captured, MQLs, SQLs and deals won."""


@dataclass(frozen=True)
class Spent:
    """`amount` is that of `days` days of the period; None: no cost is entered for any of them.

    `came` are the kinds of CAME."""

    amount: Decimal | None = None
    days: int = 0
    came: Counter[str] = field(default_factory=Counter)

    def per(self, kind: str) -> Decimal | None:
        """None where the cost is not known, or nothing came of it."""
        n = self.came[kind]
        return self.amount / n if self.amount is not None and n else None


def costs(scope: Scope, *, today: date) -> dict[str, Spent]:
    """By campaign id as text, blank for leads without one; two queries. Of the filters that of the
    campaign alone counts: nobody knows what a campaign cost in a region."""
    campaign = scope.filters.get("campaign")
    narrowed = Scope(scope.workspace, scope.period, {"campaign": campaign} if campaign else {})
    came = {value: found for (value, _), found in count(narrowed, CAME, by="campaign").items()}
    first, last = scope.period.first or EARLIEST, min(scope.period.last or today, today)
    rows = CampaignCost.objects.of(scope.workspace).filter(first__lte=last, last__gte=first)
    if campaign:
        rows = rows.filter(campaign__pk__in=[int(campaign)] if campaign.isdecimal() else [])
    known: dict[str, list[CampaignCost]] = {}
    for row in rows:
        known.setdefault(str(row.campaign_id), []).append(row)
    return {
        each: _spent(known.get(each, []), first, last, came.get(each, Counter()))
        for each in {*came, *known}
    }


def _spent(rows: Sequence[CampaignCost], first: date, last: date, came: Counter[str]) -> Spent:
    if not rows:
        return Spent(came=came)
    amount, days = Decimal(0), 0
    for row in rows:
        whole = (row.last - row.first).days + 1
        part = (min(row.last, last) - max(row.first, first) + timedelta(days=1)).days
        amount, days = amount + row.amount * part / whole, days + part
    return Spent(amount, days, came)


def added(found: Sequence[Spent]) -> Spent:
    """Of those whose cost is known alone."""
    known = [one for one in found if one.amount is not None]
    came: Counter[str] = Counter()
    for one in known:
        came.update(one.came)
    amount = sum((one.amount or Decimal(0) for one in known), Decimal(0))
    return Spent(amount if known else None, max((one.days for one in known), default=0), came)
