"""Who is in a workspace, as what. Every action is atomic and safe to repeat."""

from datetime import datetime

from django.db import transaction

from accounts.access import Permission, has_permission
from accounts.models import Membership, Role, User, Workspace


class MemberError(Exception):
    """Why a change to the members was refused, in words for the person who asked for it."""


@transaction.atomic
def add(
    *, workspace: Workspace, user: User, role: Role, by: Membership, at: datetime
) -> tuple[Membership, bool]:
    """Make the user a member, or a member again; True if they were not one before.

    Raises MemberError if they are a member in another role, or `by` may not give this one.
    """
    _lock(workspace)
    _require_right_over(role, by=by)
    member, is_new = Membership.objects.get_or_create(
        workspace=workspace, user=user, defaults={"role": role, "joined_at": at}
    )
    if is_new:
        return member, True
    if member.ended_at is None:
        if member.role != role:
            raise MemberError(
                f"{user} is already here as {member.get_role_display().lower()}. "
                "Change the role in the list of members."
            )
        return member, False
    member.role, member.ended_at = role, None
    member.save(update_fields=["role", "ended_at"])
    return member, True


@transaction.atomic
def change_role(member: Membership, role: Role, *, by: Membership) -> Membership:
    """Raises MemberError for the last administrator, or if `by` may not give or take the role."""
    _lock(member.workspace)
    member.refresh_from_db(fields=["role", "ended_at"])
    if member.role == role:
        return member
    if member.ended_at is not None:
        raise MemberError(f"{member.user} is no longer a member. Invite them again.")
    _require_right_over(role, by=by)
    _require_right_over(Role(member.role), by=by)
    _keep_an_administrator(member)
    member.role = role
    member.save(update_fields=["role"])
    return member


@transaction.atomic
def end(member: Membership, *, by: Membership, at: datetime) -> Membership:
    """End the membership; what the person did stays. Raises MemberError as `change_role` does."""
    _lock(member.workspace)
    member.refresh_from_db(fields=["role", "ended_at"])
    if member.ended_at is not None:
        return member
    _require_right_over(Role(member.role), by=by)
    _keep_an_administrator(member)
    member.ended_at = at
    member.save(update_fields=["ended_at"])
    return member


def grantable_roles(by: Membership) -> list[tuple[str, str]]:
    """(value, label) of the roles that this member may give."""
    return [(role.value, str(role.label)) for role in Role if _has_right_over(role, by=by)]


def _lock(workspace: Workspace) -> None:
    """Two administrators who end each other at once must not both succeed."""
    Workspace.objects.select_for_update().get(pk=workspace.pk)


def _has_right_over(role: Role, *, by: Membership) -> bool:
    if not has_permission(by, Permission.MANAGE_PEOPLE):
        return False
    return role != Role.ADMINISTRATOR or by.role == Role.ADMINISTRATOR


def _require_right_over(role: Role, *, by: Membership) -> None:
    if not _has_right_over(role, by=by):
        raise MemberError("Only an administrator of the workspace can do this.")


def _keep_an_administrator(member: Membership) -> None:
    if member.role != Role.ADMINISTRATOR:
        return
    others = Membership.objects.of(member.workspace).current().filter(role=Role.ADMINISTRATOR)
    if not others.exclude(pk=member.pk).exists():
        raise MemberError(
            f"{member.user} is the last administrator. Make somebody else administrator first."
        )
