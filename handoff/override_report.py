"""All overrides of a workspace, and what became of each lead since: is a person right more often
than the model?

The URL takes `by` (a person's id), `state` and `became`, and pages by keyset, newest first.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Final

from django.db.models import (
    BigIntegerField,
    Count,
    Exists,
    F,
    Func,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
)

from accounts.models import User, Workspace
from handoff.cursors import Cursor
from handoff.models import Handoff
from leadqual.models import Lead, StageMove
from leadqual.stages import Stage
from scoring.models import ScoreOverride

PAGE: Final = 50
STATES: Final = {"valid": "Valid now", "ended": "Ended by a person", "expired": "Expired"}
BECAME: Final = {
    "decided": "Decided by sales",
    "accepted": "Accepted by sales",
    "rejected": "Rejected by sales",
    "open": "Not decided",
    "won": "Won",
}
ACCEPTED, REJECTED = Handoff.Status.ACCEPTED, Handoff.Status.REJECTED


@dataclass(frozen=True)
class Counts:
    """Of overrides, not of leads: one that was overridden twice counts twice."""

    overrides: int
    valid: int
    decided: int
    accepted: int
    won: int

    @property
    def rejected(self) -> int:
        return self.decided - self.accepted

    @property
    def decided_share(self) -> float | None:
        return self.decided / self.overrides if self.overrides else None

    @property
    def accepted_share(self) -> float | None:
        """Of those decided, as the acceptance rate everywhere."""
        return self.accepted / self.decided if self.decided else None

    @property
    def won_share(self) -> float | None:
        return self.won / self.overrides if self.overrides else None


class OverrideReport:
    def __init__(self, workspace: Workspace, *, query: Mapping[str, str], now: datetime) -> None:
        self.workspace, self.now = workspace, now
        by, state, became = (query.get(name, "") for name in ("by", "state", "became"))
        self.by = int(by) if by.isdecimal() and len(by) < 19 else None
        self.state = state if state in STATES else ""
        self.became = became if became in BECAME else ""
        self.before = Cursor.parse(query.get("before", ""))

    @property
    def states(self) -> dict[str, str]:
        return STATES

    @property
    def outcomes(self) -> dict[str, str]:
        return BECAME

    @property
    def is_narrowed(self) -> bool:
        return bool(self.by or self.state or self.became)

    @cached_property
    def people(self) -> list[User]:
        """Whoever has overridden a score here."""
        by = ScoreOverride.objects.of(self.workspace).values("by")
        return list(User.objects.filter(pk__in=by).order_by("name", "pk"))

    @property
    def _chosen(self) -> QuerySet[ScoreOverride]:
        """Of the person and state chosen, with what came of the lead since."""
        chosen = with_outcomes(ScoreOverride.objects.of(self.workspace))
        if self.by:
            chosen = chosen.filter(by=self.by)
        is_over = Q(ended_at__isnull=False) | Q(expires_at__lte=self.now)
        if self.state == "valid":
            chosen = chosen.exclude(is_over)
        elif self.state == "ended":
            chosen = chosen.filter(ended_by__isnull=False)
        elif self.state == "expired":
            chosen = chosen.filter(is_over, ended_by=None)
        return chosen

    @cached_property
    def counts(self) -> Counts:
        is_valid = Q(ended_at=None, expires_at__gt=self.now)
        found = self._chosen.aggregate(
            overrides=Count("pk"),
            valid=Count("pk", filter=is_valid),
            decided=Count("pk", filter=Q(decision__isnull=False)),
            accepted=Count("pk", filter=Q(decision=ACCEPTED)),
            won=Count("pk", filter=Q(was_won=True)),
        )
        return Counts(**found)

    @cached_property
    def _found(self) -> list[ScoreOverride]:
        wanted = {
            "decided": Q(decision__isnull=False),
            "accepted": Q(decision=ACCEPTED),
            "rejected": Q(decision=REJECTED),
            "open": Q(decision=None),
            "won": Q(was_won=True),
        }
        rows = self._chosen.filter(wanted.get(self.became, Q()))
        if self.before:
            rows = rows.filter(self.before.behind("at", self.before.moment, descending=True))
        stage = Lead.objects.filter(pk=OuterRef("whose")).values("stage")
        rows = rows.annotate(stage_now=Subquery(stage))
        people = ("by", "ended_by", "lead__company")
        return list(rows.select_related(*people).order_by("-at", "-pk")[: PAGE + 1])

    @property
    def rows(self) -> list[ScoreOverride]:
        return self._found[:PAGE]

    @property
    def older(self) -> str:
        """The cursor of the next page; blank on the last."""
        if len(self._found) <= PAGE:
            return ""
        last = self.rows[-1]
        return str(Cursor(last.at.isoformat(), last.pk))


class Survivor(Func):
    """The id of the lead that this one was merged into, however often; else its own."""

    template = (
        "(WITH RECURSIVE merged AS ("
        "SELECT id, merged_into_id FROM leadqual_lead WHERE id = %(expressions)s"
        " UNION SELECT l.id, l.merged_into_id FROM leadqual_lead l"
        " JOIN merged m ON l.id = m.merged_into_id"
        ") SELECT id FROM merged WHERE merged_into_id IS NULL)"
    )
    arity = 1
    output_field = BigIntegerField()


def with_outcomes(overrides: QuerySet[ScoreOverride]) -> QuerySet[ScoreOverride]:
    """Each with `decision`, the first that sales made since (accepted, rejected or null), and
    `was_won`; of a lead that was merged, those of `whose`, the survivor."""
    decisions = Handoff.objects.filter(
        lead=OuterRef("whose"), status__in=[ACCEPTED, REJECTED], decided_at__gte=OuterRef("at")
    ).order_by("decided_at", "pk")
    wins = StageMove.objects.filter(
        lead=OuterRef("whose"), to_stage=Stage.WON, at__gte=OuterRef("at")
    )
    return overrides.annotate(whose=Survivor(F("lead"))).annotate(
        decision=Subquery(decisions.values("status")[:1]), was_won=Exists(wins)
    )
