"""A stay in nurture: since when, why, and what wakes the lead."""

from django.db import models
from django.db.models import Q

from accounts.models import WorkspaceOwned, WorkspaceQuerySet
from handoff.models.configuration import RejectionReason
from leadqual.models import Lead


class NurtureStay(WorkspaceOwned):
    """Ends when the lead moves on. New intent counts from `entered_at`; `wake_at` may be empty.

    `woken_at` is when the wake date was acted on: from then on the MQL definition alone decides.
    """

    lead = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="nurture_stays")
    entered_at = models.DateTimeField()
    reason = models.ForeignKey(
        RejectionReason, on_delete=models.PROTECT, null=True, related_name="+"
    )
    wake_at = models.DateTimeField(null=True)
    woken_at = models.DateTimeField(null=True)
    left_at = models.DateTimeField(null=True)

    objects = WorkspaceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["lead"], condition=Q(left_at=None), name="one_nurture_stay"
            )
        ]
        indexes = [
            models.Index(
                fields=["wake_at"],
                condition=Q(left_at=None, woken_at=None, wake_at__isnull=False),
                name="nurture_to_wake",
            )
        ]

    def __str__(self) -> str:
        return f"{self.lead} in nurture since {self.entered_at:%Y-%m-%d}"
