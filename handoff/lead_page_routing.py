"""What a lead's page says of its routing: how each offer came to its rep, or why nobody has it."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Final

from handoff.trace_words import TraceWords, trace_words
from handoff.waiting_leads import Waiting, waiting_of
from leadqual.models import Lead

SHOWN: Final = 10


@dataclass(frozen=True)
class OfferTrace:
    rep: str
    offered_at: datetime
    trace: TraceWords


class RoutingOfPage:
    lead: Lead
    now: datetime

    @cached_property
    def traces(self) -> list[OfferTrace]:
        """Of the newest offers, the latest first; those by which nothing is known left out."""
        offers = self.lead.handoffs.order_by("-offered_at", "-pk")
        rows = offers.values_list("rep__name", "offered_at", "trace")[:SHOWN]
        found = [OfferTrace(rep, at, trace_words(trace)) for rep, at, trace in rows]
        return [each for each in found if each.trace]

    @cached_property
    def waiting(self) -> Waiting | None:
        """Its place in the fallback queue."""
        return waiting_of(self.lead, now=self.now)
