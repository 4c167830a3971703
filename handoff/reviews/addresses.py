"""Where the pages of the joint review are: what is told of it links there."""

from accounts.models import Workspace
from handoff.models import Review


def reviews_path(workspace: Workspace) -> str:
    """The page of all reviews, with what is due."""
    return f"/w/{workspace.slug}/reviews/"


def review_path(review: Review) -> str:
    return f"{reviews_path(review.workspace)}{review.pk}/"
