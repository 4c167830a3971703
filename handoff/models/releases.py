"""Leads that a publication made ready for sales, and that wait for the reps to have room."""

from typing import Self

from django.db import models
from django.db.models import F, Q

from accounts.models import WorkspaceOwned, WorkspaceQuerySet
from leadqual.models import Lead
from leadqual.stages import Stage


class ReleaseQuerySet(WorkspaceQuerySet["Release"]):
    def waiting(self) -> Self:
        """Those that count: the lead has stayed in `mql` since, as itself."""
        return self.filter(
            released_at=None,
            lead__stage=Stage.MQL,
            lead__stage_since__lte=F("queued_at"),
            lead__merged_into=None,
            lead__erased_at=None,
        )

    def fallen_out(self) -> Self:
        """Those whose lead was demoted, recycled, disqualified, merged or erased meanwhile."""
        return self.filter(released_at=None).exclude(pk__in=self.waiting())


class Release(WorkspaceOwned):
    """An MQL whose offer waits its turn, since `version` (its number) made it ready for sales.

    `released_at` is when it was offered, be it in its turn, for new intent, or by hand.
    """

    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="releases")
    version = models.PositiveIntegerField()
    queued_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True)

    objects = ReleaseQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["lead"], condition=Q(released_at=None), name="one_waiting_release"
            )
        ]
        indexes = [
            models.Index(
                fields=["workspace"], condition=Q(released_at=None), name="release_waiting"
            )
        ]

    def __str__(self) -> str:
        return f"{self.lead}, ready since version {self.version}"
