"""The weekly look at leads whose score is too low (001): some are worth a call all the same.

In the queue are leads in `new`, or in nurture, that are below the MQL definition as computed, not
disqualified, and of whom nobody has said otherwise with an override; imported history is not in
it, as scores do not move it. Who was looked at is out of it for LOOKED_FOR.

The two orders are served by indexes: score_by_total and lead_stage_newest.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from math import ceil
from typing import Final, cast

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from accounts.models import User, Workspace
from handoff.lead_lists import COUNTED_TO, LeadList, LeadRow
from handoff.models import LowScoreLook
from leadqual.models import Lead
from leadqual.stages import Stage
from scoring.engine.definitions import Bounds, Definitions, definitions_of
from scoring.models import ScoreOverride
from scoring.standing import Standing, published_version

LOOKED_FOR: Final = timedelta(days=7)
SORTS: Final = {"score": "Best first", "newest": "Newest first"}
STAGES: Final = {Stage.NEW: "New", Stage.NURTURE: "In nurture"}


def look(lead: Lead, *, by: User, at: datetime) -> LowScoreLook:
    """Somebody has looked at the lead; it is out of the queue for a week from now."""
    seen, _ = LowScoreLook.objects.update_or_create(
        lead=lead, defaults={"workspace_id": lead.workspace_id, "by": by, "at": at}
    )
    return seen


def take_back_look(lead: Lead) -> None:
    """Nobody has looked; safe to repeat."""
    LowScoreLook.objects.filter(lead=lead).delete()


def low_leads(workspace: Workspace, *, stage: Stage) -> QuerySet[Lead]:
    """All of them, looked at or not; none where no version with an MQL definition is published."""
    version = published_version(workspace)
    ways = definitions_of(version).mql if version else ()
    leads = Lead.objects.of(workspace).present().in_stage(stage).filter(imported=False)
    leads = leads.filter(score__disqualified=False)
    leads = leads.alias(total=cast(F, F("score__fit") + F("score__intent")))
    for way in ways:
        leads = leads.filter(_falls_short(way))
    spoken_of = ScoreOverride.objects.standing().filter(lead=OuterRef("pk"))
    return leads.filter(~Exists(spoken_of)) if ways else leads.none()


def _falls_short(way: Bounds) -> Q:
    """Said without a NOT: so the index can begin at a total."""
    floors = {"score__fit": way.fit, "score__intent": way.intent, "total": way.total}
    short = Q(pk__in=[])
    for name, floor in floors.items():
        if floor is not None:
            short |= Q(**{f"{name}__lt": floor})
    return short


class LowScores:
    """A page of the queue. `looked`: those of this week instead of those that wait."""

    def __init__(
        self,
        workspace: Workspace,
        *,
        now: datetime,
        stage: str = "",
        sort: str = "",
        looked: bool = False,
        after: str = "",
        before: str = "",
    ) -> None:
        self.workspace, self.now, self.looked = workspace, now, looked
        self.stage = Stage.NURTURE if stage == Stage.NURTURE else Stage.NEW
        self.sort = sort if sort in SORTS else "score"
        self._place = {"after": after, "before": before}

    @cached_property
    def shown(self) -> LeadList:
        """Few are found by their stage and then sorted: along the index of scores it takes
        seconds to learn that there are none."""
        leads, pks = self._leads(looked=self.looked), self._pks
        if len(pks) <= COUNTED_TO:
            leads = leads.filter(pk__in=pks)
        return LeadList(leads, now=self.now, sort=self.sort, **self._place)

    @cached_property
    def _pks(self) -> Sequence[int]:
        """Of those asked for, one more than COUNTED_TO at most."""
        leads = self._leads(looked=self.looked).order_by()
        return tuple(leads.values_list("pk", flat=True)[: COUNTED_TO + 1])

    def _leads(self, *, looked: bool) -> QuerySet[Lead]:
        recent = LowScoreLook.objects.filter(lead=OuterRef("pk"), at__gt=self.now - LOOKED_FOR)
        leads = low_leads(self.workspace, stage=self.stage).select_related(
            "score", "low_score_look__by"
        )
        return leads.filter(Exists(recent) if looked else ~Exists(recent))

    @property
    def rows(self) -> list[LeadRow]:
        return self.shown.rows

    @cached_property
    def looked_at(self) -> int:
        """Leads of any stage that somebody looked at within a week, as long as they exist."""
        looks = LowScoreLook.objects.of(self.workspace).filter(at__gt=self.now - LOOKED_FOR)
        return looks.count()

    @cached_property
    def waiting(self) -> int:
        """Counted up to one more than COUNTED_TO."""
        if not self.looked:
            return len(self._pks)
        leads = self._leads(looked=False).order_by()
        return leads[: COUNTED_TO + 1].count()

    @property
    def waiting_words(self) -> str:
        return f"{COUNTED_TO:,}+" if self.waiting > COUNTED_TO else f"{self.waiting:,}"


@dataclass(frozen=True)
class Needed:
    """The least numbers with which a lead would be offered; None: the computed one is enough."""

    fit: int | None
    intent: int | None


def needed(definitions: Definitions, standing: Standing) -> Needed | None:
    """What the definitions ask for, by the way that adds the fewest points. None where no number
    is enough: nothing is defined, or a disqualifier holds."""
    if standing.disqualified or not definitions.mql:
        return None
    found = [
        numbers
        for mql in definitions.mql
        for handoff in definitions.handoff or definitions.mql
        if (numbers := _least((mql, handoff), standing.fit, standing.intent))
    ]
    if not found:
        return None
    fit, intent = min(found, key=lambda numbers: (sum(numbers), -numbers[0]))
    return Needed(
        ceil(fit) if fit > standing.fit else None,
        ceil(intent) if intent > standing.intent else None,
    )


def _least(ways: Iterable[Bounds], fit: float, intent: float) -> tuple[float, float] | None:
    """The numbers that satisfy all the ways, none below what is computed; what the total lacks is
    intent as far as there is room, for that is what a person has heard of."""
    asked = list(ways)
    fit = max([fit, *(way.fit or 0 for way in asked)])
    intent = max([intent, *(way.intent or 0 for way in asked)])
    lacks = max([0, *((way.total or 0) - fit - intent for way in asked)])
    more = min(lacks, 100 - intent)
    intent, fit = intent + more, fit + lacks - more
    return (fit, intent) if fit <= 100 and intent <= 100 else None
