"""A lead: a person at a company, in one workspace."""

from typing import Any, Self

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from accounts.models import User, WorkspaceOwned, WorkspaceQuerySet
from leadqual.models.companies import Company
from leadqual.models.sources import Campaign, Source
from leadqual.stages import OPEN, Stage
from leadqual.words import LeadWords


def normalise_email(address: str) -> str:
    """The form in which two spellings of one mailbox are equal: trimmed, lower case."""
    return address.strip().lower()


class Timeline(models.TextChoices):
    """When they want to start: the one question that separates hot from cold (004)."""

    UNKNOWN = "", "Not asked"
    IMMEDIATE = "immediate", "Immediately"
    ONE_TO_THREE = "1-3 months", "1–3 months"
    THREE_TO_SIX = "3-6 months", "3–6 months"
    RESEARCHING = "just researching", "Just researching"


class LeadQuerySet(WorkspaceQuerySet["Lead"]):
    def present(self) -> Self:
        """Without those merged into another lead and without erased people."""
        return self.filter(merged_into=None, erased_at=None)

    def open(self) -> Self:
        return self.present().filter(stage__in=OPEN)

    def in_stage(self, stage: Stage) -> Self:
        return self.filter(stage=stage)


class Lead(WorkspaceOwned):
    """`stage`, `stage_since` and `cycle` are written by `handoff.transitions` alone.

    `first_*` are locked when the lead is captured; `last_*` move with each later visit.
    A blank `email` means unknown (imports may know only an external id).
    `owner` is the rep who accepted the lead.
    """

    company = models.ForeignKey(
        Company, on_delete=models.PROTECT, null=True, blank=True, related_name="leads"
    )
    email = models.EmailField(blank=True)
    email_normalised = models.CharField(max_length=254, blank=True, editable=False)
    external_id = models.CharField(max_length=120, blank=True)
    first_name = models.CharField(max_length=80, blank=True)
    last_name = models.CharField(max_length=80, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    job_title = models.CharField(max_length=120, blank=True)
    country = models.CharField(max_length=2, blank=True, help_text="ISO code, such as DE.")
    timeline = models.CharField(
        "purchase timeline", max_length=20, choices=Timeline.choices, blank=True
    )
    challenge = models.CharField("main challenge", max_length=200, blank=True)
    attributes = models.JSONField(default=dict, blank=True)

    stage = models.CharField(max_length=12, choices=Stage.choices, default=Stage.NEW)
    stage_since = models.DateTimeField(default=timezone.now)
    cycle = models.PositiveSmallIntegerField(
        default=0, help_text="How many times this lead became MQL."
    )
    owner = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="leads"
    )

    first_source = models.ForeignKey(
        Source, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    first_campaign = models.ForeignKey(
        Campaign, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    first_touch_at = models.DateTimeField(null=True, blank=True)
    first_touch = models.JSONField(default=dict, blank=True)  # UTM, click ids, page, referrer
    last_source = models.ForeignKey(
        Source, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    last_campaign = models.ForeignKey(
        Campaign, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    last_touch_at = models.DateTimeField(null=True, blank=True)
    last_touch = models.JSONField(default=dict, blank=True)

    captured_at = models.DateTimeField(default=timezone.now)
    imported = models.BooleanField(
        default=False, help_text="Its history came from a file; scoring never moves it."
    )
    unsubscribed_at = models.DateTimeField(null=True, blank=True)
    erased_at = models.DateTimeField(null=True, blank=True, editable=False)
    merged_into = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )

    objects = LeadQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "email_normalised"],
                condition=~Q(email_normalised="") & Q(merged_into=None),
                name="lead_email_once",
            ),
            models.UniqueConstraint(
                fields=["workspace", "external_id"],
                condition=~Q(external_id="") & Q(merged_into=None),
                name="lead_external_id_once",
            ),
            models.CheckConstraint(condition=Q(stage__in=Stage.values), name="lead_stage_known"),
            models.CheckConstraint(
                condition=Q(merged_into=None) | ~Q(merged_into=F("id")), name="lead_not_into_itself"
            ),
        ]
        indexes = [
            models.Index(
                F("workspace"), F("captured_at").desc(), F("id").desc(), name="lead_newest"
            ),
            models.Index(
                F("workspace"),
                F("stage"),
                F("captured_at").desc(),
                F("id").desc(),
                name="lead_stage_newest",
            ),
            models.Index(fields=["workspace", "owner", "stage"], name="lead_by_owner"),
            models.Index(fields=["company", "stage"], name="lead_by_company"),
            models.Index(fields=["workspace", "stage_since", "id"], name="lead_stage_since"),
            # Whom a name leads to after a merge; the unique indexes know the others.
            models.Index(
                fields=["workspace", "email_normalised"],
                condition=~Q(email_normalised="") & Q(merged_into__isnull=False),
                name="lead_email_merged",
            ),
            models.Index(
                fields=["workspace", "external_id"],
                condition=~Q(external_id="") & Q(merged_into__isnull=False),
                name="lead_external_id_merged",
            ),
            GinIndex(LeadWords(), name="lead_words"),
        ]

    def __str__(self) -> str:
        return self.display_name

    @property
    def display_name(self) -> str:
        if self.erased_at:
            return "Erased person"
        full = f"{self.first_name} {self.last_name}".strip()
        return full or self.email or f"Lead {self.external_id or self.pk}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.email_normalised = normalise_email(self.email)
        fields = kwargs.get("update_fields")
        if fields is not None and "email" in fields:
            kwargs["update_fields"] = {*fields, "email_normalised"}
        super().save(*args, **kwargs)
