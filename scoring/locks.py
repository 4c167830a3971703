"""Who may use a workspace's scoring model, and who may change it, at the same moment.

Scorers and intake share the model until their transaction ends; publishing a version or
changing a signal's definition owns it. So nothing is scored or classified by what was replaced
while it was under way. (The trigger in migration 0003 takes the same lock for signals.)
"""

from django.db import connection

MODEL_LOCK = 4004
"""First half of the advisory lock's key; the second is the workspace."""


def share_model(workspace_id: int) -> None:
    """Hold the workspace's model still until the transaction ends; many may."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s, %s)", [MODEL_LOCK, workspace_id])


def own_model(workspace_id: int) -> None:
    """Wait until nobody uses the workspace's model, and keep them out until the end."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [MODEL_LOCK, workspace_id])
