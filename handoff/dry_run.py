"""A dry run: the leads of the last weeks, routed in memory by the plan in force and by the draft.

Both begin with the same pools, in which nobody is owed a turn, and the same reps as they are set up
now. A lead comes at the moment of its first offer in a cycle, with the grade and tier of then and
its other facts of now. What nobody knows of a week that did not happen is left out: answers, so
no lead comes back, and how many offers are open at once. Nothing is read of the database twice and
nothing is written.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from handoff.models import Handoff, RoutingPlan
from handoff.rehearsal import NO_RULE, NOBODY, OWNER, Place, Routing, World, asked_of, first_offers
from handoff.rosters import rules_of
from handoff.routing import Rule
from handoff.routing_plans import plan_in_force
from leadqual.models import Lead
from leadqual.patience import at_most

MOST_LEADS: Final = 5_000
SHOWN: Final = 200
PATIENCE: Final = 10.0  # seconds that one question to the database may take


@dataclass(frozen=True)
class Line:
    """One place with the leads it gets."""

    place: Place
    now: int
    draft: int

    @property
    def difference(self) -> int:
        return self.draft - self.now

    @property
    def fewer(self) -> int:
        return -self.difference


@dataclass(frozen=True)
class Change:
    lead: Lead
    now: Routing
    draft: Routing


@dataclass(frozen=True)
class DryRun:
    """`leads` are the newest so many of `all_leads`. `changes` and `nobody` (whom the draft leaves
    to nobody) are the newest SHOWN, with their whole numbers beside them."""

    leads: int
    all_leads: int
    lines: list[Line]
    rules: list[tuple[str, int]]
    changes: list[Change]
    changed: int
    nobody: list[Change]
    left_over: int


def dry_run(draft: RoutingPlan, *, days: int, timed: bool, now: datetime) -> DryRun:
    """Route the leads of the last `days`. `timed`: working hours, absences and the caps a day and a
    week hold at the moment of the lead; else everybody who takes offers can take any.

    Twenty queries at most, however many leads there are. Raises TooManyToCount.
    """
    workspace, since = draft.workspace, now - timedelta(days=days)
    with at_most(PATIENCE):
        offers = first_offers(workspace, since=since, until=now)
        all_leads = offers.count()
        newest = list(offers.order_by("-offered_at", "-pk")[:MOST_LEADS])[::-1]
        world = World.of(workspace, since=since, until=now, timed=timed)
        plans = [rules_of(plan) if plan else [] for plan in (plan_in_force(workspace), draft)]
        asked = asked_of(newest, [rule for plan in plans for rule in plan])
    by_plan = [world.routed(newest, asked, rules) for rules in plans]
    return _report(newest, all_leads, *by_plan, rules=plans[1])


def _report(
    offers: Sequence[Handoff],
    all_leads: int,
    now: Sequence[Routing],
    draft: Sequence[Routing],
    *,
    rules: Sequence[Rule],
) -> DryRun:
    had, gets = Counter(each.to for each in now), Counter(each.to for each in draft)
    places = sorted(had.keys() | gets.keys(), key=lambda place: (_ORDER[place.kind], place.name))
    took = Counter(each.rule for each in draft)
    names = [*([OWNER] if took[OWNER] else []), *(rule.name for rule in rules), NO_RULE]
    pairs = [
        Change(offer.lead, old, new) for offer, old, new in zip(offers, now, draft, strict=True)
    ]
    changed = [pair for pair in pairs if pair.now.to != pair.draft.to]
    nobody = [pair for pair in pairs if pair.draft.to == NOBODY]
    return DryRun(
        leads=len(offers),
        all_leads=all_leads,
        lines=[Line(place, had[place], gets[place]) for place in places],
        rules=[(name, took[name]) for name in names],
        changes=changed[-SHOWN:][::-1],
        changed=len(changed),
        nobody=nobody[-SHOWN:][::-1],
        left_over=len(nobody),
    )


_ORDER = {"person": 0, "track": 1, "nobody": 2}
