"""What a tight definition may leave out: leads that a person had to lift over it, and what became
of them; and those that lie just below it now."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Count, Exists, F, OuterRef, Q

from accounts.models import Workspace
from handoff.low_scores import low_leads
from handoff.models import Handoff
from leadqual.models import StageMove
from leadqual.stages import Stage
from scoring.engine.definitions import definitions_of
from scoring.models import ScoreOverride
from scoring.versions import published_version

LOOKED_BACK: Final = timedelta(days=182)
"""A deal takes months: half a year tells what became of those who were lifted."""
NEAR: Final = 10
"""So many points below the MQL definition's least total is nearly an MQL."""


@dataclass(frozen=True)
class HeldBack:
    """`lifted`: became MQL while a person's override stood; of them `accepted` and `won` in that
    cycle. `near`: leads in New now, less than NEAR points below the definition; None where it does
    not ask for a total."""

    lifted: int
    accepted: int
    won: int
    near: int | None

    @property
    def words(self) -> str:
        told = (
            f"In half a year {self.lifted:,} became MQL by a person's override of the score: "
            f"{self.accepted:,} of them accepted, {self.won:,} won."
        )
        if self.near is None:
            return told
        return f"{told} {self.near:,} leads lie less than {NEAR} points below the MQL definition."

    @property
    def facts(self) -> dict[str, Any]:
        return {
            "lifted": self.lifted,
            "accepted": self.accepted,
            "won": self.won,
            "near": self.near,
        }


def held_back(workspace: Workspace, *, now: datetime) -> HeldBack:
    """Three queries at most."""
    return HeldBack(**_lifted(workspace, now=now), near=_near(workspace))


def _lifted(workspace: Workspace, *, now: datetime) -> dict[str, int]:
    overrides = ScoreOverride.objects.filter(
        Q(ended_at=None) | Q(ended_at__gt=OuterRef("at")),
        lead=OuterRef("lead"),
        at__lte=OuterRef("at"),
        expires_at__gt=OuterRef("at"),
    )
    cycle = {"lead": OuterRef("lead"), "cycle": OuterRef("cycle")}
    accepted = Handoff.objects.filter(status=Handoff.Status.ACCEPTED, **cycle)
    wins = StageMove.objects.filter(to_stage=Stage.WON, counted=True, **cycle)
    mqls = StageMove.objects.filter(
        Exists(overrides),
        workspace=workspace,
        to_stage=Stage.MQL,
        counted=True,
        at__gte=now - LOOKED_BACK,
        at__lt=now,
    ).annotate(was_accepted=Exists(accepted), was_won=Exists(wins))
    return mqls.aggregate(
        lifted=Count("pk"),
        accepted=Count("pk", filter=Q(was_accepted=True)),
        won=Count("pk", filter=Q(was_won=True)),
    )


def _near(workspace: Workspace) -> int | None:
    version = published_version(workspace)
    ways = definitions_of(version).mql if version else ()
    floors = [way.total for way in ways if way.total is not None]
    if not floors:
        return None
    leads = low_leads(workspace, stage=Stage.NEW).alias(sum=F("score__fit") + F("score__intent"))
    return leads.filter(sum__gte=min(floors) - NEAR).count()
