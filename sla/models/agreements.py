"""The agreement: the written SLA of a workspace, versioned and signed by both sides."""

from typing import Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from accounts.models import User, WorkspaceOwned, WorkspaceQuerySet

_AT_LEAST_ONE = MinValueValidator(1)
_PERCENT = [_AT_LEAST_ONE, MaxValueValidator(100)]


class Side(models.TextChoices):
    """Who promises: the two sides that sign, and the system, which is measured apart."""

    MARKETING = "marketing", "Marketing"
    SALES = "sales", "Sales"
    SYSTEM = "system", "The system"


class AgreementQuerySet(WorkspaceQuerySet["Agreement"]):
    def active(self) -> Self:
        return self.filter(status=Agreement.Status.ACTIVE)


class Agreement(WorkspaceOwned):
    """One version: draft → proposed → active → superseded; a proposal taken back is withdrawn.

    At the proposal `document` is written: the whole text that both sides read, as a list of
    sections {"code", "title", "lines": [str], "text": str}, `lines` generated and `text` the free
    words of that clause, and `terms`, the same for the machine as `handoff` passed it in (reasons
    among them). `document_hash` is the SHA-256, in hex, of the canonical JSON of both; a signature
    names it. From then on the row changes in its life alone, and what belongs to it not at all: a
    trigger refuses the rest.

    `leads_a_month` is what marketing owes, of which `good_percent` have one of `good_grades`.
    `coverage_percent` of accepted leads are followed up. Whoever stays below the agreed levels for
    `weeks_below` weeks (ISO, of the workspace) is escalated to `escalates_to`. `model_version` is
    the number of the scoring model at the proposal: the model may go on, and screens say so.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        PROPOSED = "proposed", "Proposed"
        ACTIVE = "active", "Active"
        SUPERSEDED = "superseded", "Superseded"
        WITHDRAWN = "withdrawn", "Withdrawn"

    number = models.PositiveIntegerField()
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.DRAFT)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    edited_at = models.DateTimeField(null=True)
    edited_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    marketing_owner = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    sales_owner = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    leads_a_month = models.PositiveIntegerField(
        "MQLs that marketing owes a month", null=True, blank=True, validators=[_AT_LEAST_ONE]
    )
    good_grades = models.JSONField("good grades", default=list, blank=True)
    good_percent = models.PositiveSmallIntegerField(
        "of which good (%)", null=True, blank=True, validators=_PERCENT
    )
    coverage_percent = models.PositiveSmallIntegerField(
        "accepted leads followed up (%)", default=75, validators=_PERCENT
    )
    weeks_below = models.PositiveSmallIntegerField(
        "weeks below the level before it escalates",
        default=2,
        validators=[_AT_LEAST_ONE, MaxValueValidator(26)],
    )
    escalates_to = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    review_every_days = models.PositiveSmallIntegerField(
        "reviewed every (days)", default=90, validators=[_AT_LEAST_ONE, MaxValueValidator(366)]
    )

    model_version = models.PositiveIntegerField(null=True)
    document = models.JSONField(null=True)
    terms = models.JSONField(null=True)
    document_hash = models.CharField(max_length=64, blank=True)
    proposed_at = models.DateTimeField(null=True)
    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    active_since = models.DateTimeField(null=True)
    superseded_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    withdrawn_why = models.TextField(blank=True)

    objects = AgreementQuerySet.as_manager()

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["workspace", "number"], name="agreement_number"),
            models.UniqueConstraint(
                fields=["workspace"], condition=Q(status="active"), name="one_active_agreement"
            ),
            models.UniqueConstraint(
                fields=["workspace"], condition=Q(status="proposed"), name="one_proposed_agreement"
            ),
            models.UniqueConstraint(
                fields=["workspace"], condition=Q(status="draft"), name="one_draft_agreement"
            ),
            models.CheckConstraint(
                condition=Q(status="draft", document=None, terms=None, document_hash="")
                | (
                    ~Q(status="draft")
                    & Q(document__isnull=False, terms__isnull=False, proposed_at__isnull=False)
                    & ~Q(document_hash="")
                ),
                name="agreement_proposed_whole",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["draft", "proposed", "withdrawn"], active_since=None)
                | Q(status__in=["active", "superseded"], active_since__isnull=False),
                name="agreement_active_since",
            ),
        ]

    def __str__(self) -> str:
        return f"Agreement {self.number} ({self.get_status_display().lower()})"


class Clause(models.Model):
    """The free text beside one clause of an agreement, named by the section's code."""

    agreement = models.ForeignKey(Agreement, on_delete=models.CASCADE, related_name="clauses")
    code = models.CharField(max_length=30)
    text = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["agreement", "code"], name="clause_once")]

    def __str__(self) -> str:
        return f"{self.code} of {self.agreement}"


class Signature(models.Model):
    """Who signed for which side, when, and which text. Append-only (a trigger)."""

    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="signatures")
    side = models.CharField(max_length=10, choices=Side.choices)
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=200)  # as it was then
    role = models.CharField(max_length=40)  # in words, as it was then
    at = models.DateTimeField()
    document_hash = models.CharField(max_length=64)

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["agreement", "side"], name="signed_once_a_side"),
            models.UniqueConstraint(fields=["agreement", "person"], name="signed_once_a_person"),
            models.CheckConstraint(
                condition=Q(side__in=["marketing", "sales"]), name="two_sides_sign"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} for {self.get_side_display().lower()}"
