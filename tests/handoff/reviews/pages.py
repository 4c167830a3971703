"""What the tests of the joint review's pages share."""

import re
from typing import Any, Final

from accounts.models import User
from handoff.models import AgendaItem, Mark, Review

REVIEWS: Final = "/w/northwind/reviews/"
RIGHT, WRONG, HANDOFF = Mark.Verdict.values


def text_of(page: bytes) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page.decode()).split())


def url_of(review: Review, below: str = "") -> str:
    return f"{REVIEWS}{review.pk}/{below}"


def item_url(item: AgendaItem, what: str) -> str:
    return f"{REVIEWS}{item.review_id}/items/{item.pk}/{what}/"


def decision_of(owner: User, **said: Any) -> dict[str, Any]:
    return {"text": "Raise the threshold", "owner": owner.pk, "due": "2030-05-01", **said}
