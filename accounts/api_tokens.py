"""Issuing and revoking a workspace's tokens."""

from datetime import datetime

from django.db import transaction

from accounts.models import ApiToken, User, Workspace


class NameTaken(Exception):
    """A valid token of that name exists: a form that was sent twice issues one token."""


@transaction.atomic
def issue(*, workspace: Workspace, name: str, by: User) -> tuple[ApiToken, str]:
    """A new token and its secret, which cannot be read again. Raises NameTaken."""
    Workspace.objects.select_for_update().get(pk=workspace.pk)
    if ApiToken.objects.of(workspace).valid().filter(name__iexact=name).exists():
        raise NameTaken(f"There is a token “{name}” already. Revoke it first, or name this anew.")
    return ApiToken.issue(workspace=workspace, name=name, by=by)


def revoke(token: ApiToken, *, at: datetime) -> None:
    """From now on it opens nothing; safe to repeat, the first moment counts."""
    ApiToken.objects.valid().filter(pk=token.pk).update(revoked_at=at)
