"""A new workspace works at once: scoring model, promises, reasons, policy, reviews of its own."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone as clock

from accounts.currencies import CODES
from accounts.models import Membership, Role, User, Workspace
from handoff.frameworks import DISCOVERY
from handoff.frameworks import install as install_frameworks
from handoff.models import HandoffPolicy, Pool, Tier
from handoff.reviews.cadences import install_starter_cadences
from handoff.starter_reasons import install_starter_reasons
from handoff.starter_tiers import install_starter_tiers
from handoff.starter_tracks import install_starter_track
from scoring.starter import install_starter_model
from sla.starter import install_starter_sla, promise_further


@transaction.atomic
def create_workspace(
    *,
    name: str,
    slug: str,
    by: User,
    timezone: str = "UTC",
    country: str = "",
    currency: str = "EUR",
    at: datetime | None = None,
) -> Workspace:
    """The workspace, with everything that a first lead needs; `by` becomes its administrator.

    `currency` is an ISO 4217 code; ValueError for one that is not in accounts.currencies.
    """
    if currency not in CODES:
        raise ValueError(f"{currency!r} is the code of no currency that leadqual knows.")
    workspace = Workspace.objects.create(name=name, slug=slug, timezone=timezone, currency=currency)
    Membership.objects.create(workspace=workspace, user=by, role=Role.ADMINISTRATOR)
    discovery = next(row for row in install_frameworks(workspace) if row.code == DISCOVERY)
    HandoffPolicy.objects.create(workspace=workspace, discovery=discovery)
    Pool.objects.create(workspace=workspace, name="Everybody", takes_all=True)
    install_starter_reasons(workspace)
    calendar = install_starter_sla(workspace, timezone=timezone, country=country)
    install_starter_model(workspace, by=by, now=at or clock.now())
    install_starter_tiers(workspace)
    hot = Tier.objects.of(workspace).filter(is_hot=True)
    promise_further(calendar, hot=dict(hot.values_list("code", "name")))
    install_starter_track(workspace)
    today = (at or clock.now()).astimezone(workspace.zone).date()
    install_starter_cadences(workspace, today=today)
    return workspace
