"""A new workspace works at once: scoring model, promises, reasons and policy of its own."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone as clock

from accounts.currencies import CODES
from accounts.models import Membership, Role, User, Workspace
from handoff.frameworks import DISCOVERY
from handoff.frameworks import install as install_frameworks
from handoff.models import HandoffPolicy, Pool, RejectionReason
from handoff.starter_tiers import install_starter_tiers
from scoring.starter import install_starter_model
from sla.starter import install_starter_sla

_NURTURE, _OUT = RejectionReason.Outcome.NURTURE, RejectionReason.Outcome.DISQUALIFY

STARTER_REASONS: tuple[tuple[str, str, RejectionReason.Outcome, int | None], ...] = (
    ("no-budget", "No budget", _NURTURE, 90),
    ("not-a-decision-maker", "Not a decision maker", _NURTURE, None),
    ("timeline-too-long", "Timeline too long", _NURTURE, 60),
    ("wrong-territory", "Wrong territory", _OUT, None),
    ("too-small", "Too small", _OUT, None),
    ("student-vendor-competitor", "Student, vendor or competitor", _OUT, None),
    ("duplicate", "Duplicate", _OUT, None),
    ("unreachable", "Unreachable", _NURTURE, 30),
    ("bad-data", "Bad data", _NURTURE, None),
    ("already-a-customer", "Already a customer", _OUT, None),
)
"""Code, name, what follows, and after how many days a recycled lead is woken (001, 003)."""


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
    RejectionReason.objects.bulk_create(
        RejectionReason(
            workspace=workspace,
            code=code,
            name=reason,
            outcome=outcome,
            recycle_days=days,
            position=position,
        )
        for position, (code, reason, outcome, days) in enumerate(STARTER_REASONS)
    )
    install_starter_sla(workspace, timezone=timezone, country=country)
    install_starter_model(workspace, by=by, now=at or clock.now())
    install_starter_tiers(workspace)
    return workspace
