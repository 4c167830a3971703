"""What asks for a decision of people, and when a lead wants to be called back."""

from typing import Self

from django.db import models
from django.db.models import F, Q

from accounts.models import User, WorkspaceOwned, WorkspaceQuerySet
from leadqual.models import Lead
from sla.models import Agreement, Side


class ReviewItemQuerySet(WorkspaceQuerySet["ReviewItem"]):
    def open(self) -> Self:
        return self.filter(decided_at=None)


class ReviewItem(WorkspaceOwned):
    """Something that stays open until somebody decides: what, who, when.

    `key` names what it is about, so that the same thing has one open item at a time, such as
    level:decide_offer:. `facts` are the latest figures that hold it open, with their denominators;
    `words` say it in a sentence or two. `owner` is who is asked to decide, as the agreement names
    it.
    """

    class Kind(models.TextChoices):
        MODEL = "model", "The scoring model goes on from what was signed"
        REVIEW = "review", "The agreement is to be reviewed"
        LEVEL = "level", "Performance is below the level agreed"
        ACCEPTANCE = "acceptance", "Acceptance is out of its healthy band"

    kind = models.CharField(max_length=10, choices=Kind.choices)
    key = models.CharField(max_length=100)
    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, null=True, related_name="+")
    side = models.CharField(max_length=10, choices=Side.choices, blank=True)
    owner = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    words = models.TextField()
    facts = models.JSONField(default=dict)
    opened_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    decision = models.TextField(blank=True)

    objects = ReviewItemQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "key"],
                condition=Q(decided_at=None),
                name="one_open_review_item",
            ),
            models.CheckConstraint(
                condition=Q(decided_at=None, decided_by=None, decision="")
                | (Q(decided_at__isnull=False, decided_by__isnull=False) & ~Q(decision="")),
                name="review_item_decided_whole",
            ),
        ]
        indexes = [
            models.Index(fields=["workspace", "-opened_at"], name="review_items"),
        ]

    def __str__(self) -> str:
        return self.words


class CallBackQuerySet(WorkspaceQuerySet["CallBack"]):
    def pending(self) -> Self:
        return self.filter(ended_at=None)


class CallBack(WorkspaceOwned):
    """The lead asked to be called back at `until`; meanwhile the promises that pause stand still.

    `asked_at` is when it asked, `logged_at` when that was written down. It ends by itself at
    `until`; `ended_at` is set where it ended before (the lead was reached, it moved on, it was a
    slip) or another took its place.
    """

    lead = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="call_backs")
    asked_at = models.DateTimeField()
    logged_at = models.DateTimeField()
    until = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    note = models.CharField(max_length=200, blank=True)
    ended_at = models.DateTimeField(null=True)

    objects = CallBackQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["lead"], condition=Q(ended_at=None), name="one_call_back"
            ),
            models.CheckConstraint(
                condition=Q(until__gt=F("asked_at")), name="call_back_after_asked"
            ),
        ]
        indexes = [models.Index(fields=["lead", "asked_at"], name="call_back_of_lead")]

    def __str__(self) -> str:
        return f"{self.lead} on {self.until}"
