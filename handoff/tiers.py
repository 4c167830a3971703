"""Which tier a lead is of: the first, in the workspace's order, that fits its grade and size."""

from collections.abc import Sequence

from accounts.models import Workspace
from handoff.lead_conditions import Conditions, Facts, unmet
from handoff.models import Tier


def tiers_of(workspace: Workspace) -> list[Tier]:
    return list(Tier.objects.of(workspace).order_by("position", "pk"))


def tier_of(tiers: Sequence[Tier], *, grade: str, employees: int | None) -> Tier | None:
    """None where no tier fits; the lead is then worked like one of a full call."""
    facts = Facts(grade=grade, employees=employees)
    return next((tier for tier in tiers if not unmet(_conditions(tier), facts)), None)


def _conditions(tier: Tier) -> Conditions:
    return Conditions(
        grades=tier.grades, employees_from=tier.employees_from, employees_to=tier.employees_to
    )
