"""Who is offered leads: reps with their capacity, pools that take turns, and the rules before."""

from collections.abc import Collection
from typing import Any, Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.text import slugify

from accounts.models import User, WorkspaceOwned, WorkspaceQuerySet
from handoff.models.lead_conditions import LeadConditions
from leadqual.models import Lead
from sla.models import BusinessCalendar

_AT_LEAST_ONE = MinValueValidator(1)


def code_of(name: str, *, taken: Collection[str]) -> str:
    """A code of at most 60 characters for a tier of that name, unlike those taken."""
    stem = slugify(name)[:50] or "tier"
    tries = (stem, *(f"{stem}-{n}" for n in range(2, len(taken) + 3)))
    return next(code for code in tries if code not in taken)


class Tier(WorkspaceOwned):
    """What a lead of that grade and size is worth doing (001). The first that fits counts.

    `code` is what promises and clocks name it by, given once and kept when the name changes.
    `grades` empty: of any grade; employees: ends included, a company whose size is not known fits
    only a tier that does not ask. `form_asks` are the names of the facts that the qualification
    form asks for; subject and body those of the mail that carries its link.
    """

    class Playbook(models.TextChoices):
        FULL_CALL = "full_call", "Full call: a rep calls"
        EMAIL_FORM = "email_form", "E-mail with the qualification form"
        CONTENT_ONLY = "content_only", "Content only: nurtured, offered to nobody"

    code = models.SlugField(max_length=60, blank=True, editable=False)
    name = models.CharField(max_length=60)
    position = models.PositiveSmallIntegerField(default=0)
    grades = models.JSONField(default=list, blank=True)
    employees_from = models.PositiveIntegerField(null=True, blank=True, validators=[_AT_LEAST_ONE])
    employees_to = models.PositiveIntegerField(null=True, blank=True, validators=[_AT_LEAST_ONE])
    playbook = models.CharField(max_length=12, choices=Playbook.choices, default=Playbook.FULL_CALL)
    is_hot = models.BooleanField(
        "hot", default=False, help_text="Reps hear of an offer at once, whatever they chose."
    )
    track = models.ForeignKey(
        "handoff.NurtureTrack",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Of content only. Empty: the first track that fits the lead.",
    )
    form_asks = models.JSONField("the form asks for", default=list, blank=True)
    mail_subject = models.CharField(max_length=200, blank=True)
    mail_body = models.TextField(blank=True)

    objects = WorkspaceQuerySet.as_manager()

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["workspace", "name"], name="tier_name_once"),
            models.UniqueConstraint(fields=["workspace", "code"], name="tier_code_once"),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self.code:
            others = Tier.objects.of(self.workspace).values_list("code", flat=True)
            self.code = code_of(self.name, taken=set(others))
        super().save(*args, **kwargs)


class Rep(WorkspaceOwned):
    """A member who is offered leads: how many at most, in which hours, and how they hear of it.

    `offers_per_day` is the pace at which publications are released. The others are caps, counted
    over all pools, by local days and ISO weeks of the workspace; empty: none. Without a `calendar`
    offers are made at any hour, and their clocks run in business time.
    `digested_at` is when the last digest was made.
    """

    class Mail(models.TextChoices):
        AT_ONCE = "at_once", "A mail for each offer, at once"
        DIGEST = "digest", "One mail an hour; of a hot lead at once"
        NEVER = "never", "No mail"

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    is_active = models.BooleanField("takes offers", default=True)
    offers_per_day = models.PositiveSmallIntegerField(
        "offers a working day",
        default=8,
        db_default=8,
        validators=[_AT_LEAST_ONE, MaxValueValidator(200)],
        help_text="How many the rep can answer well. The leads that a new model makes MQLs are "
        "released at this pace; a lead that shows new intent is offered at once.",
    )
    most_open = models.PositiveSmallIntegerField(
        "open at once, at most", null=True, blank=True, validators=[_AT_LEAST_ONE]
    )
    most_a_day = models.PositiveSmallIntegerField(
        "a day, at most", null=True, blank=True, validators=[_AT_LEAST_ONE]
    )
    most_a_week = models.PositiveSmallIntegerField(
        "a week, at most", null=True, blank=True, validators=[_AT_LEAST_ONE]
    )
    calendar = models.ForeignKey(
        BusinessCalendar,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="working hours",
        help_text="Offers only in these hours. Empty: at any hour.",
    )
    mail = models.CharField(max_length=8, choices=Mail.choices, default=Mail.AT_ONCE)
    in_app = models.BooleanField("in the bell", default=True, db_default=True)
    webhook_url = models.URLField("webhook", max_length=500, blank=True)
    digested_at = models.DateTimeField(null=True, editable=False)

    objects = WorkspaceQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "user"], name="rep_once")]

    def __str__(self) -> str:
        return str(self.user)


class Pool(WorkspaceOwned):
    """Reps who take turns. `calendar` are the working hours of those who have none of their own, in
    turns of this pool: who is in several keeps the hours of the pool whose turn it is.
    `takes_all`: the one of the workspace that every new rep joins, and to which leads go that no
    rule sends elsewhere."""

    name = models.CharField(max_length=80)
    is_paused = models.BooleanField("paused", default=False)
    calendar = models.ForeignKey(
        BusinessCalendar,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="working hours",
        help_text="Of members without working hours of their own. Empty: any hour.",
    )
    takes_all = models.BooleanField("takes what no rule names", default=False, editable=False)

    objects = WorkspaceQuerySet.as_manager()

    class Meta:
        ordering = ["-takes_all", "name"]
        constraints = [
            models.UniqueConstraint(fields=["workspace", "name"], name="pool_name_once"),
            models.UniqueConstraint(
                fields=["workspace"], condition=Q(takes_all=True), name="one_pool_takes_all"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class PoolMember(models.Model):
    """A rep's turns in one pool. `credit` is how many turns the rep is owed (negative: ahead), in
    turns of the pool; `handoff.turns` says how it is kept."""

    pool = models.ForeignKey(Pool, on_delete=models.CASCADE, related_name="members")
    rep = models.ForeignKey(Rep, on_delete=models.PROTECT, related_name="memberships")
    weight = models.PositiveSmallIntegerField(
        default=1,
        validators=[_AT_LEAST_ONE, MaxValueValidator(20)],
        help_text="Of two reps, the one with 2 gets twice the turns of the one with 1.",
    )
    is_active = models.BooleanField("takes turns", default=True)
    credit = models.FloatField(default=0, db_default=0, editable=False)
    last_assigned_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["pool", "rep"], name="pool_member_once")]

    def __str__(self) -> str:
        return f"{self.rep} in {self.pool}"


class RoutingPlanQuerySet(WorkspaceQuerySet["RoutingPlan"]):
    def in_force(self) -> Self:
        return self.filter(status=RoutingPlan.Status.IN_FORCE)


class RoutingPlan(WorkspaceOwned):
    """The ordered rules of a workspace: one plan in force, at most one draft beside it."""

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        IN_FORCE = "in_force", "In force"
        RETIRED = "retired", "Retired"

    number = models.PositiveIntegerField()
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.DRAFT)
    created_at = models.DateTimeField()
    in_force_since = models.DateTimeField(null=True)
    put_in_force_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    objects = RoutingPlanQuerySet.as_manager()

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["workspace", "number"], name="routing_plan_number"),
            models.UniqueConstraint(
                fields=["workspace"], condition=Q(status="in_force"), name="one_plan_in_force"
            ),
            models.UniqueConstraint(
                fields=["workspace"], condition=Q(status="draft"), name="one_draft_plan"
            ),
        ]

    def __str__(self) -> str:
        return f"Plan {self.number} ({self.get_status_display().lower()})"


class RoutingRule(LeadConditions):
    """One rule of a plan; it leads to a person, a pool or a nurture track."""

    plan = models.ForeignKey(RoutingPlan, on_delete=models.CASCADE, related_name="rules")
    position = models.PositiveSmallIntegerField(default=0)
    name = models.CharField(max_length=80)
    person = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    pool = models.ForeignKey(
        Pool, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    track = models.ForeignKey(
        "handoff.NurtureTrack", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "name"], name="routing_rule_name_once"),
            models.CheckConstraint(
                condition=Q(person__isnull=False, pool=None, track=None)
                | Q(person=None, pool__isnull=False, track=None)
                | Q(person=None, pool=None, track__isnull=False),
                name="routing_rule_one_result",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class FallbackEntryQuerySet(WorkspaceQuerySet["FallbackEntry"]):
    def waiting(self) -> Self:
        return self.filter(left_at=None)


class FallbackEntry(WorkspaceOwned):
    """An MQL that is ready for sales and offered to nobody, since `entered_at`, with its clock.

    One that waits for somebody to be available is tried again at `next_try_at`; the others wait
    for a manager, and `next_try_at` is null. Unsigned ones wait for both sides to sign, without a
    clock, and then join the line of releases. `trace` is that of the last attempt to route it.
    """

    class Why(models.TextChoices):
        NOBODY = "nobody", "Nobody is available"
        SILENCE = "silence", "Two offers ran out without a decision"
        CYCLES = "cycles", "It comes back more often than it may by itself"
        TAKEN_BACK = "taken_back", "A manager took the offer back"
        FAILED = "failed", "It could not be offered"
        UNSIGNED = "unsigned", "No agreement is signed yet"

    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="fallback_entries")
    cycle = models.PositiveSmallIntegerField()
    why = models.CharField(max_length=10, choices=Why.choices)
    trace = models.JSONField(default=dict)
    entered_at = models.DateTimeField()
    next_try_at = models.DateTimeField(null=True)
    left_at = models.DateTimeField(null=True)
    left_by = models.CharField(max_length=20, blank=True)  # offered, moved …

    objects = FallbackEntryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "fallback entries"
        constraints = [
            models.UniqueConstraint(
                fields=["lead"], condition=Q(left_at=None), name="one_fallback_entry"
            ),
            models.CheckConstraint(
                condition=Q(left_at=None, left_by="") | (Q(left_at__isnull=False) & ~Q(left_by="")),
                name="fallback_left_whole",
            ),
        ]
        indexes = [
            models.Index(
                fields=["workspace", "entered_at"], condition=Q(left_at=None), name="fallback_queue"
            ),
            models.Index(
                fields=["next_try_at"],
                condition=Q(left_at=None, next_try_at__isnull=False),
                name="fallback_to_try",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.lead}: {self.get_why_display().lower()}"
