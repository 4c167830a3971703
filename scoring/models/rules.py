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
    ON_LIST = "on_list", "is on the list"
    NOT_ON_LIST = "not_on_list", "is not on the list"
    IS_MISSING = "missing", "is not known"
    IS_KNOWN = "known", "is known"
    FREE_MAILBOX = "free_mailbox", "is a free mailbox"


class ConditionFields(VersionPart):
    """A condition over one fact of the lead or its company; text compares without case.

    `field` is a name of `scoring.engine.fields`. A fact that is not known satisfies only
    `missing`, `not_in` and `not_on_list`. “Has one of the words” asks for whole words or
    phrases: CTO is in “Group CTO”, not in “Director”. With `on_list` the value names lists of
    the same version (`NamedList`).
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


class PersonaLine(ConditionFields):
    """One line of a persona; a lead is of the persona when all lines of that name hold.

    Rules may count for one persona only; inbound and outbound variants (001) are personas
    that ask for the direction of the first source.
    """

    persona = models.CharField(max_length=60, help_text="Lines of the same name belong together.")

    class Meta:
        ordering = ["persona", "pk"]

    def __str__(self) -> str:
        return f"{self.persona}: {self.field}"


class PointsGroup(VersionPart):
    """Rules that together count no more than `cap` points, up or down, on one axis."""

    axis = models.CharField("counts for", max_length=6, choices=Axis.choices)
    name = models.CharField(max_length=60)
    cap = models.PositiveSmallIntegerField(
        validators=[MinValueValidator(1), MaxValueValidator(100)],
        help_text="The most that all rules of the group count together.",
    )

    class Meta:
        ordering = ["axis", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["version", "name"], name="points_group_name_once")
        ]

    def __str__(self) -> str:
        return f"{self.name} (at most {self.cap})"


def _signed(points: int) -> str:
    return f"{points:+d}".replace("-", "−")


class Awarding(VersionPart):
    """What every rule that gives points has: for whom, and under which common cap."""

    persona = models.CharField(
        max_length=60, blank=True, help_text="Only for leads of this persona; empty: for all."
    )
    group = models.CharField(
        max_length=60, blank=True, help_text="Shares the cap of this group of rules."
    )

    class Meta:
        abstract = True


class AttributeRule(ConditionFields, Awarding):
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
        return f"{self.name} {_signed(self.points)}"


class IntentRule(Awarding):
    """Points for a signal, in one of the shapes below.

    - each: each event with the signal in the window earns `points`, less as it ages (halved
      every `half_life_days`, or by `decay_steps`), together at most `cap`;
    - times, days, pages: `points` once, from `at_least` events, days (in the workspace's time
      zone) or pages on;
    - sequence: `points` once, when the signal and then each of `later_steps` was shown, in this
      order, within the window (004: introduce, build trust, push to act); of events at the same
      moment the one with the earlier step comes first;
    - people: `points` once, when `at_least` people of the lead's company have shown the signal.

    `source_points` maps a source's code to other points for events from that source.
    `later_steps` are codes of signals. `decay_steps` are [days, percent] with rising days: from
    so many days old on, so many percent of the points count.
    Ages are in exact days before the moment of scoring; events later than it do not count.
    """

    class Shape(models.TextChoices):
        EACH = "each", "each time"
        TIMES = "times", "once, from so many times on"
        DAYS = "days", "once, from so many different days on"
        PAGES = "pages", "once, from so many different pages on"
        SEQUENCE = "sequence", "once, after all steps in this order"
        PEOPLE = "people", "once, from so many people of the company on"

    name = models.CharField(max_length=120)
    # Restricted, not protected: a draft's own signals go with it and its rules.
    signal = models.ForeignKey(Signal, on_delete=models.RESTRICT, related_name="+")
    shape = models.CharField("counts", max_length=8, choices=Shape.choices, default=Shape.EACH)
    points = models.SmallIntegerField(validators=[MinValueValidator(-100), MaxValueValidator(100)])
    source_points = models.JSONField(default=dict, blank=True)
    at_least = models.PositiveSmallIntegerField(
        "how many", null=True, blank=True, validators=[MinValueValidator(2)]
    )
    later_steps = models.JSONField(default=list, blank=True)
    cap = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MaxValueValidator(100)]
    )
    window_days = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1)]
    )
    half_life_days = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1)]
    )
    decay_steps = models.JSONField(default=list, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["version", "name"], name="intent_rule_name_once"),
            models.CheckConstraint(condition=~Q(points=0), name="intent_rule_has_points"),
            models.CheckConstraint(
                condition=Q(shape="each", at_least=None, later_steps=[])
                | Q(shape="sequence", at_least=None, cap=None, half_life_days=None, decay_steps=[])
                & ~Q(later_steps=[])
                | Q(
                    shape__in=["times", "days", "pages", "people"],
                    at_least__isnull=False,
                    later_steps=[],
                    cap=None,
                    half_life_days=None,
                    decay_steps=[],
                ),
                name="intent_rule_one_shape",
            ),
            models.CheckConstraint(
                condition=Q(half_life_days=None) | Q(decay_steps=[]), name="intent_rule_one_decay"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {_signed(self.points)}"


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
    A band may be named instead of points: it is reached from its floor on.
    """

    class Purpose(models.TextChoices):
        MQL = "mql", "MQL definition"
        HANDOFF = "handoff", "Hand-off rule"

    purpose = models.CharField(max_length=8, choices=Purpose.choices)
    fit_band = models.CharField("fit band at least", max_length=30, blank=True)
    intent_band = models.CharField("intent band at least", max_length=30, blank=True)
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
                | Q(total_at_least__isnull=False)
                | ~Q(fit_band="")
                | ~Q(intent_band=""),
                name="qualification_asks_something",
            )
        ]

    def __str__(self) -> str:
        bounds = {
            "fit": self.fit_band or self.fit_at_least,
            "intent": self.intent_band or self.intent_at_least,
            "total": self.total_at_least,
        }
        return " and ".join(f"{name} ≥ {floor}" for name, floor in bounds.items() if floor)
