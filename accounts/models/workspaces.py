"""A workspace is one client or one business line. Nothing crosses workspaces."""

from typing import Self, TypeVar
from zoneinfo import ZoneInfo, available_timezones

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.timezone import now

from accounts.models.people import User


def validate_time_zone(value: str) -> None:
    if value not in available_timezones():
        raise ValidationError(f"“{value}” is not a time zone. Write one like Europe/Berlin.")


M = TypeVar("M", bound=models.Model, covariant=True)


class Role(models.TextChoices):
    """What a person is in one workspace; what each may do stands in `accounts.access`."""

    REP = "rep", "Sales rep"
    SALES_MANAGER = "sales_manager", "Sales manager"
    MARKETING_MANAGER = "marketing_manager", "Marketing manager"
    LEADERSHIP = "leadership", "Leadership"
    OPERATOR = "operator", "Agency operator"
    ADMINISTRATOR = "administrator", "Workspace administrator"


class WorkspaceQuerySet(models.QuerySet[M]):
    """The queryset of everything that belongs to a workspace."""

    def of(self, workspace: "Workspace") -> Self:
        return self.filter(workspace=workspace)


class Workspace(models.Model):
    name = models.CharField(max_length=120)
    slug = models.SlugField(max_length=60, unique=True)
    timezone = models.CharField(
        "time zone",
        max_length=64,
        default="UTC",
        validators=[validate_time_zone],
        help_text="Days and weeks in reports begin in this zone.",
    )
    currency = models.CharField(max_length=3, default="EUR", help_text="ISO code, such as EUR.")
    created_at = models.DateTimeField(default=now, editable=False)
    members = models.ManyToManyField(User, through="Membership", related_name="workspaces")

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)


class WorkspaceOwned(models.Model):
    """Base of every table whose rows belong to one workspace."""

    workspace = models.ForeignKey(Workspace, on_delete=models.PROTECT, related_name="+")

    class Meta:
        abstract = True


class MembershipQuerySet(WorkspaceQuerySet["Membership"]):
    def current(self) -> Self:
        return self.filter(ended_at=None, user__is_active=True)

    def recent_of(self, user: User) -> Self:
        """The user's memberships with their workspaces, the one used last first."""
        newest = models.F("last_used_at").desc(nulls_last=True)
        mine = self.filter(user=user).select_related("workspace")
        return mine.order_by(newest, "workspace__name", "pk")


class Membership(WorkspaceOwned):
    """One person in one workspace, with one role there. Ended, not deleted: history names them."""

    workspace = models.ForeignKey(Workspace, on_delete=models.PROTECT, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role.choices)
    joined_at = models.DateTimeField(default=now, editable=False)
    ended_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "user"], name="one_membership_each"),
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.workspace} ({self.get_role_display()})"
