"""From a version back to the reviews whose decisions it came of, and their minutes."""

from django.db.models import QuerySet

from handoff.models import Decision, RejectionReason, RoutingPlan
from handoff.reviews.effects import Begun
from scoring.models import ModelVersion
from sla.models import Agreement

_LINKS: dict[type, str] = {
    ModelVersion: "model_version",
    Agreement: "agreement",
    RoutingPlan: "plan",
    RejectionReason: "reason",
}


def decisions_behind(version: Begun) -> QuerySet[Decision]:
    """The decisions that this version of a model or an agreement, this plan or reason was begun by,
    the oldest first, each with its review; one query."""
    rows = Decision.objects.filter(**{_LINKS[type(version)]: version})
    return rows.select_related("review__workspace", "owner").order_by("made_at", "pk")
