"""Decided offers by the dozen, for the pages about acceptance and rejections."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Any

from accounts.models import User, Workspace
from handoff.dashboards.panel import Asked, Page, Panel
from handoff.metrics.periods import Grain, Period
from handoff.metrics.scope import Scope
from handoff.models import Handoff, RejectionReason
from tests.builders import make_lead

NOW = datetime(2026, 11, 18, 12, tzinfo=UTC)
"""A Wednesday."""
DAY = timedelta(days=1)


def decide(
    workspace: Workspace,
    rep: User,
    *,
    accepted: int = 0,
    rejected: int = 0,
    reason: str = "no-budget",
    at: datetime = NOW,
    rules: Collection[str] = (),
    lead: dict[str, Any] | None = None,
    **fields: Any,
) -> list[Handoff]:
    """So many offers of a lead each, decided at that moment."""
    given = RejectionReason.objects.filter(workspace=workspace, code=reason).first()
    explanation = {"rules": [{"name": name, "hit": True, "points": 10} for name in rules]}
    fields = {"grade": "B", "fit": 50, "intent": 50, "model_version": 1, "cycle": 1, **fields}
    offers = []
    for n in range(accepted + rejected):
        is_accepted = n < accepted
        offers.append(
            Handoff(
                workspace=workspace,
                lead=make_lead(workspace, captured_at=at - DAY, **(lead or {})),
                rep=rep,
                status="accepted" if is_accepted else "rejected",
                offered_at=at - timedelta(hours=2),
                decided_at=at,
                decided_by=rep,
                reason=None if is_accepted else given,
                why_now="",
                packet={"explanation": explanation},
                **fields,
            )
        )
    return Handoff.objects.bulk_create(offers)


def panel(
    workspace: Workspace,
    page: Page,
    part: str,
    *,
    period: Period | None = None,
    compare: bool = False,
    every: Grain = "week",
    by: str = "",
) -> Panel:
    """A panel over all time unless a period is named."""
    scope = Scope(workspace, period or Period(zone=workspace.zone))
    before = scope.period.before() if compare else None
    asked = Asked(scope, NOW, by=by, every=every, before=scope.during(before) if before else None)
    return page.parts[part].make(asked)
