"""Inviting people into a workspace: a membership, and a mail that lets them in."""

from datetime import datetime
from typing import Final

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from accounts import members
from accounts.first_password import first_password_path
from accounts.models import Membership, Role, User, Workspace
from leadqual import outbox

FIRST_LOGIN: Final = """\
{by} invited you to {workspace} on leadqual, as {role}.

Choose your password with this link; it works once, for three days:
{link}

After that you log in with {email} at {home}
"""
WELCOME: Final = """\
{by} added you to {workspace} on leadqual, as {role}.

You find it here, with the password that you already have:
{link}
"""


@transaction.atomic
def invite(
    *, workspace: Workspace, email: str, name: str, role: Role, by: Membership, at: datetime
) -> tuple[Membership, bool]:
    """The membership, and True if an invitation was sent; False if they are in already.

    Somebody who has an account keeps it, and the name they gave themselves.
    Raises accounts.members.MemberError.
    """
    user = _person(email, name)
    if not user.is_active:
        raise members.MemberError(f"The account of {user.email} is closed.")
    member, is_new = members.add(workspace=workspace, user=user, role=role, by=by, at=at)
    if is_new:
        _send(member, by=by.user, at=at)
    return member, is_new


def resend(member: Membership, *, by: Membership, at: datetime) -> None:
    """Send the mail again, with a fresh link; a second click within a minute sends nothing."""
    if member.ended_at is not None:
        raise members.MemberError(f"{member.user} is no longer a member. Invite them again.")
    _send(member, by=by.user, at=at)


def _person(email: str, name: str) -> User:
    address = email.strip().lower()
    known = User.objects.filter(email=address).first()
    if known:
        return known
    new = User(email=address, name=name.strip())
    new.set_unusable_password()
    # Two invitations of one new person at once: the second finds what the first has made.
    User.objects.bulk_create([new], ignore_conflicts=True)
    return User.objects.get(email=address)


def _send(member: Membership, *, by: User, at: datetime) -> None:
    user, workspace = member.user, member.workspace
    path = reverse("enter", args=[workspace.slug])
    has_password = user.has_usable_password()
    facts = {
        "by": by.name,
        "workspace": workspace.name,
        "role": member.get_role_display().lower(),
        "link": settings.LEADQUAL_URL + (path if has_password else first_password_path(user)),
        "email": user.email,
        "home": settings.LEADQUAL_URL + path,
    }
    key = f"invitation:{member.pk}:{at:%Y-%m-%dT%H:%M}"
    outbox.mail(
        workspace=workspace,
        key=key,
        to=user.email,
        subject=f"{by.name} invited you to {workspace.name}",
        body=(WELCOME if has_password else FIRST_LOGIN).format(**facts),
    )
    text = f"Welcome to {workspace.name}: {by.name} added you as {facts['role']}."
    outbox.notify(workspace=workspace, user=user, key=f"joined:{member.pk}", text=text, url=path)
