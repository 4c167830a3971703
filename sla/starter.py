"""The promises that a new workspace starts with; all of them can be edited."""

from collections.abc import Mapping
from datetime import time
from typing import Any, Final

from django.db import transaction

from accounts.models import Workspace
from sla.calendars import calendar_of
from sla.models import BusinessCalendar, Commitment, WorkingRange
from sla.promise_rules import BY_THE_SYSTEM, OF_ONE_PERSON

CALENDAR_NAME = "Working hours"
HOURS = ((time(9), time(12)), (time(13), time(17)))  # Monday to Friday, with a lunch break
PROMISES = {
    Commitment.Code.DECIDE_OFFER: 4 * 60,
    Commitment.Code.FIRST_TOUCH: 60,
    Commitment.Code.FALLBACK: 60,
}
AROUND_THE_CLOCK: Final = "Around the clock"

_Code, _Told = Commitment.Code, Commitment.Told
_BY_ITSELF: Final[dict[str, Any]] = {"pauses": False, "warns": [], "tells": []}
"""Told on the boards alone: an hour without a worker makes thousands of leads late at once."""
FURTHER: Final[Mapping[str, Mapping[str, Any]]] = {
    _Code.FOLLOW_UP: {"days": 5, "touches": 3, "warn_percents": [60], "target_percent": 75},
    _Code.QUALIFY: {"days": 10},
    _Code.REVIEW_REJECTION: {
        "days": 5,
        "warns": [_Told.MARKETING_MANAGERS],
        "tells": [_Told.MARKETING_MANAGERS],
        "pauses": False,
    },
    _Code.SCORED: {"minutes": 5, **_BY_ITSELF},
    _Code.OFFERED: {"minutes": 15, **_BY_ITSELF},
}
HOT: Final = (_Code.TOUCH_OF_OFFER, _Code.FIRST_TOUCH)
HOT_MINUTES: Final = 5
"""Who asks to talk is talked to at once: in working hours, within so many minutes."""


@transaction.atomic
def install_starter_sla(
    workspace: Workspace, *, timezone: str, country: str = ""
) -> BusinessCalendar:
    """Give the workspace its calendar and its promises, where it has them not.

    Safe to run twice, and what people have edited since stays as they left it. `country` is a
    code of two letters, or empty for no public holidays. Raises CalendarError for a zone or
    country that we do not know; nothing is installed then.
    """
    calendar, fresh = BusinessCalendar.objects.get_or_create(
        workspace=workspace,
        name=CALENDAR_NAME,
        defaults={"timezone": timezone, "country": country.upper()},
    )
    if fresh:
        WorkingRange.objects.bulk_create(
            WorkingRange(calendar=calendar, weekday=day, start=start, end=end)
            for day in range(5)
            for start, end in HOURS
        )
        calendar_of(calendar)  # raises for an unknown zone or country
    for code, minutes in PROMISES.items():
        Commitment.objects.get_or_create(
            workspace=workspace,
            agreement=None,
            retired_at=None,
            code=code,
            tier_code="",
            defaults={"minutes": minutes, "calendar": calendar, "warns": _warned(code)},
        )
    return calendar


def _warned(code: str) -> list[str]:
    """Who is held to it; nobody where no single person is."""
    return [Commitment.Told.PERSON] if code in OF_ONE_PERSON else []


@transaction.atomic
def promise_further(calendar: BusinessCalendar, *, hot: Mapping[str, str]) -> None:
    """All else that a new workspace promises: following up, qualifying, reviewing, the first touch
    of hot leads (`hot`: the names of their tiers, by code), and the system's own, by the clock.

    Safe to run twice; what is there stays.
    """
    workspace = calendar.workspace
    always = around_the_clock(workspace, timezone=calendar.timezone)
    for code, terms in FURTHER.items():
        _promise(workspace, code, calendar=always if code in BY_THE_SYSTEM else calendar, **terms)
    for tier, name in hot.items():
        terms = {"minutes": HOT_MINUTES, "tier_name": name, "warn_percents": [50]}
        for code in HOT:
            _promise(workspace, code, tier=tier, calendar=calendar, **terms)


def around_the_clock(workspace: Workspace, *, timezone: str) -> BusinessCalendar:
    """The ordinary calendar that is always open."""
    calendar, fresh = BusinessCalendar.objects.get_or_create(
        workspace=workspace, name=AROUND_THE_CLOCK, defaults={"timezone": timezone}
    )
    if fresh:
        WorkingRange.objects.bulk_create(
            WorkingRange(calendar=calendar, weekday=day, start=time(0), end=time(0))
            for day in range(7)
        )
    return calendar


def _promise(workspace: Workspace, code: str, *, tier: str = "", **terms: Any) -> None:
    same = {"workspace": workspace, "agreement": None, "retired_at": None, "code": code}
    Commitment.objects.get_or_create(**same, tier_code=tier, defaults=terms)
