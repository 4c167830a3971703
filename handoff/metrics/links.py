"""From a figure to the leads behind it, and back: what the list of leads takes in its address.

    fact             a kind of `metrics.facts`
    fact_from        first and last day of the period, both included, in the workspace's zone;
    fact_to          either may be left out; years before 1990 or after 2199 are
    fact_<dimension> what it is narrowed to, as `metrics.dimensions` stores it, or (blank)

A value that means nothing is as good as absent, never an error.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from django.urls import reverse

from accounts.models import Workspace
from handoff.metrics.dimensions import DIMENSIONS
from handoff.metrics.facts import is_kind
from handoff.metrics.periods import Period, typed_day
from handoff.metrics.scope import Scope

_PREFIX: Final = "fact_"


@dataclass(frozen=True)
class Figure:
    """A count with the address of what is behind it; blank where there is nothing to see.

    `leads` is how many leads that are; smaller than `count` where a lead counts more than once.
    """

    count: int
    leads: int
    url: str = ""

    @property
    def is_of_fewer_leads(self) -> bool:
        return self.leads < self.count


def leads_url(scope: Scope, kind: str) -> str:
    """The list of leads, showing those behind the figure."""
    address = reverse("leads", kwargs={"workspace": scope.workspace.slug})
    return f"{address}?{urlencode(as_query(scope, kind))}"


def figure(scope: Scope | None, kind: str, n: int, *, leads: int | None = None) -> Figure:
    """Without a scope there is nothing to see: no days are asked about."""
    of = n if leads is None else leads
    return Figure(n, of, leads_url(scope, kind) if scope and n else "")


def as_query(scope: Scope, kind: str) -> dict[str, str]:
    first, last = scope.period.first, scope.period.last
    said = {"fact": kind}
    if first:
        said["fact_from"] = first.isoformat()
    if last:
        said["fact_to"] = last.isoformat()
    return said | {f"{_PREFIX}{code}": value for code, value in scope.filters.items()}


def asked_fact(workspace: Workspace, query: Mapping[str, str]) -> tuple[Scope, str] | None:
    """What an address asks for; None where it asks for no figure."""
    kind = query.get("fact", "")
    if not is_kind(kind):
        return None
    first, last = typed_day(query.get("fact_from", "")), typed_day(query.get("fact_to", ""))
    filters = {
        code: value
        for code in DIMENSIONS
        if (value := query.get(f"{_PREFIX}{code}", "").strip()) and "\0" not in value
    }
    return Scope(workspace, Period(first, last, workspace.zone), filters), kind
