"""The joint review: both teams walk through what happened, mark it, decide, and it is measured."""

from typing import Self

from django.db import models
from django.db.models import F, Q

from accounts.models import User, WorkspaceOwned, WorkspaceQuerySet
from handoff.models.handoffs import Handoff
from handoff.models.qualification import Opportunity
from handoff.models.review_cadences import ReviewKind
from handoff.models.reviews import ReviewItem
from leadqual.models import Lead
from sla.models import Clock, Side


class ReviewQuerySet(WorkspaceQuerySet["Review"]):
    def open(self) -> Self:
        return self.filter(closed_at=None)


class Review(WorkspaceOwned):
    """One occasion. Its agenda is about what happened from `since` to the moment it was opened.

    `due` is the local day for which it was held; null: before one was due. `parts` says of each
    part of the agenda how many there were in all, of which so many are items:
    {part: {"total", "shown"}}. `figures` are those at the opening. `step` counts the writes: each
    row written in the review carries the step that wrote it, so that who has seen up to a step
    asks for what is newer; the row is locked by every writer.
    """

    kind = models.CharField(max_length=12, choices=ReviewKind.choices)
    due = models.DateField(null=True)
    since = models.DateTimeField()
    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    parts = models.JSONField(default=dict)
    figures = models.JSONField(default=dict)
    step = models.PositiveIntegerField(default=0, db_default=0)

    objects = ReviewQuerySet.as_manager()

    class Meta:
        ordering = ["-opened_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "kind"],
                condition=Q(closed_at=None),
                name="one_open_review_a_kind",
            ),
            models.CheckConstraint(
                condition=Q(closed_at=None, closed_by=None)
                | Q(closed_at__isnull=False, closed_by__isnull=False),
                name="review_closed_whole",
            ),
            models.CheckConstraint(
                condition=Q(since__lte=F("opened_at")), name="review_looks_back"
            ),
        ]
        indexes = [
            models.Index(F("workspace"), F("opened_at").desc(), name="reviews_newest"),
        ]

    def __str__(self) -> str:
        return (
            f"{self.get_kind_display()}, {self.opened_at.astimezone(self.workspace.zone):%d %b %Y}"
        )


class Participant(models.Model):
    """Somebody asked to a review, and for which side they speak; blank: for none yet.

    `joined_at` is when they came in; null: asked, and not there.
    """

    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="participants")
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    side = models.CharField(max_length=10, choices=Side.choices, blank=True)
    joined_at = models.DateTimeField(null=True)
    step = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["review", "person"], name="participant_once"),
            models.CheckConstraint(
                condition=Q(side__in=["", "marketing", "sales"]), name="two_sides_review"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} ({self.get_side_display() or 'no side'})"


class AgendaItem(models.Model):
    """One thing to talk about, with the facts as they were when the agenda was made.

    `key` names the subject within its part, such as handoff:17. `facts` hold nothing about a
    person outside our teams: what does (a name, a note, why a score is as it is) stands in
    `personal` alone, which erasure empties, and so it does with `outcome`, what was said about it
    in words. `applied` is the verdict both sides agreed on that was carried out (see Mark).
    """

    class Part(models.TextChoices):
        REJECT = "reject", "Rejected leads"
        MISS = "miss", "Missed clocks"
        WON = "won", "Wins, scored again"
        LOST = "lost", "Losses, scored again"
        THRESHOLD = "threshold", "Thresholds and the acceptance band"
        NOISE = "noise", "Rules that add noise"
        STALE = "stale", "Stale definitions"
        DECISION = "decision", "Open from last time"
        TO_DECIDE = "to_decide", "Waiting for a decision"

    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="items")
    part = models.CharField(max_length=10, choices=Part.choices)
    position = models.PositiveSmallIntegerField()
    key = models.CharField(max_length=120)
    title = models.CharField(max_length=300)
    facts = models.JSONField(default=dict)
    personal = models.JSONField(default=dict)
    lead = models.ForeignKey(Lead, on_delete=models.PROTECT, null=True, related_name="+")
    handoff = models.ForeignKey(Handoff, on_delete=models.PROTECT, null=True, related_name="+")
    clock = models.ForeignKey(Clock, on_delete=models.PROTECT, null=True, related_name="+")
    deal = models.ForeignKey(Opportunity, on_delete=models.PROTECT, null=True, related_name="+")
    review_item = models.ForeignKey(
        ReviewItem, on_delete=models.PROTECT, null=True, related_name="+"
    )
    decision = models.ForeignKey(
        "handoff.Decision", on_delete=models.PROTECT, null=True, related_name="+"
    )
    applied = models.CharField(max_length=15, blank=True)
    outcome = models.TextField(blank=True)
    outcome_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    outcome_at = models.DateTimeField(null=True)
    step = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["review", "part", "key"], name="agenda_item_once"),
        ]
        indexes = [
            models.Index(fields=["review", "step"], name="agenda_items_since"),
        ]

    def __str__(self) -> str:
        return self.title


class Mark(models.Model):
    """What one person says of a rejected lead, for the side they speak for; the last word counts.

    A wrong hand-off was rejected rightly, and should not have been offered at all.
    """

    class Verdict(models.TextChoices):
        RIGHT_REJECT = "right_reject", "Right reject"
        WRONG_REJECT = "wrong_reject", "Wrong reject"
        WRONG_HANDOFF = "wrong_handoff", "Wrong hand-off"

    item = models.ForeignKey(AgendaItem, on_delete=models.PROTECT, related_name="marks")
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    side = models.CharField(max_length=10, choices=Side.choices)
    verdict = models.CharField(max_length=15, choices=Verdict.choices, blank=True)  # "": taken back
    at = models.DateTimeField()
    step = models.PositiveIntegerField()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["item", "person"], name="one_mark_a_person"),
            models.CheckConstraint(
                condition=Q(side__in=["marketing", "sales"]), name="two_sides_mark"
            ),
            models.CheckConstraint(
                condition=Q(verdict__in=["", "right_reject", "wrong_reject", "wrong_handoff"]),
                name="mark_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person}: {self.get_verdict_display() or 'taken back'}"


class Minutes(models.Model):
    """The frozen document of a closed review: kept for ever as it is (a trigger).

    It names people outside our teams by the id of their lead alone, so that it never has to be
    altered when one of them is erased. `document_hash` is the SHA-256, in hex, of its canonical
    JSON; what stands in it is written down in `handoff.reviews.minutes`.
    """

    review = models.OneToOneField(
        Review, on_delete=models.PROTECT, primary_key=True, related_name="minutes"
    )
    document = models.JSONField()
    document_hash = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "minutes"

    def __str__(self) -> str:
        return f"Minutes of {self.review}"
