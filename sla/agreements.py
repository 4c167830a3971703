"""The life of agreements: drafted, proposed, signed by both sides, superseded by the next."""

from accounts.models import Workspace
from sla.models import Agreement


def active(workspace: Workspace) -> Agreement | None:
    """The agreement that counts now; None: nothing is signed, the defaults count."""
    return Agreement.objects.of(workspace).active().first()
