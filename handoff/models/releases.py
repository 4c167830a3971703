"""Leads that became ready for sales all at once, and wait for the reps to have room: by a
publication, or held until an agreement was signed."""

from typing import Self

from django.db import models
from django.db.models import F, Q

from accounts.models import WorkspaceOwned, WorkspaceQuerySet
from leadqual.models import Lead
from leadqual.stages import Stage

_AS_ITSELF = Q(lead__merged_into=None, lead__erased_at=None)


class ReleaseQuerySet(WorkspaceQuerySet["Release"]):
    def waiting(self) -> Self:
        """Those that count: the lead has stayed in `mql` since, as itself."""
        return self.filter(
            _AS_ITSELF,
            released_at=None,
            held=False,
            lead__stage=Stage.MQL,
            lead__stage_since__lte=F("queued_at"),
        )

    def held_back(self) -> Self:
        """Those kept for leads that return to the line when an override ends."""
        return self.filter(
            _AS_ITSELF, released_at=None, held=True, lead__stage__in=[Stage.NEW, Stage.MQL]
        )

    def fallen_out(self) -> Self:
        """Those whose lead was recycled, disqualified, merged or erased meanwhile."""
        unreleased = self.filter(released_at=None).exclude(pk__in=self.waiting())
        return unreleased.exclude(pk__in=self.held_back())


class Release(WorkspaceOwned):
    """An MQL whose offer waits its turn, since `version` (its number) made it ready for sales;
    null: since hand-offs are held no longer.

    `released_at` is when it was offered, be it in its turn, for new intent, or by hand. `held`: it
    is not ready for as long as somebody's override says so, and waits again when that ends.
    `next_try_at`: those who could take it could not, and may then; null: at any moment.
    """

    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="releases")
    version = models.PositiveIntegerField(null=True)
    queued_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True)
    held = models.BooleanField(default=False, db_default=False)
    next_try_at = models.DateTimeField(null=True)

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
