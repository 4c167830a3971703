"""From a figure of clocks to the list of them, and from that list's address to the clocks.

month, version   as the page has them
state            met, missed, running, taken-back, or judged (met or missed); blank: all
code, tier       of the promise; tier is - for those of no tier's own
person           a person's id, or - for nobody
side             sales, marketing or system: the promises of that side
weekday, hour    of the clock's start, 1 (Monday) to 7 and 0 to 23, in the workspace's zone
commitment       its id
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Final
from urllib.parse import urlencode

from django.urls import reverse

from handoff.compliance.months import Scope
from handoff.metrics.links import Figure
from sla.models import Clock, ClockQuerySet, Commitment, Side
from sla.models.commitments import SIDES

NO: Final = "-"
STATES: Final = {
    "judged": "Kept or missed",
    "met": "Kept",
    "missed": "Missed",
    "running": "Running",
    "taken-back": "Taken back",
}


def codes_of(*sides: Side) -> list[str]:
    return [code for code, side in SIDES.items() if side in sides]


@dataclass(frozen=True)
class ClockCriteria:
    """What a list of clocks is narrowed to; blank: not at all."""

    state: str = ""
    code: str = ""
    tier: str = ""
    person: str = ""
    side: str = ""
    weekday: str = ""
    hour: str = ""
    commitment: str = ""

    @classmethod
    def typed(cls, query: Mapping[str, str]) -> "ClockCriteria":
        """As a URL says; a value that means nothing is as good as absent."""
        said = {each.name: query.get(each.name, "").strip() for each in fields(cls)}
        known = {
            "state": said["state"] in STATES,
            "code": said["code"] in Commitment.Code.values,
            "side": said["side"] in Side.values,
            "tier": True,
            "person": said["person"] == NO or _is_id(said["person"]),
            "commitment": _is_id(said["commitment"]),
            "weekday": said["weekday"] in tuple("1234567"),
            "hour": said["hour"] in {str(hour) for hour in range(24)},
        }
        return cls(**{name: value if known[name] else "" for name, value in said.items()})

    def as_query(self) -> dict[str, str]:
        return {name: value for name, value in vars(self).items() if value}


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 18


def clocks_of(scope: Scope, criteria: ClockCriteria) -> ClockQuerySet:
    """The clocks behind a figure: exactly as many as it says."""
    _, since, until = scope.bounds
    clocks = Clock.objects.of(scope.workspace).filter(due_at__gte=since, due_at__lt=until)
    if scope.version:
        clocks = clocks.filter(commitment__in=[one.pk for one in scope.commitments])
    clocks = _in_state(clocks, criteria.state, now=scope.now)
    for column, said in (("tier_code", criteria.tier), ("code", criteria.code)):
        if said:
            clocks = clocks.filter(**{column: "" if said == NO else said})
    if criteria.side:
        clocks = clocks.filter(code__in=codes_of(Side(criteria.side)))
    if criteria.person:
        person = None if criteria.person == NO else int(criteria.person)
        clocks = clocks.filter(person=person)
    if criteria.commitment:
        clocks = clocks.filter(commitment=int(criteria.commitment))
    if criteria.weekday:
        clocks = clocks.filter(started_at__iso_week_day=int(criteria.weekday))
    if criteria.hour:
        clocks = clocks.filter(started_at__hour=int(criteria.hour))
    return clocks


def _in_state(clocks: ClockQuerySet, state: str, *, now: datetime) -> ClockQuerySet:
    if state == "running":
        return clocks.in_time(now=now)
    if state == "taken-back":
        return clocks.taken_back()
    if state in ("met", "missed"):
        return clocks.met() if state == "met" else clocks.missed(now=now)
    return clocks.met() | clocks.missed(now=now) if state == "judged" else clocks


class ClockLinks:
    """Makes figures that link to their clocks, within one month and version."""

    def __init__(self, scope: Scope) -> None:
        self._address = reverse("compliance_clocks", args=[scope.workspace.slug])
        self._scope = scope

    def of(self, count: int, criteria: ClockCriteria) -> Figure:
        query = self._scope.as_query(**criteria.as_query())
        return Figure(count, count, f"{self._address}?{urlencode(query)}" if count else "")
