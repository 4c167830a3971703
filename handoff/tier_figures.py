"""How many leads of each tier there are, and were offered; for the page of the tiers."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Count

from accounts.models import Workspace
from handoff.models import Handoff, Tier
from handoff.tiers import never_reached, tier_of, tiers_of
from leadqual.models import Lead
from leadqual.stages import IN_SALES, Stage
from scoring.engine.definitions import definitions_of
from scoring.models import ScoreOverride
from scoring.standing import grade_case, published_version, standings

LATELY: Final = timedelta(days=30)


@dataclass(frozen=True)
class TierFigures:
    """`now`: leads of the tier that are MQL or in sales; `offered`: offers of the last 30 days,
    with the tier that they had. `doubt`: why no lead can be of it, or blank."""

    tier: Tier
    now: int
    offered: int
    doubt: str


@dataclass(frozen=True)
class Figures:
    """Those of a workspace; `leads` and `offers` are all there are, with and without a tier."""

    workspace: Workspace
    rows: list[TierFigures]
    leads: int
    offers: int


def figures_of(workspace: Workspace, *, now: datetime) -> Figures:
    """Counted by the grade that counts, an override's first; a constant number of queries."""
    tiers, version = tiers_of(workspace), published_version(workspace)
    grades = sorted(set(definitions_of(version).grades.values())) if version else []
    doubts = never_reached(tiers, grades)
    counts, offered = _leads_by_tier(workspace, tiers, now=now), _offered(workspace, now=now)
    rows = [
        TierFigures(tier, counts[tier.pk], offered.get(tier.pk, 0), doubts.get(tier.pk, ""))
        for tier in tiers
    ]
    return Figures(workspace, rows, sum(counts.values()), sum(offered.values()))


def _leads_by_tier(
    workspace: Workspace, tiers: list[Tier], *, now: datetime
) -> Counter[int | None]:
    """By tier id; None: of no tier. Only MQLs and leads in sales: a tier is what sales does."""
    version = published_version(workspace)
    leads = Lead.objects.of(workspace).present().filter(stage__in=[Stage.MQL, *IN_SALES])
    spoken_of = ScoreOverride.objects.of(workspace).valid(at=now).values("lead")
    found: Counter[int | None] = Counter()
    if version is None:
        return found
    cells = (
        leads.exclude(pk__in=spoken_of)
        .annotate(grade=grade_case(version))
        .values_list("grade", "company__employees")
        .annotate(Count("pk"))
        .order_by()
    )
    for grade, employees, count in cells:
        tier = tier_of(tiers, grade=grade, employees=employees)
        found[tier.pk if tier else None] += count
    overridden = list(leads.filter(pk__in=spoken_of).select_related("company", "workspace"))
    known = standings(overridden, now=now)
    for lead in overridden:
        grade = known[lead.pk].counting.grade if lead.pk in known else ""
        employees = lead.company.employees if lead.company else None
        tier = tier_of(tiers, grade=grade, employees=employees)
        found[tier.pk if tier else None] += 1
    return found


def _offered(workspace: Workspace, *, now: datetime) -> Mapping[int | None, int]:
    offers = Handoff.objects.of(workspace).filter(offered_at__gt=now - LATELY, offered_at__lte=now)
    return dict(offers.values_list("tier").annotate(Count("pk")).order_by())
