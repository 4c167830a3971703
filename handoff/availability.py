"""When a rep takes offers: days away and a pause, entered by a manager or by the rep."""

from datetime import date
from typing import Final

from django.db import transaction

from accounts.models import User, Workspace
from handoff.models import Rep
from handoff.rosters import welcome_reps
from sla.models import Absence

EARLIEST: Final = date(2000, 1, 1)
LATEST: Final = date(2199, 12, 31)
PAST: Final = 5


class BadAbsence(ValueError):
    """What is wrong, as a sentence; `field` is where it was typed."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(text)
        self.field = field


def check_days(
    *, workspace: Workspace, person: User, first_day: date, last_day: date, but: int | None = None
) -> None:
    """Raises BadAbsence: the wrong way round, absurd, or overlapping another absence of the person
    there than `but`, the id of the one that is being changed."""
    for field, day in (("first_day", first_day), ("last_day", last_day)):
        if not EARLIEST <= day <= LATEST:
            raise BadAbsence(field, f"Choose a day from {EARLIEST.year} to {LATEST.year}.")
    if last_day < first_day:
        raise BadAbsence("last_day", f"This is before the first day, {_said(first_day)}.")
    others = Absence.objects.of(workspace).filter(person=person)
    if but is not None:
        others = others.exclude(pk=but)
    clash = others.filter(first_day__lte=last_day, last_day__gte=first_day).first()
    if clash:
        raise BadAbsence(
            "first_day",
            f"{person} is away from {_said(clash.first_day)} to {_said(clash.last_day)} already: "
            "change that absence, or choose other days.",
        )


def _said(day: date) -> str:
    return f"{day:%-d %B %Y}"


@transaction.atomic
def be_away(
    *, workspace: Workspace, by: User, first_day: date, last_day: date, note: str = ""
) -> Absence:
    """Enter one's own days away, both included. Raises BadAbsence."""
    own_rep(workspace, by)  # held, so that of two saves the second sees the first
    check_days(workspace=workspace, person=by, first_day=first_day, last_day=last_day)
    return Absence.objects.create(
        workspace=workspace, person=by, first_day=first_day, last_day=last_day, note=note
    )


@transaction.atomic
def take_offers(*, workspace: Workspace, by: User, takes: bool) -> Rep | None:
    """Pause oneself, or end the pause; offers that are open stay. None for who is no rep here."""
    rep = own_rep(workspace, by)
    if rep is not None and rep.is_active != takes:
        rep.is_active = takes
        rep.save(update_fields=["is_active"])
    return rep


def shown_absences(workspace: Workspace, person: User, *, today: date) -> list[Absence]:
    """Those to come and the present one first, then the latest that are over."""
    mine = Absence.objects.of(workspace).filter(person=person)
    ahead = list(mine.filter(last_day__gte=today).order_by("first_day"))
    return ahead + list(mine.filter(last_day__lt=today).order_by("-first_day")[:PAST])


def own_rep(workspace: Workspace, person: User) -> Rep | None:
    """The person's row, held until the transaction ends."""
    welcome_reps(workspace)
    held = Rep.objects.of(workspace).select_for_update(no_key=True)
    return held.filter(user=person).first()
