"""What can be asked of the SLA board, as it stands in the URL, and how it narrows clocks.

`promise` (a code), `tier` (a code, - for promises to leads of any tier), `person` (an id, - for
nobody in particular), `side`; of running clocks `state`; of missed ones `cause` (- while it is not
known), `seen` (yes or no: acknowledged), `done` (yes or no) and `days`.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from django.db.models import Case, CharField, Q, Value, When

from accounts.models import User, Workspace
from handoff.models import Tier
from sla.models import Clock, ClockPause, Commitment, Side
from sla.models.commitments import SIDES

NONE: Final = "-"
STATES: Final = {"late": "Late", "soon": "Due soon", "running": "In time", "paused": "Paused"}
CAUSES: Final = {**dict(Clock.Cause.choices), NONE: "Cause not known yet"}
SEEN: Final = {"no": "Not acknowledged", "yes": "Acknowledged"}
DONE: Final = {"no": "Still not done", "yes": "Done since, or over"}
DAYS: Final = {1: "the last 24 hours", 7: "the last 7 days", 30: "the last 30 days", 90: "90 days"}
USUAL_DAYS: Final = 30

_BOTH: Final = ("promise", "tier", "person", "side")
RUNNING: Final = (*_BOTH, "state")
MISSED: Final = (*_BOTH, "cause", "seen", "done")
_KNOWN: Final[Mapping[str, Iterable[str]]] = {
    "promise": Commitment.Code.values,
    "side": Side.values,
    "state": STATES,
    "cause": CAUSES,
    "seen": SEEN,
    "done": DONE,
}


def chosen_of(asked: Mapping[str, str], names: Iterable[str]) -> dict[str, str]:
    """What the URL asks for, by filter; what is no choice is left out."""
    found = {name: asked.get(name, "") for name in names}
    return {name: value for name, value in found.items() if value and _is_choice(name, value)}


def _is_choice(name: str, value: str) -> bool:
    if name == "person":
        return value == NONE or (value.isdecimal() and len(value) < 19)
    return value in _KNOWN[name] if name in _KNOWN else len(value) <= 60


def days_of(asked: Mapping[str, str]) -> int:
    said = asked.get("days", "")
    days = int(said) if said.isdecimal() and len(said) < 4 else USUAL_DAYS
    return days if days in DAYS else USUAL_DAYS


def narrowed(chosen: Mapping[str, str], *, now: datetime) -> Q:
    """The clocks that all the choices let through."""
    where = Q()
    for name, value in chosen.items():
        where &= _condition(name, value, now=now)
    return where


def _condition(name: str, value: str, *, now: datetime) -> Q:
    if name == "promise":
        return Q(code=value)
    if name == "side":
        return Q(code__in=[code for code, side in SIDES.items() if side == value])
    if name == "tier":
        return Q(tier_code="" if value == NONE else value)
    if name == "person":
        return Q(person=None) if value == NONE else Q(person=int(value))
    if name == "state":
        return _state(value, now=now)
    if name == "cause":
        return Q(cause="" if value == NONE else value)
    return Q(**{_WHEN[name]: value == "no"})


_WHEN: Final = {"seen": "acknowledged_at__isnull", "done": "stopped_at__isnull"}


def _paused(now: datetime) -> Q:
    """Hashed once by PostgreSQL, and only where some clock has ever been paused."""
    pauses = ClockPause.objects.filter(since__lte=now, until__gt=now)
    return Q(paused_seconds__gt=0, pk__in=pauses.values("clock"))


def _state(state: str, *, now: datetime) -> Q:
    late, paused, warned = Q(due_at__lt=now), _paused(now), Q(warn_ats__0__lt=now)
    if state == "late":
        return late
    if state == "paused":
        return paused & Q(due_at__gte=now)
    soon = warned & ~paused & Q(due_at__gte=now)
    if state == "soon":
        return soon
    unwarned = Q(warn_ats=[]) | Q(warn_ats__0__gte=now)
    return unwarned & ~paused & Q(due_at__gte=now)


def state_case(now: datetime) -> Case:
    """The state of a running clock in SQL; late, where its deadline has passed, swept or not."""
    return Case(
        When(Q(due_at__lt=now), then=Value("late")),
        When(_paused(now), then=Value("paused")),
        When(Q(warn_ats__0__lt=now), then=Value("soon")),
        default=Value("running"),
        output_field=CharField(),
    )


def tier_labels(workspace: Workspace, found: Iterable[str]) -> dict[str, str]:
    """Tiers in their order; those that are no more by their code."""
    known = dict(Tier.objects.of(workspace).values_list("code", "name"))
    gone = {code: code for code in sorted(found) if code not in known and code != NONE}
    return {**known, **gone, NONE: "Promised to any tier"}


def person_labels(found: Iterable[str]) -> dict[str, str]:
    people = User.objects.filter(pk__in=[int(pk) for pk in found if pk != NONE])
    named = {str(person.pk): str(person) for person in people.order_by("name", "pk")}
    return {**named, NONE: "Nobody in particular"}
