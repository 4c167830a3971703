"""What the browser tests begin with, played through the product's own front doors."""

import dataclasses
import json
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from django.utils import timezone

from accounts.models import ApiToken, Membership, Role, User, Workspace
from handoff import handoffs, opportunities, scorecards
from handoff.frameworks import DISCOVERY, framework
from handoff.marking import Value
from handoff.models import LostReason, RejectionReason
from handoff.touches import log_touch
from handoff.workspaces import create_workspace
from leadqual.models import Lead, TouchKind, TouchOutcome
from scoring.publishing import open_draft
from tests.builders import HOT, join_pool, receive_hot_lead

PASSWORD: Final = "a long way to the lake"
PEOPLE: Final = {
    "ana": ("Ana Marques", Role.MARKETING_MANAGER),
    "ben": ("Ben Okoye", Role.REP),
    "mara": ("Mara Lindt", Role.SALES_MANAGER),
    "lena": ("Lena Sorel", Role.LEADERSHIP),
}
"""The members of each workspace but cleo's. nora, who may do everything, made them all."""

ROAD, QUEUE, MODEL, ELSEWHERE = "northwind", "southwind", "eastwind", "elsewhere"
WRITTEN = "westwind"  # where the agreement is drafted and signed
"""Workspaces, so that tests about one thing do not disturb those about another."""

OFFERED: Final = (
    *("Hanna Weiss", "Jonas Brandt", "Ines Castro", "Piet Jansen", "Aiko Mori", "Luca Ferri"),
    *("Elsa Nyman", "Owen Price", "Rosa Blanco", "Kofi Boateng", "Marta Nowak", "Theo Laurent"),
)
"""Offered to ben in ROAD and in QUEUE, in this order."""

NOT_READY: Final = ("Vera Kolar", "Emil Horak")
"""MQLs in QUEUE and MODEL that the hand-off rule does not let through yet."""

WON, LOST, UNTOUCHED = "Greta Holm", "Nils Vogel", "Sara Lind"
"""History in ROAD: accepted by ben 40, 26 and 12 days ago; the last was never called."""


REJECTED: Final = ("Paula Reyes", "Oskar Lang", "Mina Sato")
"""Rejected by ben in WRITTEN, 3 days ago, 2 and 1: a joint review has something to talk about."""


@dataclass(frozen=True)
class Room:
    """One workspace: the secret of its API token, its open draft, its leads' ids by name."""

    token: str
    draft: int = 0
    leads: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Scene:
    """The rooms by the slugs of their workspaces."""

    rooms: dict[str, Room]

    def as_json(self) -> str:
        return json.dumps(dataclasses.asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "Scene":
        return cls({slug: Room(**room) for slug, room in json.loads(text)["rooms"].items()})


def play() -> Scene:
    now = timezone.now()
    nora = _person("Nora Adeyemi", is_superuser=True)
    cleo = _person("Cleo Stern")
    people = {who: _person(name) for who, (name, _) in PEOPLE.items()}
    began = now - timedelta(days=60)
    rooms = {slug: _room(slug, nora, people, at=began) for slug in (ROAD, QUEUE, MODEL, WRITTEN)}
    create_workspace(name="Elsewhere", slug=ELSEWHERE, by=cleo, at=began)

    _history(rooms[ROAD], people["ben"], now=now)
    _rejections(rooms[WRITTEN], people["ben"], now=now)
    for number, name in enumerate(OFFERED):
        at = now - timedelta(minutes=2 * (len(OFFERED) - number))
        for slug in (ROAD, QUEUE):
            _hot(slug, rooms[slug], name, at=at)
    for name in NOT_READY:
        for slug in (QUEUE, MODEL):
            _hot(slug, rooms[slug], name, at=now - timedelta(hours=2), ready=False)
    return Scene(rooms)


def email_of(who: str) -> str:
    return f"{who}@leadqual.example"


def _person(name: str, **fields: bool) -> User:
    who = name.split()[0].lower()
    return User.objects.create_user(email_of(who), PASSWORD, name=name, **fields)


def _room(slug: str, nora: User, people: dict[str, User], *, at: datetime) -> Room:
    workspace = create_workspace(
        name=slug.title(), slug=slug, by=nora, timezone="Europe/Berlin", at=at
    )
    for who, (_, role) in PEOPLE.items():
        Membership.objects.create(workspace=workspace, user=people[who], role=role)
    join_pool(workspace, people["ben"])
    _, secret = ApiToken.issue(workspace=workspace, name="Website form", by=nora)
    draft = open_draft(workspace=workspace, by=people["ana"]).pk if slug == QUEUE else 0
    return Room(secret, draft)


def _hot(slug: str, room: Room, name: str, *, at: datetime, ready: bool = True) -> Lead:
    """An MQL; one that is ready has been offered to ben at that moment."""
    first, last = name.split()
    domain = f"{last.lower()}.example"
    facts = replace(
        HOT,
        first_name=first,
        last_name=last,
        company=replace(HOT.company, name=f"{last} Systems", domain=domain),
        source="Website" if len(name) % 2 else "LinkedIn",
    )
    lead = receive_hot_lead(
        Workspace.objects.get(slug=slug),
        email=f"{first.lower()}@{domain}",
        facts=facts,
        at=at,
        pricing_page=ready,
    )
    room.leads[name] = lead.pk
    return lead


def _history(room: Room, ben: User, *, now: datetime) -> None:
    for days, name in ((40, WON), (26, LOST), (12, UNTOUCHED)):
        at = now - timedelta(days=days)
        lead = _hot(ROAD, room, name, at=at)
        handoffs.accept(lead.handoffs.get(), by=ben, at=at + timedelta(minutes=30))
        lead.refresh_from_db()
        if name != UNTOUCHED:
            _discover(lead, ben, at=at + timedelta(minutes=50))
            _close(lead, ben, won=name == WON, at=at + timedelta(days=6))


def _rejections(room: Room, ben: User, *, now: datetime) -> None:
    for days, name in zip((3, 2, 1), REJECTED, strict=True):
        at = now - timedelta(days=days)
        offer = _hot(WRITTEN, room, name, at=at).handoffs.get()
        reason = RejectionReason.objects.of(offer.workspace).get(code="no-budget")
        note = f"{name.split()[0]} has no money before next year"
        handoffs.reject(offer, by=ben, at=at + timedelta(minutes=20), reason=reason, note=note)


def _discover(lead: Lead, ben: User, *, at: datetime) -> None:
    """From the first call to the opportunity."""
    call, reached = TouchKind.CALL, TouchOutcome.REACHED
    log_touch(lead, by=ben, kind=call, outcome=reached, at=at, now=at)
    for question in framework(DISCOVERY).questions:
        said = scorecards.Said(Value.CONFIRMED)
        scorecards.answer(lead, by=ben, at=at, question=question.code, said=said)
    opportunities.qualify(lead, by=ben, at=at)
    opportunities.open_opportunity(lead, by=ben, at=at, amount=Decimal(12_000))


def _close(lead: Lead, ben: User, *, won: bool, at: datetime) -> None:
    if won:
        opportunities.win(lead, by=ben, at=at)
    else:
        opportunities.lose(lead, by=ben, at=at, reason=LostReason.PRICE)
