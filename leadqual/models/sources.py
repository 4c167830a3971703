"""Where leads come from: the channel and, within it, the campaign (001 and 004 judge by both)."""

from datetime import date
from typing import Final

from django.contrib.postgres.constraints import ExclusionConstraint
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Func, Q, Value

from accounts.models import WorkspaceOwned, WorkspaceQuerySet


class Source(WorkspaceOwned):
    """A channel. `direction` says who spoke first: models may judge the two differently (001)."""

    class Direction(models.TextChoices):
        INBOUND = "inbound", "Inbound: they came to us"
        OUTBOUND = "outbound", "Outbound: we went to them"

    code = models.SlugField(max_length=60)
    name = models.CharField(max_length=80)
    direction = models.CharField(max_length=8, choices=Direction.choices, default=Direction.INBOUND)

    objects = WorkspaceQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["workspace", "code"], name="source_code_once")
        ]

    def __str__(self) -> str:
        return self.name


class Campaign(WorkspaceOwned):
    source = models.ForeignKey(
        Source, on_delete=models.PROTECT, null=True, blank=True, related_name="campaigns"
    )
    code = models.CharField(max_length=120, help_text="The utm_campaign that names it.")
    name = models.CharField(max_length=120)

    objects = WorkspaceQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["workspace", "code"], name="campaign_code_once"),
        ]

    def __str__(self) -> str:
        return self.name


_DAYS: Final = (Func(F("first"), F("last"), Value("[]"), function="daterange"), "&&")
# A range of one number stands for “the same campaign”, which needs no extension of PostgreSQL's.
_CAMPAIGN: Final = (
    Func(F("campaign"), F("campaign"), Value("[]"), function="int8range"),
    "&&",
)


class CampaignCost(WorkspaceOwned):
    """What a campaign cost from the first to the last day, both included, in the currency of the
    workspace; spread evenly over these days. Costs of one campaign do not share a day."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="costs")
    first = models.DateField("first day")
    last = models.DateField("last day")
    amount = models.DecimalField(max_digits=12, decimal_places=2)

    objects = WorkspaceQuerySet.as_manager()

    class Meta:
        ordering = ["campaign", "first", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gte=0), name="campaign_cost_not_negative"),
            models.CheckConstraint(condition=Q(last__gte=F("first")), name="campaign_cost_days"),
            ExclusionConstraint(name="campaign_cost_once_a_day", expressions=[_CAMPAIGN, _DAYS]),
        ]

    def __str__(self) -> str:
        return f"{self.first:%-d %b %Y} to {self.last:%-d %b %Y}: {self.amount:,.2f}"

    def clean(self) -> None:
        """Each error at the field where it is mended, in words."""
        if self.amount is not None and self.amount < 0:
            raise ValidationError({"amount": "Nobody pays you for a campaign: write 0 or more."})
        first: date | None = self.first  # a field that was left out has its own error
        last: date | None = self.last
        if first is None or last is None:
            return
        if last < first:
            raise ValidationError({"last": "The last day lies before the first."})
        if self.campaign_id and (other := self._sharing_days(first, last)):
            raise ValidationError({"first": f"These days have a cost already: {other}."})

    def _sharing_days(self, first: date, last: date) -> "CampaignCost | None":
        others = CampaignCost.objects.filter(campaign=self.campaign_id).exclude(pk=self.pk)
        return others.filter(first__lte=last, last__gte=first).first()
