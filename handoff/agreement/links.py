"""Where the agreement is read: its page, at one of its clauses."""

from django.urls import NoReverseMatch, reverse

from accounts.models import Workspace


def agreement_url(workspace: Workspace, clause: str = "") -> str:
    """The page of the agreement in force (or of what is to become one), at the clause named; blank
    where there is none."""
    anchor = f"#{clause}" if clause else ""
    try:
        return reverse("agreement", args=[workspace.slug]) + anchor
    except NoReverseMatch:  # the page is not part of this installation
        return ""
