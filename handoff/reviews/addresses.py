"""Where the pages of the joint review are: what is told of it links there."""

from django.urls import reverse

from accounts.models import Workspace
from handoff.models import Review


def reviews_path(workspace: Workspace) -> str:
    """The page of all reviews, with what is due."""
    return reverse("reviews", args=[workspace.slug])


def review_path(review: Review) -> str:
    return reverse("review", args=[review.workspace.slug, review.pk])
