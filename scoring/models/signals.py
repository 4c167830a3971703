"""A signal: a named thing worth noticing in events (004's table), defined once a workspace.

What it notices is final as soon as a version that is final uses it (trigger of migration 0013);
its name may still be corrected, as that changes no number.
"""

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q

from accounts.models import WorkspaceOwned, WorkspaceQuerySet
from leadqual.models import EventKind
from scoring.models.versions import ModelVersion

SIGNALS_PER_WORKSPACE = 63  # bits 0 to 62 of event.signals, a signed bigint
DEFINITION = (
    *("kind", "path_prefix", "utm_source", "utm_medium", "utm_campaign"),
    *("property_name", "property_value"),
)
"""The fields that say what it notices."""


class Signal(WorkspaceOwned):
    """An event shows the signal when every condition that is filled in holds.

    `bit` is the signal's place in event.signals. `classified` is false while older events are
    still being matched in the background; until then the scorers match this signal on the raw
    columns, so that no score is wrong. `replaces` is the signal whose place it took, with a
    definition of its own. `made_for` is the draft that it came with, and goes with.
    """

    code = models.SlugField(max_length=60)
    name = models.CharField(max_length=80, help_text="As sales reads it: “Visited pricing page”.")
    bit = models.PositiveSmallIntegerField(
        editable=False, validators=[MaxValueValidator(SIGNALS_PER_WORKSPACE - 1)]
    )
    kind = models.CharField(max_length=20, choices=EventKind.choices)
    path_prefix = models.CharField(
        max_length=200, blank=True, help_text="The page's path begins with this, such as /pricing."
    )
    utm_source = models.CharField(max_length=80, blank=True)
    utm_medium = models.CharField(max_length=80, blank=True)
    utm_campaign = models.CharField(max_length=120, blank=True)
    property_name = models.CharField(max_length=80, blank=True)
    property_value = models.CharField(max_length=200, blank=True)
    classified = models.BooleanField(default=True, editable=False)
    replaces = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, editable=False, related_name="successors"
    )
    made_for = models.ForeignKey(
        ModelVersion, on_delete=models.CASCADE, null=True, editable=False, related_name="+"
    )

    objects = WorkspaceQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["workspace", "code"], name="signal_code_once"),
            models.UniqueConstraint(fields=["workspace", "bit"], name="signal_bit_once"),
            models.CheckConstraint(
                condition=Q(bit__lt=SIGNALS_PER_WORKSPACE), name="signal_bit_fits"
            ),
            models.CheckConstraint(
                condition=Q(property_name="", property_value="") | ~Q(property_name=""),
                name="signal_property_named",
            ),
        ]

    def __str__(self) -> str:
        return self.name
