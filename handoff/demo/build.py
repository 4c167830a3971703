"""Build the demo's workspaces, once. Of its mails only those on open offers are sent."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import cache
from typing import Final

from django.contrib.auth.hashers import make_password
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import Membership, Role, User, Workspace
from handoff import messages
from handoff.demo import calling_back, keeping_warm, misses, reviewing, signing, team
from handoff.demo.generate import DAYS
from handoff.demo.replay import Replay
from handoff.demo.rows import write_rows
from handoff.demo.world import PASSWORD, WORLDS, Person, World
from handoff.models import Handoff
from handoff.promotion import settle_due
from handoff.rosters import welcome_reps
from handoff.workspaces import create_workspace
from scoring.scorers import score_dirty
from sla.models import Side

ADMINISTRATOR = next(p for p in WORLDS[0].people if p.role == Role.ADMINISTRATOR)


def is_built(world: World) -> bool:
    return Workspace.objects.filter(slug=world.slug).exists()


@cache
def _password_hash() -> str:
    """One hash for all: it takes half a second by design, and the password is public anyway."""
    return make_password(PASSWORD)


def demo_user(person: Person) -> User:
    """The person, made if new, with the demo's password."""
    return User.objects.get_or_create(
        email=person.email,
        defaults={
            "name": person.name,
            "password": _password_hash(),
            "is_superuser": person == ADMINISTRATOR,
            "last_login": timezone.now(),  # they have worked here for a year
        },
    )[0]


def build(world: World, *, now: datetime) -> Workspace:
    """One workspace and its year, in one transaction: whole or not at all."""
    with transaction.atomic():
        boss = demo_user(ADMINISTRATOR)
        workspace = create_workspace(
            name=world.name,
            slug=world.slug,
            timezone=world.timezone,
            country=world.country,
            currency=world.currency,
            by=boss,
            at=now - timedelta(days=DAYS + 1),
        )
        people = {person.email: (demo_user(person), person) for person in world.people}
        for user, person in people.values():
            Membership.objects.get_or_create(
                workspace=workspace, user=user, defaults={"role": person.role}
            )
        welcome_reps(workspace)
        users = {email: user for email, (user, _) in people.items()}
        team.set_up(workspace, users, now=now)
        signing.sign_all(workspace, users, now=now)
        leads = write_rows(workspace, world, now=now)
        replay = Replay(workspace, world, leads, people, now=now)
        books = replay.run()
        manager = next(u for u, p in people.values() if p.role == Role.SALES_MANAGER)
        misses.find_causes(replay.clocks)
        misses.take_note(replay.clocks, by=manager, seed=world.seed + 4, now=now)
        calling_back.ask_all(workspace, books.calendar, seed=world.seed + 5, now=now)
        misses.hold_to_levels(workspace, now=now)
        reviewing.hold_reviews(workspace, _sides(people.values()), now=now)
        keeping_warm.put_on_tracks(workspace, now=now)
        for handoff in books.handoffs:
            if handoff.status == Handoff.Status.OPEN:
                messages.tell_offered(handoff)
    return workspace


def _sides(people: Iterable[tuple[User, Person]]) -> dict[str, User]:
    """Who speaks for each side in a joint review."""
    by_role = {person.role: user for user, person in people}
    return {
        Side.MARKETING: by_role[Role.MARKETING_MANAGER],
        Side.SALES: by_role[Role.SALES_MANAGER],
    }


def bring_up_to_date(*, now: datetime) -> None:
    """Score everybody as of now and settle what follows, as the worker would within minutes."""
    while score_dirty(now=now, limit=1000):
        pass
    while settle_due(now=now):
        pass
    with connection.cursor() as cursor:
        cursor.execute(_SCORED_THEN)
        cursor.execute("ANALYZE")


# Everybody was scored just now; in the simulated year, when the clock of it was stopped.
_SCORED_THEN: Final = """
    UPDATE scoring_score s SET first_scored_at = c.stopped_at FROM sla_clock c
    WHERE c.lead_id = s.lead_id AND c.code = 'scored' AND c.stopped_at IS NOT NULL
"""
