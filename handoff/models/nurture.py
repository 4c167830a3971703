"""Nurture: the tracks that keep leads warm, each lead's stay, and the tasks that come of it."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from accounts.models import User, WorkspaceOwned, WorkspaceQuerySet
from handoff.models.configuration import RejectionReason
from handoff.models.lead_conditions import LeadConditions
from leadqual.models import Lead


class NurtureTrack(WorkspaceOwned, LeadConditions):
    """Steps for leads of one pain, use case, role or tier (003). The first that fits takes a lead
    that comes into nurture, unless the reason, the rule or a person has named another.

    After its last step a lead goes on with `then`; it stays in nurture in any case.
    With `stale_days` the track takes nurtured leads that did nothing for so long, whose own track
    is through.
    """

    name = models.CharField(max_length=80)
    position = models.PositiveSmallIntegerField(default=0)
    is_active = models.BooleanField("in use", default=True)
    then = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="then goes on with",
    )
    stale_days = models.PositiveSmallIntegerField(
        "re-engages after (days)",
        null=True,
        blank=True,
        validators=[MinValueValidator(7), MaxValueValidator(730)],
        help_text="Takes nurtured leads that did nothing for so many days. Empty: it does not.",
    )

    objects = WorkspaceQuerySet.as_manager()

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["workspace", "name"], name="track_name_once")
        ]

    def __str__(self) -> str:
        return self.name


class NurtureStep(models.Model):
    """One step: a mail to the lead, a wait, a task for a person, or a webhook."""

    class Kind(models.TextChoices):
        MAIL = "mail", "Mail to the lead"
        WAIT = "wait", "Wait"
        TASK = "task", "Task for a person"
        WEBHOOK = "webhook", "Webhook"

    track = models.ForeignKey(NurtureTrack, on_delete=models.CASCADE, related_name="steps")
    position = models.PositiveSmallIntegerField(default=0)
    kind = models.CharField(max_length=7, choices=Kind.choices)
    days = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(365)]
    )
    subject = models.CharField(max_length=200, blank=True)  # of a mail; what is to be done
    body = models.TextField(blank=True)
    url = models.URLField(max_length=500, blank=True)

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        days = ("1 day" if self.days == 1 else f"{self.days} days") if self.days else ""
        what = days if self.kind == self.Kind.WAIT else self.subject or self.url
        return f"{self.get_kind_display()}: {what}" if what else self.get_kind_display()


class NurtureStay(WorkspaceOwned):
    """Ends when the lead moves on. New intent counts from `entered_at`; `wake_at` may be empty.

    `woken_at` is when the wake date was acted on: from then on the MQL definition alone decides.
    `wake_points` are those that wake it; null: as many as the scoring model says. `place` is the
    position of the last step done in `track`, −1 before the first; `next_at` is when the next one
    is due, null where there is none any more; `ended_because` then says why, `ended_at` when, and
    `ended_by` who stopped it. `track_since` is when it was put onto a track, by entering, by hand
    or as a stale one: a reply from then on ends it.
    """

    class Ended(models.TextChoices):
        THROUGH = "through", "Every step is done"
        REPLIED = "replied", "The lead replied"
        UNSUBSCRIBED = "unsubscribed", "The lead unsubscribed"
        STOPPED = "stopped", "A person stopped it"

    lead = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="nurture_stays")
    entered_at = models.DateTimeField()
    reason = models.ForeignKey(
        RejectionReason, on_delete=models.PROTECT, null=True, related_name="+"
    )
    wake_at = models.DateTimeField(null=True)
    wake_points = models.PositiveSmallIntegerField(null=True)
    woken_at = models.DateTimeField(null=True)
    left_at = models.DateTimeField(null=True)
    track = models.ForeignKey(
        NurtureTrack, on_delete=models.PROTECT, null=True, related_name="stays"
    )
    track_since = models.DateTimeField(null=True)
    place = models.SmallIntegerField(default=-1, db_default=-1)
    next_at = models.DateTimeField(null=True)
    ended_because = models.CharField(max_length=12, choices=Ended.choices, blank=True)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    objects = WorkspaceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["lead"], condition=Q(left_at=None), name="one_nurture_stay"
            )
        ]
        indexes = [
            models.Index(
                fields=["wake_at"],
                condition=Q(left_at=None, woken_at=None, wake_at__isnull=False),
                name="nurture_to_wake",
            ),
            models.Index(
                fields=["next_at"],
                condition=Q(left_at=None, next_at__isnull=False),
                name="nurture_step_due",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.lead} in nurture since {self.entered_at:%Y-%m-%d}"


class StepDone(models.Model):
    """That a lead was given a step, for ever: none is given twice, in whichever stay.

    The `track` is the one that the step was of; it stays when the step is removed.
    """

    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="steps_done")
    step = models.ForeignKey(NurtureStep, on_delete=models.SET_NULL, null=True, related_name="+")
    track = models.ForeignKey(NurtureTrack, on_delete=models.PROTECT, related_name="+")
    stay = models.ForeignKey(NurtureStay, on_delete=models.CASCADE, related_name="steps_done")
    kind = models.CharField(max_length=7, choices=NurtureStep.Kind.choices)
    words = models.CharField(max_length=250)
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["lead", "step"],
                condition=~Q(kind="wait") & Q(step__isnull=False),
                name="step_once_a_lead",
            ),
            models.UniqueConstraint(
                fields=["stay", "step"], condition=Q(step__isnull=False), name="step_once_a_stay"
            ),
        ]

    def __str__(self) -> str:
        return self.words


class Task(WorkspaceOwned):
    """Something for a person of ours to do about a lead. `key` names the occasion, once.

    Without a `person` it is for whoever manages the workspace's hand-offs.
    """

    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="tasks")
    person = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    key = models.CharField(max_length=120)
    text = models.CharField(max_length=300)
    made_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    objects = WorkspaceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "key"], name="task_key_once"),
            models.CheckConstraint(
                condition=Q(done_at=None, done_by=None) | Q(done_at__isnull=False),
                name="task_done_whole",
            ),
        ]
        indexes = [
            models.Index(
                fields=["workspace", "person", "made_at"],
                condition=Q(done_at=None),
                name="task_to_do",
            ),
            models.Index(fields=["lead"], name="task_of_lead"),
        ]

    def __str__(self) -> str:
        return self.text


class LowScoreLook(WorkspaceOwned):
    """When a person last looked at a lead whose score is too low, in the weekly look."""

    lead = models.OneToOneField(Lead, on_delete=models.CASCADE, related_name="low_score_look")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    objects = WorkspaceQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.lead}, looked at {self.at:%Y-%m-%d}"
