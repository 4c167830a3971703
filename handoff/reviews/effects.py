"""What a decision starts, one click away: made by its own door, and linked from the decision.

A draft that is discarded takes its link along, and the decision may be begun again. The moment of
the effect is when it counts for leads, not when it was begun: a version is published, a plan put in
force, an agreement signed by both sides, a reason given for the first time. A decision that starts
nothing in the product counts from the moment it is done.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from django.db.models import Max, Min
from django.urls import reverse
from django.utils.text import slugify

from accounts.access import Permission
from accounts.models import User
from handoff import routing_plans
from handoff.models import Decision, Handoff, RejectionReason, RoutingPlan
from handoff.reviews.deciding import stirred
from handoff.transitions import MoveNotAllowed
from scoring.drafts import open_draft
from scoring.models import ModelVersion
from sla import agreements
from sla.models import Agreement

Effect = Decision.Effect
NEEDS: Final = {
    Effect.MODEL: Permission.CONFIGURE_SCORING,
    Effect.REASON: Permission.CONFIGURE_HANDOFF,
    Effect.ROUTING: Permission.CONFIGURE_HANDOFF,
    Effect.AGREEMENT: Permission.EDIT_AGREEMENT,
}
"""Who may begin each; asked by whoever calls."""
Begun = ModelVersion | RejectionReason | RoutingPlan | Agreement
NAME_LENGTH: Final = 80


def begin_effect(decision: Decision, *, by: User, at: datetime) -> Decision:
    """Begin what the decision starts, or come back to what was begun; safe to repeat.

    A draft that is open already is what it starts: there is one at a time. Raises MoveNotAllowed
    where it starts nothing.
    """
    if decision.effect not in _BEGIN:
        raise MoveNotAllowed("This decision starts nothing in the product.")
    with stirred(decision) as fresh:
        if begun(fresh) is None:
            field, begin = _BEGIN[Effect(fresh.effect)]
            setattr(fresh, field, begin(fresh, by, at))
            fresh.begun_at, fresh.begun_by = at, by
    return fresh


def begun(decision: Decision) -> Begun | None:
    """What it started; None where that was not begun, or was discarded."""
    if decision.effect not in _BEGIN:
        return None
    found: Begun | None = getattr(decision, _BEGIN[Effect(decision.effect)][0])
    return found


def address_of(decision: Decision) -> str:
    """Where what it started is edited or read; blank where there is nothing."""
    found = begun(decision)
    if isinstance(found, ModelVersion):
        return reverse("admin:scoring_modelversion_change", args=[found.pk])
    if isinstance(found, RejectionReason):
        return reverse("admin:handoff_rejectionreason_change", args=[found.pk])
    if isinstance(found, RoutingPlan):
        return reverse("admin:handoff_routingplan_change", args=[found.pk])
    if isinstance(found, Agreement):
        slug = decision.workspace.slug
        if found.status == Agreement.Status.DRAFT:
            return reverse("agreement_edit", args=[slug])
        return reverse("agreement_version", args=[slug, found.number])
    return ""


def counts_since(decision: Decision) -> datetime | None:
    """The moment of its effect; None: not yet."""
    found = begun(decision)
    if isinstance(found, ModelVersion):
        return found.published_at
    if isinstance(found, RoutingPlan):
        return found.in_force_since
    if isinstance(found, Agreement):
        return found.active_since
    if isinstance(found, RejectionReason):
        given: datetime | None = Handoff.objects.filter(
            workspace=decision.workspace_id, reason=found, status=Handoff.Status.REJECTED
        ).aggregate(first=Min("decided_at"))["first"]
        return given
    return decision.done_at if decision.effect == Effect.NONE else None


def _model(decision: Decision, by: User, at: datetime) -> ModelVersion:
    return open_draft(workspace=decision.workspace, by=by, now=at)


def _routing(decision: Decision, by: User, at: datetime) -> RoutingPlan:
    return routing_plans.open_draft(workspace=decision.workspace, at=at)


def _agreement(decision: Decision, by: User, at: datetime) -> Agreement:
    return agreements.begin(decision.workspace, by=by, at=at)


def _reason(decision: Decision, by: User, at: datetime) -> RejectionReason:
    """Not in use until somebody has said what follows from it, named after the decision."""
    reasons = RejectionReason.objects.of(decision.workspace)
    last = reasons.aggregate(last=Max("position"))["last"]
    name = " ".join(decision.text.split())
    return RejectionReason.objects.create(
        workspace=decision.workspace,
        code=f"{slugify(name)[:40].strip('-') or 'decided'}-{decision.pk}",
        name=name if len(name) <= NAME_LENGTH else f"{name[: NAME_LENGTH - 1]}…",
        position=0 if last is None else last + 1,
        is_active=False,
    )


_BEGIN: Final[dict[Effect, tuple[str, Callable[[Decision, User, datetime], Begun]]]] = {
    Effect.MODEL: ("model_version", _model),
    Effect.REASON: ("reason", _reason),
    Effect.ROUTING: ("plan", _routing),
    Effect.AGREEMENT: ("agreement", _agreement),
}
