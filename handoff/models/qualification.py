"""What sales finds out after acceptance: the scorecard, and the deal."""

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import User, WorkspaceOwned, WorkspaceQuerySet
from leadqual.models import Lead


class Scorecard(WorkspaceOwned):
    """The answers to a qualification framework for one lead in one cycle."""

    lead = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="scorecards")
    cycle = models.PositiveSmallIntegerField()
    framework = models.CharField(max_length=20, default="bant_plus")
    created_at = models.DateTimeField(default=timezone.now)

    objects = WorkspaceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["lead", "cycle", "framework"], name="one_scorecard_a_cycle"
            )
        ]

    def __str__(self) -> str:
        return f"{self.framework} of {self.lead}, cycle {self.cycle}"


class ScorecardAnswer(models.Model):
    """One answer, with what it rests on. `value`: 0 no, 1 weak, 2 confirmed; no row: unknown."""

    class Value(models.IntegerChoices):
        NO = 0, "No"
        WEAK = 1, "Partly"
        CONFIRMED = 2, "Confirmed"

    scorecard = models.ForeignKey(Scorecard, on_delete=models.CASCADE, related_name="answers")
    question = models.CharField(max_length=30)
    value = models.PositiveSmallIntegerField(choices=Value.choices)
    evidence = models.TextField(blank=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["scorecard", "question"], name="one_answer_a_question")
        ]

    def __str__(self) -> str:
        return f"{self.question}: {self.get_value_display()}"


class LostReason(models.TextChoices):
    PRICE = "price", "Price"
    COMPETITOR = "competitor", "Chose a competitor"
    NO_DECISION = "no_decision", "No decision made"
    TIMING = "timing", "Bad timing"
    MISSING_FEATURE = "missing_feature", "Something was missing"
    OTHER = "other", "Other"


class Opportunity(WorkspaceOwned):
    """The deal of one lead in one cycle; its amount is in the workspace's currency.

    `opened_at` is null where a file knew only the win or the loss: it is never invented.
    """

    lead = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="opportunities")
    cycle = models.PositiveSmallIntegerField()
    amount = models.DecimalField(max_digits=14, decimal_places=2, validators=[MinValueValidator(1)])
    currency = models.CharField(max_length=3)
    opened_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    won = models.BooleanField(null=True)
    lost_reason = models.CharField(max_length=20, choices=LostReason.choices, blank=True)

    objects = WorkspaceQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "opportunities"
        constraints = [
            models.UniqueConstraint(fields=["lead", "cycle"], name="one_opportunity_a_cycle"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="opportunity_has_amount"),
            models.CheckConstraint(
                condition=Q(won=None, closed_at=None, lost_reason="")
                | Q(won=True, closed_at__isnull=False, lost_reason="")
                | (Q(won=False, closed_at__isnull=False) & ~Q(lost_reason="")),
                name="opportunity_closed_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount} {self.currency} from {self.lead}"
