"""What a workspace decides about its hand-offs."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from accounts.models import User, Workspace, WorkspaceOwned, WorkspaceQuerySet


class HandoffPolicy(models.Model):
    """One row a workspace."""

    class Gate(models.TextChoices):
        OFF = "off", "Off: a scorecard is optional"
        WARN = "warn", "Warn: SQL without a passed scorecard is marked"
        BLOCK = "block", "Block: no SQL without a passed scorecard"

    workspace = models.OneToOneField(
        Workspace, on_delete=models.CASCADE, primary_key=True, related_name="handoff_policy"
    )
    scorecard_gate = models.CharField(max_length=5, choices=Gate.choices, default=Gate.BLOCK)

    class Meta:
        verbose_name = "hand-off policy"
        verbose_name_plural = "hand-off policies"

    def __str__(self) -> str:
        return f"Hand-off policy of {self.workspace}"


class RejectionReasonQuerySet(WorkspaceQuerySet["RejectionReason"]):
    def active(self) -> "RejectionReasonQuerySet":
        return self.filter(is_active=True)


class RejectionReason(WorkspaceOwned):
    """Why sales gives a lead back, and what follows: nurture for some days, or disqualified."""

    class Outcome(models.TextChoices):
        NURTURE = "nurture", "Back to nurture"
        DISQUALIFY = "disqualified", "Disqualified"

    code = models.SlugField(max_length=60)
    name = models.CharField(max_length=80)
    outcome = models.CharField(max_length=12, choices=Outcome.choices, default=Outcome.NURTURE)
    recycle_days = models.PositiveSmallIntegerField(
        "wake after (days)",
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(730)],
        help_text="Empty: only new intent wakes the lead.",
    )
    position = models.PositiveSmallIntegerField(default=0)
    is_active = models.BooleanField("in use", default=True)

    objects = RejectionReasonQuerySet.as_manager()

    class Meta:
        ordering = ["position", "name"]
        constraints = [
            models.UniqueConstraint(fields=["workspace", "code"], name="reason_code_once"),
            models.CheckConstraint(
                condition=models.Q(outcome="nurture") | models.Q(recycle_days=None),
                name="reason_wakes_only_nurture",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class MessageTemplate(WorkspaceOwned):
    """A mail's text, in the workspace's own words; without a row the built-in text is used."""

    class Code(models.TextChoices):
        OFFERED = "offered", "To the rep: a lead is offered"
        EXPIRED = "expired", "To the sales manager: an offer expired"
        BREACHED = "breached", "To the sales manager: a promise was missed"

    code = models.CharField("occasion", max_length=20, choices=Code.choices)
    subject = models.CharField(max_length=200)
    body = models.TextField()

    objects = WorkspaceQuerySet.as_manager()

    class Meta:
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(fields=["workspace", "code"], name="template_code_once")
        ]

    def __str__(self) -> str:
        return self.get_code_display()


class PoolMember(WorkspaceOwned):
    """A rep in the workspace's pool; the one assigned longest ago has the next turn."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    is_active = models.BooleanField("takes offers", default=True)
    last_assigned_at = models.DateTimeField(null=True, blank=True, editable=False)
    offers_per_day = models.PositiveSmallIntegerField(
        "offers a working day",
        default=8,
        db_default=8,
        validators=[MinValueValidator(1), MaxValueValidator(200)],
        help_text="How many the rep can answer well. The leads that a new model makes MQLs are "
        "released at this pace; a lead that shows new intent is offered at once.",
    )

    objects = WorkspaceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "user"], name="pool_member_once")
        ]

    def __str__(self) -> str:
        return str(self.user)
