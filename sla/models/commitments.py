"""A commitment: one measurable promise of a signed agreement, or of the workspace's defaults."""

from datetime import datetime
from typing import Final, Self

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from accounts.models import WorkspaceOwned, WorkspaceQuerySet
from sla.models.agreements import Agreement, Side
from sla.models.calendars import BusinessCalendar

_AT_LEAST_ONE = MinValueValidator(1)


def first_warning() -> list[int]:
    return [75]


def the_person() -> list[str]:
    return [Commitment.Told.PERSON]


def the_managers() -> list[str]:
    return [Commitment.Told.SALES_MANAGERS]


class CommitmentQuerySet(WorkspaceQuerySet["Commitment"]):
    def in_force(self) -> Self:
        """Those of the active agreement; of a workspace that has none, its defaults."""
        active = Agreement.objects.active().filter(workspace=models.OuterRef("workspace"))
        return self.filter(
            Q(agreement__status=Agreement.Status.ACTIVE)
            | (Q(agreement=None, retired_at=None) & ~models.Exists(active))
        )


class Commitment(WorkspaceOwned):
    """One promise. Of an `agreement`, or (null) of the workspace's defaults, which count as long as
    no agreement is active.

    The rows of a proposed, active or superseded agreement never change (a trigger). A default with
    clocks does not either: an edit retires it and puts another row in its place, so that every
    clock keeps the promise it was started with.

    Either `minutes` of business time (> 0, `days` 0), or `days` (> 0, `minutes` 0): business days,
    due at the closing time of the last. `tier_code` blank: leads of any tier that has no promise of
    this kind of its own; it and `tier_name` are `handoff`'s and stand here as it passed them in.
    `touches` of the kind `touch_counts` stop it, where touches do. `counts_by`: the calendar named
    here, or the working hours of whoever is held to it, where they have some. `pauses`: while the
    lead wants to be called back on a date; an absent rep never pauses a promise.
    `target_percent` of those judged are to be kept: the level agreed.
    """

    class Code(models.TextChoices):
        DECIDE_OFFER = "decide_offer", "Decide an offer"
        TOUCH_OF_OFFER = "touch_of_offer", "First touch after the first offer"
        FIRST_TOUCH = "first_touch", "First touch after acceptance"
        FOLLOW_UP = "follow_up", "Follow-up attempts after acceptance"
        QUALIFY = "qualify", "Qualify an accepted lead or give it back"
        REVIEW_REJECTION = "review_rejection", "Review a rejection"
        FALLBACK = "fallback", "Find somebody for a lead that nobody could take"
        SCORED = "scored", "Score a captured lead"
        OFFERED = "offered", "Offer a lead that is ready for sales"

    class CountsBy(models.TextChoices):
        CALENDAR = "calendar", "the calendar named here"
        PERSON = "person", "the working hours of who is held to it"

    class TouchCounts(models.TextChoices):
        ANY = "any", "any touch"
        SPOKEN = "spoken", "a call or a meeting, answered or not"
        REACHED = "reached", "a touch that reached the lead"

    class OnBreach(models.TextChoices):
        TELL = "tell", "Tell those named"
        REROUTE = "reroute", "Offer it to the next rep, and tell those named"
        TASK = "task", "Give a task, and tell those named"

    class Told(models.TextChoices):
        PERSON = "person", "who is held to it"
        SALES_MANAGERS = "sales_managers", "sales managers"
        MARKETING_MANAGERS = "marketing_managers", "marketing managers"

    agreement = models.ForeignKey(
        Agreement, on_delete=models.CASCADE, null=True, blank=True, related_name="commitments"
    )
    retired_at = models.DateTimeField(null=True, blank=True, editable=False)
    code = models.CharField("promise", max_length=20, choices=Code.choices)
    tier_code = models.CharField("tier", max_length=60, blank=True, default="", db_default="")
    tier_name = models.CharField(
        max_length=60, blank=True, default="", db_default="", editable=False
    )
    minutes = models.PositiveIntegerField(
        "business minutes",
        default=0,
        blank=True,
        validators=[MaxValueValidator(60 * 24 * 60)],
    )
    days = models.PositiveSmallIntegerField(
        "or business days", default=0, blank=True, validators=[MaxValueValidator(250)]
    )
    touches = models.PositiveSmallIntegerField(
        "touches", default=1, validators=[_AT_LEAST_ONE, MaxValueValidator(20)]
    )
    touch_counts = models.CharField(
        "what counts as a touch", max_length=8, choices=TouchCounts.choices, default=TouchCounts.ANY
    )
    counts_by = models.CharField(
        "counted in", max_length=8, choices=CountsBy.choices, default=CountsBy.CALENDAR
    )
    calendar = models.ForeignKey(BusinessCalendar, on_delete=models.PROTECT, related_name="+")
    warn_percents = ArrayField(
        models.PositiveSmallIntegerField(validators=[_AT_LEAST_ONE, MaxValueValidator(99)]),
        verbose_name="warn at (%)",
        default=first_warning,
        blank=True,
        help_text="How much of the time has passed when a warning is given; several are welcome.",
    )
    warns = ArrayField(
        models.CharField(max_length=20, choices=Told.choices),
        verbose_name="who is warned",
        default=the_person,
        blank=True,
    )
    tells = ArrayField(
        models.CharField(max_length=20, choices=Told.choices),
        verbose_name="who is told of a breach",
        default=the_managers,
        blank=True,
    )
    on_breach = models.CharField(
        "at a breach", max_length=8, choices=OnBreach.choices, default=OnBreach.TELL
    )
    pauses = models.BooleanField(
        "pauses until a date on which the lead wants to be called back", default=True
    )
    target_percent = models.PositiveSmallIntegerField(
        "kept in (%)", default=90, validators=[_AT_LEAST_ONE, MaxValueValidator(100)]
    )

    objects = CommitmentQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "agreement", "code", "tier_code"],
                condition=Q(retired_at=None),
                nulls_distinct=False,
                name="commitment_once",
            ),
            models.CheckConstraint(
                condition=Q(minutes__gt=0, days=0) | Q(minutes=0, days__gt=0),
                name="commitment_minutes_or_days",
            ),
            models.CheckConstraint(
                condition=Q(retired_at=None) | Q(agreement=None), name="commitment_retired_default"
            ),
        ]

    def __str__(self) -> str:
        tier = f" ({self.tier_name or self.tier_code})" if self.tier_code else ""
        return f"{self.get_code_display()}{tier} within {self.within}"

    @property
    def side(self) -> Side:
        """Who promises it."""
        return SIDES[self.code]

    @property
    def within(self) -> str:
        """The time promised, such as “60 business minutes” or “5 business days”."""
        amount, unit = (self.days, "day") if self.days else (self.minutes, "minute")
        return f"{amount} business {unit}{'' if amount == 1 else 's'}"

    @property
    def anchor(self) -> str:
        """Where the text of an agreement states it."""
        return anchor_of(self.code, self.tier_code)

    def retire(self, *, at: datetime) -> None:
        """Another default takes its place; its clocks keep it."""
        self.retired_at = at
        self.save(update_fields=["retired_at"])


def anchor_of(code: str, tier_code: str = "") -> str:
    """Where the text of an agreement states what is promised for leads of that tier, or of any."""
    return "-".join(filter(None, ("commitment", code, tier_code)))


SIDES: Final[dict[str, Side]] = {
    Commitment.Code.DECIDE_OFFER: Side.SALES,
    Commitment.Code.TOUCH_OF_OFFER: Side.SALES,
    Commitment.Code.FIRST_TOUCH: Side.SALES,
    Commitment.Code.FOLLOW_UP: Side.SALES,
    Commitment.Code.QUALIFY: Side.SALES,
    Commitment.Code.REVIEW_REJECTION: Side.MARKETING,
    Commitment.Code.FALLBACK: Side.SALES,
    Commitment.Code.SCORED: Side.SYSTEM,
    Commitment.Code.OFFERED: Side.SYSTEM,
}
"""Who promises what; a test holds it complete."""
