"""The rules of one model version: who fits, what shows intent, what disqualifies."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from scoring.models.signals import Signal
from scoring.models.versions import Axis, VersionPart


class Operator(models.TextChoices):
    """How a condition compares a fact; `value` is a list of texts or numbers."""

    EQUALS = "equals", "is"
    IN_LIST = "in", "is one of"
    NOT_IN_LIST = "not_in", "is none of"
    CONTAINS = "contains", "contains one of"
    HAS_WORD = "has_word", "has one of the words"
    BEGINS_WITH = "begins_with", "begins with one of"
    BETWEEN = "between", "is between"
    AT_LEAST = "at_least", "is at least"
    AT_MOST = "at_most", "is at most"
    IS_MISSING = "missing", "is not known"
    IS_KNOWN = "known", "is known"
    FREE_MAILBOX = "free_mailbox", "is a free mailbox"


class ConditionFields(VersionPart):
    """A condition over one fact of the lead or its company; text compares without case.

    `field` is a name of `scoring.fields`. A fact that is not known satisfies only
    `missing` and `not_in`. “Has one of the words” asks for whole words or phrases: CTO is in
    “Group CTO”, not in “Director”.
    """

    field = models.CharField(max_length=60)
    operator = models.CharField(max_length=20, choices=Operator.choices)
    value = models.JSONField(default=list, blank=True)

    class Meta:
        abstract = True


class IcpCriterion(ConditionFields):
    """One line of the ideal customer profile; a lead matches the ICP when every line holds."""

    class Meta:
        verbose_name = "ICP criterion"
        verbose_name_plural = "ICP criteria"
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"ICP: {self.field}"


class AttributeRule(ConditionFields):
    """Points for what a lead or company is or said; on the fit axis, or on intent (timeline).

    `field` may also be “icp”: the operator is then ignored and the whole profile must match.
    """

    axis = models.CharField(max_length=6, choices=Axis.choices, default=Axis.FIT)
    name = models.CharField(max_length=120)
    points = models.SmallIntegerField(validators=[MinValueValidator(-100), MaxValueValidator(100)])

    class Meta:
        ordering = ["axis", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["version", "name"], name="attribute_rule_name_once"),
            models.CheckConstraint(condition=~Q(points=0), name="attribute_rule_has_points"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.points:+d}"


class IntentRule(VersionPart):
    """Points for a signal. Two shapes, by `at_least`:

    - empty: each event with the signal in the window earns `points`, halved every
      `half_life_days`, together at most `cap`;
    - n: `points` once, when at least n events with the signal lie in the window.

    `source_points` maps a source's code to other points for events from that source.
    Ages are in exact days before the moment of scoring; events later than it do not count.
    """

    name = models.CharField(max_length=120)
    signal = models.ForeignKey(Signal, on_delete=models.PROTECT, related_name="+")
    points = models.SmallIntegerField(validators=[MinValueValidator(-100), MaxValueValidator(100)])
    source_points = models.JSONField(default=dict, blank=True)
    at_least = models.PositiveSmallIntegerField(
        "times", null=True, blank=True, validators=[MinValueValidator(2)]
    )
    cap = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MaxValueValidator(100)]
    )
    window_days = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1)]
    )
    half_life_days = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1)]
    )

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["version", "name"], name="intent_rule_name_once"),
            models.CheckConstraint(condition=~Q(points=0), name="intent_rule_has_points"),
            models.CheckConstraint(
                condition=Q(at_least=None) | Q(half_life_days=None, cap=None),
                name="intent_rule_one_shape",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.points:+d}"


class Disqualifier(ConditionFields):
    """A flag that blocks hand-off however active the lead is; never points."""

    name = models.CharField(max_length=120)
    reason = models.CharField(max_length=200, help_text="Why such leads are not handed to sales.")

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["version", "name"], name="disqualifier_name_once")
        ]

    def __str__(self) -> str:
        return self.name


class QualificationRule(VersionPart):
    """One way to satisfy the MQL definition or the hand-off rule; any one of them is enough.

    Every bound that is filled in must be reached; no disqualifier may hold. Total = fit + intent.
    """

    class Purpose(models.TextChoices):
        MQL = "mql", "MQL definition"
        HANDOFF = "handoff", "Hand-off rule"

    purpose = models.CharField(max_length=8, choices=Purpose.choices)
    fit_at_least = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MaxValueValidator(100)]
    )
    intent_at_least = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MaxValueValidator(100)]
    )
    total_at_least = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MaxValueValidator(200)]
    )

    class Meta:
        ordering = ["-purpose", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(fit_at_least__isnull=False)
                | Q(intent_at_least__isnull=False)
                | Q(total_at_least__isnull=False),
                name="qualification_asks_something",
            )
        ]

    def __str__(self) -> str:
        bounds = {
            "fit": self.fit_at_least,
            "intent": self.intent_at_least,
            "total": self.total_at_least,
        }
        return " and ".join(f"{name} ≥ {floor}" for name, floor in bounds.items() if floor)
