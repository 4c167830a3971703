"""Where the agreement is read: its page, at one of its clauses."""

from django.urls import reverse

from accounts.models import Workspace


def agreement_url(workspace: Workspace, clause: str = "") -> str:
    """The page of the agreement in force (or of what is to become one), at the clause named."""
    anchor = f"#{clause}" if clause else ""
    return reverse("agreement", args=[workspace.slug]) + anchor
