"""Who may use a workspace's scoring model, and who may change it, at the same moment.

Scorers and intake share the model until their transaction ends; publishing a version or
changing a signal's definition owns it. So nothing is scored or classified by what was replaced
while it was under way. (The trigger on signals takes the same lock.)
"""

from django.core.exceptions import ValidationError
from django.db import OperationalError, connection, transaction
from psycopg.errors import LockNotAvailable

MODEL_LOCK = 4004
"""First half of the advisory lock's key; the second is the workspace."""
PATIENCE = "15s"


def share_model(workspace_id: int) -> None:
    """Hold the workspace's model still until the transaction ends; many may."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s, %s)", [MODEL_LOCK, workspace_id])


class ModelInUse(ValidationError):
    """Somebody has been using the model for longer than one waits before a screen."""

    def __init__(self) -> None:
        super().__init__("Leads are being imported or scored just now. Try again in a minute.")


def own_model(workspace_id: int) -> None:
    """Wait until nobody uses the workspace's model, and keep them out until the end.

    Raises ModelInUse after PATIENCE; the transaction, or its savepoint, is then to be left.
    """
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [PATIENCE])
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [MODEL_LOCK, workspace_id])
            cursor.execute("SET LOCAL lock_timeout TO DEFAULT")
    except OperationalError as error:
        if isinstance(error.__cause__, LockNotAvailable):
            raise ModelInUse from error
        raise
