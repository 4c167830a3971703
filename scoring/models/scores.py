"""The scores, and the two queues around them. Only the scorers write here."""

from django.db import models
from django.db.models import F, Q

from accounts.models import Workspace, WorkspaceOwned, WorkspaceQuerySet
from leadqual.models import Lead
from scoring.models.versions import ModelVersion


class Score(WorkspaceOwned):
    """What one lead is worth, as of `scored_at`.

    `fit` and `intent` are 0–100, rounded to two decimals; total is their sum; grade and bands are
    derived from the published version, never stored. `first_scored_at` is when the lead was first
    scored; null: nobody noted it then. `next_expiry` is when time alone will next
    change the numbers (an idle week is full, a window closes). `rule_set` is the version whose
    rules made them.
    """

    # Every index is one more entry for each score written, and a rescore writes a million:
    # workspace and rule set have none of their own.
    workspace = models.ForeignKey(
        Workspace, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    lead = models.OneToOneField(
        Lead, on_delete=models.CASCADE, primary_key=True, related_name="score"
    )
    fit = models.FloatField()
    intent = models.FloatField()
    disqualified = models.BooleanField()
    last_event_at = models.DateTimeField(null=True)
    next_expiry = models.DateTimeField(null=True)
    scored_at = models.DateTimeField()
    first_scored_at = models.DateTimeField(null=True)
    rule_set = models.ForeignKey(
        ModelVersion, on_delete=models.PROTECT, related_name="+", db_index=False
    )

    objects = WorkspaceQuerySet.as_manager()

    published = False
    """Said by `score_lead` alone: other rules had made the numbers until now, or what a
    publication made of the lead is still to be settled."""

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(fit__gte=0, fit__lte=100, intent__gte=0, intent__lte=100),
                name="score_in_range",
            )
        ]
        indexes = [
            # Lists sort by it. Nothing more in it: a rescore writes it in every place at once.
            models.Index(
                F("workspace"),
                (F("fit") + F("intent")).desc(),
                F("lead").desc(),
                name="score_by_total",
            ),
            models.Index(
                fields=["next_expiry"],
                condition=Q(next_expiry__isnull=False),
                name="score_expiring",
            ),
        ]

    def __str__(self) -> str:
        return f"fit {self.fit:g}, intent {self.intent:g}"

    @property
    def total(self) -> float:
        return self.fit + self.intent


class ScoreDirty(models.Model):
    """A lead whose facts or events changed; append-only, written by triggers, read by scorers.

    Where rules count the people of a company, working off the row queues its other people, with
    `spread` off; and those of the company that the lead has left.
    """

    lead_id = models.BigIntegerField(db_index=True)
    spread = models.BooleanField(default=True, db_default=True)
    left_company_id = models.BigIntegerField(null=True)

    class Meta:
        verbose_name_plural = "dirty scores"

    def __str__(self) -> str:
        return f"lead {self.lead_id}"


class QualificationDue(models.Model):
    """A lead whose numbers changed: `handoff` looks whether it is to be moved, then deletes.

    `published`: a publication is the reason, or a source or the like that was defined anew; not
    what the lead is or did.
    """

    lead_id = models.BigIntegerField()
    published = models.BooleanField(default=False, db_default=False)

    class Meta:
        verbose_name_plural = "qualifications due"
        indexes = [
            # Intake asks of each lead whether it is among them.
            models.Index(fields=["lead_id"], condition=Q(published=True), name="due_by_publication")
        ]

    def __str__(self) -> str:
        return f"lead {self.lead_id}"


class Rescore(WorkspaceOwned):
    """A demand to score every lead of the workspace again, and how far it is.

    The leads up to `after_lead_id` (0: not begun) are shared out to lanes, each worked off in the
    order of ids, some thousands a transaction, and always by the version that is published then.
    `leads_total` is how many there were when it began (0: not begun).
    """

    class Reason(models.TextChoices):
        PUBLISHED = "published", "A version was published"
        NIGHTLY = "nightly", "Nightly"
        SOURCE = "source", "A source changed"
        ZONE = "zone", "The time zone changed"
        DEMANDED = "demanded", "Demanded by hand"
        SHADOW = "shadow", "A shadow version started"

    REDEFINED = (Reason.SOURCE, Reason.ZONE)
    """What the rules look at has changed, as if others had been published."""

    reason = models.CharField(max_length=10, choices=Reason.choices)
    requested_at = models.DateTimeField()
    after_lead_id = models.BigIntegerField(default=0)
    leads_done = models.PositiveIntegerField(default=0)
    leads_total = models.PositiveIntegerField(default=0, db_default=0)
    finished_at = models.DateTimeField(null=True)

    objects = WorkspaceQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(
                fields=["workspace"], condition=Q(finished_at=None), name="rescore_unfinished"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_reason_display()} at {self.requested_at:%Y-%m-%d %H:%M}"


class RescoreLane(models.Model):
    """A range of leads of a demand, for one worker at a time: from behind the first id on.

    `after_lead_id` moves with each chunk; a lane that is through is deleted.
    """

    rescore = models.ForeignKey(Rescore, on_delete=models.CASCADE, related_name="lanes")
    after_lead_id = models.BigIntegerField()
    until_lead_id = models.BigIntegerField()

    def __str__(self) -> str:
        return f"leads from {self.after_lead_id} to {self.until_lead_id}"
