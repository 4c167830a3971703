"""Two things done to a person's record: merging two leads into one, and erasing for good."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import User, WorkspaceOwned, WorkspaceQuerySet
from leadqual.models import Lead


class LeadMerge(WorkspaceOwned):
    """`moved` lists what changed hands and `before` what the survivor said, so it can be undone."""

    survivor = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="merges")
    absorbed = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    moved = models.JSONField(default=dict)
    before = models.JSONField(default=dict)
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    objects = WorkspaceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["absorbed"], condition=Q(undone_at=None), name="lead_absorbed_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.absorbed_id} into {self.survivor_id}"


class Erasure(WorkspaceOwned):
    """That a person was erased, when and by whom; what they were is gone."""

    lead = models.OneToOneField(Lead, on_delete=models.PROTECT, related_name="erasure")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    objects = WorkspaceQuerySet.as_manager()

    def __str__(self) -> str:
        return f"lead {self.lead_id} at {self.at}"
