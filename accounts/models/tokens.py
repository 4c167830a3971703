"""A token lets a machine of the workspace's owner write leads and events."""

import hashlib
import secrets
from typing import Self

from django.db import models
from django.utils import timezone

from accounts.models.people import User
from accounts.models.workspaces import Workspace, WorkspaceOwned, WorkspaceQuerySet


class ApiTokenQuerySet(WorkspaceQuerySet["ApiToken"]):
    def valid(self) -> Self:
        return self.filter(revoked_at=None)


class ApiToken(WorkspaceOwned):
    """Only the SHA-256 of the secret is kept; the secret is shown once, when it is made."""

    name = models.CharField(max_length=80, help_text="What uses it, such as “website form”.")
    digest = models.CharField(max_length=64, unique=True, editable=False)
    prefix = models.CharField(max_length=11, editable=False)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = ApiTokenQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    @staticmethod
    def digest_of(secret: str) -> str:
        return hashlib.sha256(secret.encode()).hexdigest()

    @classmethod
    def issue(cls, *, workspace: Workspace, name: str, by: User) -> tuple["ApiToken", str]:
        """A new token and its secret, which cannot be read again."""
        secret = f"lq_{secrets.token_urlsafe(32)}"
        token = cls.objects.create(
            workspace=workspace,
            name=name,
            digest=cls.digest_of(secret),
            prefix=secret[:11],
            created_by=by,
        )
        return token, secret
