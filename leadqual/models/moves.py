"""The record of every stage a lead has been in: what every report counts."""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from accounts.models import User, WorkspaceOwned, WorkspaceQuerySet
from leadqual.models.leads import Lead
from leadqual.models.sources import Source
from leadqual.stages import Stage

RULE_WORDS = {
    "captured": "captured",
    "mql_definition": "the MQL definition holds",
    "woken": "woken in nurture",
    "demoted": "the MQL definition no longer holds",
    "accepted": "accepted by sales",
    "accept_undone": "the acceptance was taken back within a minute",
    "rejected": "rejected by sales",
    "routed": "routed to a nurture track",
    "recycled": "recycled",
    "not_ready": "not ready yet",
    "disqualified": "disqualified",
    "reopened": "reopened",
    "scorecard": "discovery scorecard",
    "opportunity": "deal opened",
    "won": "deal won",
    "lost": "deal lost",
    "import": "imported history",
}


class StageMove(WorkspaceOwned):
    """One move, for ever: appended by `handoff.transitions` alone, changed by nobody.

    `at` is the moment it happened, `recorded_at` the moment it was written down; they differ
    for imported history. `from_stage` is blank for the capture itself. `fit`, `intent` (0–100)
    and `model_version` are those of the moment, null where unknown. `rule` names what moved the
    lead, `by` the person where a person did. `counted` is false for a second promotion in one
    cycle, and for an acceptance that was taken back within a minute. `rep` and `source`
    (the locked first source) are copied so that reports read one table.
    """

    lead = models.ForeignKey(  # found by move_of_lead
        Lead, on_delete=models.PROTECT, related_name="moves", db_index=False
    )
    cycle = models.PositiveSmallIntegerField()
    from_stage = models.CharField(max_length=12, blank=True, choices=Stage.choices)
    to_stage = models.CharField(max_length=12, choices=Stage.choices)
    at = models.DateTimeField()
    recorded_at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    rule = models.CharField(max_length=40)
    reason = models.CharField(max_length=60, blank=True)  # the code, as it was then
    note = models.TextField(blank=True)
    rep = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    source = models.ForeignKey(Source, on_delete=models.PROTECT, null=True, related_name="+")
    fit = models.FloatField(null=True)
    intent = models.FloatField(null=True)
    grade = models.CharField(max_length=2, blank=True)
    model_version = models.PositiveIntegerField(null=True)
    explanation = models.JSONField(null=True)
    counted = models.BooleanField(default=True)
    imported = models.BooleanField(default=False)

    objects = WorkspaceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(to_stage__in=Stage.values) & Q(from_stage__in=["", *Stage.values]),
                name="move_stages_known",
            ),
            models.CheckConstraint(condition=~Q(from_stage=F("to_stage")), name="move_moves"),
        ]
        indexes = [
            # What became of a cycle is read from it alone: in the table they lie far apart.
            models.Index(
                fields=["lead", "at", "id"],
                include=["cycle", "to_stage", "counted", "rep"],
                name="move_of_lead",
            ),
            models.Index(
                fields=["workspace", "to_stage", "at"],
                include=["lead", "source", "rep", "cycle", "counted", "from_stage"],
                name="move_into_stage",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.from_stage or '·'} → {self.to_stage} ({self.at:%Y-%m-%d %H:%M})"

    @property
    def rule_words(self) -> str:
        """What moved the lead, as people read it."""
        words = RULE_WORDS.get(self.rule, self.rule)
        return f"{words} ({self.reason})" if self.reason not in ("", self.rule) else words
