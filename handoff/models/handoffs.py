"""A hand-off: one offer of one MQL to one rep, with the packet as it was at the offer."""

from typing import Self

from django.db import models
from django.db.models import F, Q

from accounts.models import User, WorkspaceOwned, WorkspaceQuerySet
from handoff.models.configuration import RejectionReason
from handoff.models.routing import Pool, Tier
from leadqual.models import Lead, Source


class HandoffQuerySet(WorkspaceQuerySet["Handoff"]):
    def open(self) -> Self:
        return self.filter(status=Handoff.Status.OPEN)

    def of_rep(self, user: User) -> Self:
        return self.filter(rep=user)


class Handoff(WorkspaceOwned):
    """Offered, viewed, decided and expired are separate moments.

    `notified_at` is when the first word of it reached the rep's bell, mailbox or webhook;
    `mail_key` the key of the mail that tells the rep of it, its own or a digest; blank: none does.
    `due_at` is the deadline of the clock “decide an offer”; silence beyond it expires to
    escalation, never to acceptance. `packet` is frozen at the offer. `source` (the lead's locked
    first source), `grade` and `tier` are copied for reports. `pool` is the one whose turn it took.
    `trace` says how it came to this rep: see `handoff.routing_trace`. `upheld` is the review's word
    on a rejection: true, it was right. `answers` are the facts that the rep corrected with it, by
    name with label, was and is. `former_owner` is whose the lead was before it was accepted.
    A lead has at most one open hand-off.
    """

    class Status(models.TextChoices):
        OPEN = "open", "Open"
        ACCEPTED = "accepted", "Accepted"
        REJECTED = "rejected", "Rejected"
        NOT_MINE = "not_mine", "Not mine"
        EXPIRED = "expired", "Expired"
        WITHDRAWN = "withdrawn", "Withdrawn"

    lead = models.ForeignKey(  # found by handoff_of_lead
        Lead, on_delete=models.PROTECT, related_name="handoffs", db_index=False
    )
    rep = models.ForeignKey(User, on_delete=models.PROTECT, related_name="handoffs")
    cycle = models.PositiveSmallIntegerField()
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.OPEN)
    offered_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)  # null: the workspace promised no time
    notified_at = models.DateTimeField(null=True)
    mail_key = models.CharField(max_length=60, blank=True, db_default="")
    viewed_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)  # accepted, rejected, not mine
    expired_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    reason = models.ForeignKey(
        RejectionReason, on_delete=models.PROTECT, null=True, related_name="handoffs"
    )
    note = models.TextField(blank=True)
    source = models.ForeignKey(Source, on_delete=models.PROTECT, null=True, related_name="+")
    fit = models.FloatField()
    intent = models.FloatField()
    grade = models.CharField(max_length=2)
    model_version = models.PositiveIntegerField()
    why_now = models.CharField(max_length=400)
    packet = models.JSONField()
    trace = models.JSONField(default=dict)
    tier = models.ForeignKey(Tier, on_delete=models.PROTECT, null=True, related_name="+")
    pool = models.ForeignKey(Pool, on_delete=models.SET_NULL, null=True, related_name="+")
    answers = models.JSONField(default=dict)
    former_owner = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    upheld = models.BooleanField(null=True)
    reviewed_at = models.DateTimeField(null=True)
    reviewed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    objects = HandoffQuerySet.as_manager()

    class Meta:
        verbose_name = "hand-off"
        constraints = [
            models.UniqueConstraint(
                fields=["lead"], condition=Q(status="open"), name="one_open_handoff"
            ),
            models.CheckConstraint(
                condition=Q(
                    status="open",
                    decided_at=None,
                    decided_by=None,
                    expired_at=None,
                    withdrawn_at=None,
                    reason=None,
                )
                | Q(
                    status="rejected",
                    decided_at__isnull=False,
                    decided_by__isnull=False,
                    reason__isnull=False,
                    expired_at=None,
                    withdrawn_at=None,
                )
                | Q(
                    status__in=["accepted", "not_mine"],
                    decided_at__isnull=False,
                    decided_by__isnull=False,
                    reason=None,
                    expired_at=None,
                    withdrawn_at=None,
                )
                | Q(status="expired", expired_at__isnull=False, decided_at=None, reason=None)
                | Q(status="withdrawn", withdrawn_at__isnull=False, decided_at=None, reason=None),
                name="handoff_decided_whole",
            ),
            models.CheckConstraint(
                condition=Q(upheld=None, reviewed_at=None, reviewed_by=None)
                | Q(
                    status="rejected",
                    upheld__isnull=False,
                    reviewed_at__isnull=False,
                    reviewed_by__isnull=False,
                ),
                name="handoff_reviewed_whole",
            ),
        ]
        indexes = [
            models.Index(
                fields=["workspace", "rep", "due_at"], condition=Q(status="open"), name="queue"
            ),
            models.Index(
                fields=["lead", "offered_at", "id"],
                include=["cycle", "rep", "pool", "tier"],
                name="handoff_of_lead",
            ),
            models.Index(
                fields=["workspace", "decided_at"],
                include=["status", "rep", "source", "reason", "lead"],
                name="handoff_decided",
            ),
            models.Index(
                fields=["workspace", "expired_at"],
                condition=Q(expired_at__isnull=False),
                name="handoff_expired",
            ),
            models.Index(
                fields=["workspace", "withdrawn_at"],
                condition=Q(withdrawn_at__isnull=False),
                name="handoff_withdrawn",
            ),
            models.Index(F("workspace"), F("offered_at").desc(), name="handoff_offered"),
            models.Index(
                fields=["workspace", "decided_at", "id"],
                condition=Q(status="rejected"),
                name="handoff_rejected",
            ),
            models.Index(fields=["rep", "offered_at"], include=["status"], name="handoff_of_rep"),
            models.Index(
                fields=["offered_at"], condition=Q(notified_at=None), name="handoff_not_notified"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.lead} to {self.rep} ({self.get_status_display().lower()})"
