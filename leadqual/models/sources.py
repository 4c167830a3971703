"""Where leads come from: the channel and, within it, the campaign (001 and 004 judge by both)."""

from decimal import Decimal

from django.db import models

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
    cost = models.DecimalField(
        max_digits=12, decimal_places=2, default=Decimal(0), help_text="Spent so far."
    )

    objects = WorkspaceQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["workspace", "code"], name="campaign_code_once"),
            models.CheckConstraint(condition=models.Q(cost__gte=0), name="campaign_cost_positive"),
        ]

    def __str__(self) -> str:
        return self.name
