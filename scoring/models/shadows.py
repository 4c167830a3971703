"""What a shadow version makes of the leads; nobody decides anything by it."""

from django.db import models
from django.db.models import Q

from accounts.models import Workspace, WorkspaceOwned, WorkspaceQuerySet
from leadqual.models import Lead
from scoring.models.versions import ModelVersion


class ShadowScore(WorkspaceOwned):
    """One lead's numbers by the rules of the workspace's shadow; see `Score` for what they are.

    Written by the scorers in the same run as the real score, where they differ from what stands
    there: `scored_at` is when they last did. Rows of a version that is a shadow no longer mean
    nothing and are cleared away in the background.
    """

    # As with the real scores, every index is one more entry for each row written.
    workspace = models.ForeignKey(
        Workspace, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    lead = models.OneToOneField(Lead, on_delete=models.CASCADE, primary_key=True, related_name="+")
    version = models.ForeignKey(
        ModelVersion, on_delete=models.PROTECT, db_index=False, related_name="+"
    )
    fit = models.FloatField()
    intent = models.FloatField()
    disqualified = models.BooleanField()
    scored_at = models.DateTimeField()

    objects = WorkspaceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(fit__gte=0, fit__lte=100, intent__gte=0, intent__lte=100),
                name="shadow_score_in_range",
            )
        ]
        indexes = [models.Index(fields=["version", "lead"], name="shadow_score_of_version")]

    def __str__(self) -> str:
        return f"fit {self.fit:g}, intent {self.intent:g}"

    @property
    def total(self) -> float:
        return self.fit + self.intent
