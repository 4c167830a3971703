"""What sales finds out after acceptance: the scorecard, and the deal."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import User, WorkspaceOwned, WorkspaceQuerySet
from leadqual.models import Lead


class Framework(WorkspaceOwned):
    """A qualification framework as the workspace asks it: BANT, MEDDIC or its own.

    A scorecard passes when the answers reach `pass_mark` per cent of all weights and no question
    stays below what it needs.
    """

    code = models.SlugField(max_length=20)
    name = models.CharField(max_length=60)
    about = models.TextField(blank=True)
    pass_mark = models.PositiveSmallIntegerField(
        "pass mark (%)", default=60, validators=[MaxValueValidator(100)]
    )
    is_active = models.BooleanField("in use", default=True)

    objects = WorkspaceQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["workspace", "code"], name="framework_code_once")
        ]

    def __str__(self) -> str:
        return self.name


class FrameworkQuestion(models.Model):
    """One question, in call order. `needed` is the least that lets the scorecard pass: 0 nothing,
    1 partly, 2 confirmed. `prefill` names a fact of the lead that answers it in advance. One that
    is asked no more keeps the answers that it was given."""

    framework = models.ForeignKey(Framework, on_delete=models.CASCADE, related_name="questions")
    position = models.PositiveSmallIntegerField(default=0)
    code = models.SlugField(max_length=30)
    name = models.CharField(max_length=60)
    ask = models.CharField("script line", max_length=300)
    weight = models.PositiveSmallIntegerField(
        default=1, validators=[MinValueValidator(1), MaxValueValidator(10)]
    )
    needed = models.PositiveSmallIntegerField(
        choices=[(0, "Nothing"), (1, "At least partly"), (2, "Confirmed")], default=1
    )
    when_no = models.CharField("“no” means", max_length=200)
    when_partly = models.CharField("“partly” means", max_length=200)
    when_confirmed = models.CharField("“confirmed” means", max_length=200)
    prefill = models.CharField("answered in advance by", max_length=60, blank=True)
    is_active = models.BooleanField("asked", default=True, db_default=True)

    class Meta:
        verbose_name = "question"
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["framework", "code"], name="question_code_once")
        ]

    def __str__(self) -> str:
        return self.name


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
    """One answer, with what it rests on. `value`: 0 no, 1 weak, 2 confirmed; no row: unknown.

    An answer that another has replaced is kept, with `replaced_at`: two people on one scorecard
    lose nothing. `said_by` and `said_on`: who of theirs said so, and on which day.
    """

    class Value(models.IntegerChoices):
        NO = 0, "No"
        WEAK = 1, "Partly"
        CONFIRMED = 2, "Confirmed"

    scorecard = models.ForeignKey(Scorecard, on_delete=models.CASCADE, related_name="answers")
    question = models.CharField(max_length=30)
    value = models.PositiveSmallIntegerField(choices=Value.choices)
    evidence = models.TextField(blank=True)
    said_by = models.CharField(max_length=120, blank=True)
    said_on = models.DateField(null=True, blank=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    replaced_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["scorecard", "question"],
                condition=Q(replaced_at=None),
                name="one_answer_a_question",
            )
        ]
        indexes = [models.Index(fields=["scorecard", "question", "at"], name="answers_over_time")]

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
