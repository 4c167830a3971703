"""A commitment: one measurable promise of the workspace, in business minutes."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from accounts.models import WorkspaceOwned, WorkspaceQuerySet
from sla.models.calendars import BusinessCalendar


class Commitment(WorkspaceOwned):
    """Running clocks keep the minutes they were started with; an edit counts for new ones."""

    class Code(models.TextChoices):
        DECIDE_OFFER = "decide_offer", "Decide an offer"
        FIRST_TOUCH = "first_touch", "First touch after acceptance"
        FALLBACK = "fallback", "Find somebody for a lead that nobody could take"

    code = models.CharField("promise", max_length=20, choices=Code.choices)
    minutes = models.PositiveIntegerField(
        "business minutes", validators=[MinValueValidator(1), MaxValueValidator(60 * 24 * 60)]
    )
    warn_percent = models.PositiveSmallIntegerField(
        "warn at (%)",
        default=75,
        validators=[MinValueValidator(1), MaxValueValidator(99)],
        help_text="How much of the time has passed when the warning is shown.",
    )
    calendar = models.ForeignKey(BusinessCalendar, on_delete=models.PROTECT, related_name="+")

    objects = WorkspaceQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["workspace", "code"], name="commitment_code_once")
        ]

    def __str__(self) -> str:
        return f"{self.get_code_display()} within {self.minutes} business minutes"
