"""What joint reviews decide, and what becomes of it."""

from typing import Self

from django.db import models
from django.db.models import Q

from accounts.models import User, WorkspaceOwned, WorkspaceQuerySet
from handoff.models.configuration import RejectionReason
from handoff.models.joint_reviews import AgendaItem, Review
from handoff.models.routing import RoutingPlan
from scoring.models import ModelVersion
from sla.models import Agreement


class DecisionQuerySet(WorkspaceQuerySet["Decision"]):
    def open(self) -> Self:
        return self.filter(done_at=None)


class Decision(WorkspaceOwned):
    """What was decided in a review: text, owner, local day, and where it fits what it starts.

    `effect` says what it starts, and one of the four links which one that became when it was
    begun; a draft that somebody discards leaves no link, and may be begun again. The words and
    what they are about stay as decided once the review is closed (a trigger); the owner, the day,
    the link and whether it is done go on.
    """

    class Effect(models.TextChoices):
        NONE = "", "Nothing in the product"
        MODEL = "model", "A draft of the scoring model"
        REASON = "reason", "A new rejection reason"
        ROUTING = "routing", "A routing rule"
        AGREEMENT = "agreement", "A new version of the agreement"

    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="decisions")
    item = models.ForeignKey(
        AgendaItem, on_delete=models.PROTECT, null=True, related_name="decisions"
    )
    text = models.TextField()
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    due = models.DateField()
    effect = models.CharField(max_length=10, choices=Effect.choices, blank=True)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    begun_at = models.DateTimeField(null=True)
    begun_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    model_version = models.ForeignKey(
        ModelVersion, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    reason = models.ForeignKey(
        RejectionReason, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    plan = models.ForeignKey(RoutingPlan, on_delete=models.SET_NULL, null=True, related_name="+")
    agreement = models.ForeignKey(Agreement, on_delete=models.SET_NULL, null=True, related_name="+")
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    step = models.PositiveIntegerField(default=0)

    objects = DecisionQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(done_at=None, done_by=None)
                | Q(done_at__isnull=False, done_by__isnull=False),
                name="decision_done_whole",
            ),
            models.CheckConstraint(
                condition=Q(begun_at=None, begun_by=None)
                | Q(begun_at__isnull=False, begun_by__isnull=False),
                name="decision_begun_whole",
            ),
            models.CheckConstraint(condition=~Q(text=""), name="decision_in_words"),
        ]
        indexes = [
            models.Index(
                fields=["workspace", "due"], condition=Q(done_at=None), name="decisions_open"
            ),
        ]

    def __str__(self) -> str:
        return self.text
