"""People, workspaces, who is in which, and the tokens of machines."""

from accounts.models.people import User
from accounts.models.tokens import ApiToken
from accounts.models.workspaces import (
    Membership,
    Role,
    Workspace,
    WorkspaceOwned,
    WorkspaceQuerySet,
)

__all__ = [
    "ApiToken",
    "Membership",
    "Role",
    "User",
    "Workspace",
    "WorkspaceOwned",
    "WorkspaceQuerySet",
]
