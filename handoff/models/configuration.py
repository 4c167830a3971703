"""What a workspace decides about its hand-offs."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from accounts.models import Workspace, WorkspaceOwned, WorkspaceQuerySet

BAND_DAYS = 28
"""So long acceptance may be out of its healthy band before somebody is asked to decide."""
BAND_LEAST = 20
"""With fewer decided offers a rate is not judged; `metrics.acceptance.LEAST` says the same."""


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
    discovery = models.ForeignKey(
        "handoff.Framework",
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name="scorecard for discovery",
        help_text="Stands before SQL: filled in on the first call.",
    )
    final_word = models.ForeignKey(
        "handoff.Framework",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="scorecard for the final word",
        help_text="Asked of an SQL before a deal is opened; its gaps are shown as a risk.",
    )
    max_cycles = models.PositiveSmallIntegerField(
        "cycles offered by themselves",
        default=3,
        db_default=3,
        validators=[MinValueValidator(1), MaxValueValidator(50)],
        help_text="A lead that becomes MQL more often goes to a manager, who decides what follows.",
    )

    hold_until_signed = models.BooleanField(
        "nothing is offered before an agreement is signed",
        default=False,
        db_default=False,
        help_text="Before a single ad goes live. Off: offers are made by the default promises, and "
        "every page says that nothing is signed.",
    )

    band_days = models.PositiveSmallIntegerField(
        "days out of the band",
        default=BAND_DAYS,
        db_default=BAND_DAYS,
        validators=[MinValueValidator(7), MaxValueValidator(365)],
        help_text="Where acceptance over so many days lies below 50 % or above 90 %, both sides "
        "are asked to decide, and a threshold is proposed.",
    )
    band_least = models.PositiveSmallIntegerField(
        "decided offers at least",
        default=BAND_LEAST,
        db_default=BAND_LEAST,
        validators=[MinValueValidator(BAND_LEAST), MaxValueValidator(10_000)],
        help_text="Of these days; with fewer, nobody is asked.",
    )

    class Meta:
        verbose_name = "hand-off policy"
        verbose_name_plural = "hand-off policies"

    def __str__(self) -> str:
        return f"Hand-off policy of {self.workspace}"


class RejectionReasonQuerySet(WorkspaceQuerySet["RejectionReason"]):
    def active(self) -> "RejectionReasonQuerySet":
        return self.filter(is_active=True)


class RejectionReason(WorkspaceOwned):
    """Why sales gives a lead back: what the rep fills in, what follows, and what it questions.

    `asks` are names of facts (see `handoff.forms.asked_facts`) that the rep says or corrects with
    the rejection. With `asks_date`, `recycle_days` only suggest the day. `attempts`: so many
    touches since the offer that nobody answered come before it.
    """

    class Outcome(models.TextChoices):
        NURTURE = "nurture", "Back to nurture"
        DISQUALIFY = "disqualified", "Disqualified"
        CORRECT = "correct", "Correct the facts and score again"
        REROUTE = "reroute", "To the next rep"

    class Questions(models.TextChoices):
        """Which part of the model a rejection of this kind puts in doubt (000, 003)."""

        FIT = "fit", "Fit"
        INTENT = "intent", "Intent"
        DATA = "data", "Data"
        TIMING = "timing", "Timing"
        ROUTING = "routing", "Routing"

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
    wake_points = models.PositiveSmallIntegerField(
        "wake after (points)",
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
        help_text="Intent earned since. Empty: as many as the scoring model says.",
    )
    track = models.ForeignKey(
        "handoff.NurtureTrack",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="nurture track",
        help_text="Empty: the first track that fits the lead.",
    )
    questions = models.CharField(
        "puts in question", max_length=7, choices=Questions.choices, default=Questions.FIT
    )
    note_needed = models.BooleanField("the rep writes a note", default=False, db_default=False)
    note_asks = models.CharField(
        "the note says",
        max_length=80,
        blank=True,
        db_default="",
        help_text="What the rep is asked, such as: Who decides there?",
    )
    asks_date = models.BooleanField(
        "the rep names the day to wake", default=False, db_default=False
    )
    asks = models.JSONField("facts that the rep corrects", default=list, blank=True)
    attempts = models.PositiveSmallIntegerField(
        "attempts before",
        default=0,
        db_default=0,
        validators=[MaxValueValidator(20)],
        help_text="So many touches without an answer come first, in this cycle.",
    )
    position = models.PositiveSmallIntegerField(default=0)
    is_active = models.BooleanField("in use", default=True)

    objects = RejectionReasonQuerySet.as_manager()

    class Meta:
        ordering = ["position", "name"]
        constraints = [
            models.UniqueConstraint(fields=["workspace", "code"], name="reason_code_once"),
            models.CheckConstraint(
                condition=models.Q(outcome="nurture")
                | models.Q(recycle_days=None, wake_points=None, track=None, asks_date=False),
                name="reason_wakes_only_nurture",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class MessageTemplate(WorkspaceOwned):
    """A mail's text, in the workspace's own words; without a row the built-in text is used."""

    class Code(models.TextChoices):
        OFFERED = "offered", "To the rep: a lead is offered"
        DIGEST = "digest", "To the rep: the offers of an hour"
        EXPIRED = "expired", "To the sales manager: an offer expired"
        BREACHED = "breached", "To those told of it: a promise was missed"
        FALLBACK = "fallback", "To the sales manager: a lead is offered to nobody"
        WARNED = "warned", "To who is held to it: the time of a promise runs out"

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
