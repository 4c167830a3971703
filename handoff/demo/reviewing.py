"""The joint reviews that a demo workspace has held, by the product's own functions, at moments of
the year that has passed; and the days on which the next ones are due.

Of the rejected leads both sides say what a manager said of them later; of every fourth they differ.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from accounts.models import User, Workspace
from handoff.models import Decision, Mark, Review, ReviewCadence, ReviewKind
from handoff.reviews.closing import close
from handoff.reviews.deciding import decide, done
from handoff.reviews.marking import mark
from handoff.reviews.opening import open_review
from handoff.reviews.taking_part import join
from leadqual.models import Notice
from sla.models import Agreement, Side

HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
DUE_IN: Final[Mapping[str, Mapping[str, int]]] = {
    "northwind": {
        ReviewKind.METRICS: -9,
        ReviewKind.THRESHOLDS: 12,
        ReviewKind.CALIBRATION: 41,
    },
    "harbour": {
        ReviewKind.METRICS: 8,
        ReviewKind.THRESHOLDS: -23,
        ReviewKind.CALIBRATION: 29,
    },
}
"""Days from now, by workspace and kind; below nought it is overdue."""


@dataclass(frozen=True)
class Decided:
    """`owner` is the side that does it, within `days`; `done_after` days it was, None: not yet.
    Without `signs` it starts nothing in the product, else the agreement of that number."""

    text: str
    owner: str
    days: int
    done_after: int | None = None
    signs: int | None = None


HELD: Final[Mapping[str, tuple[tuple[int, tuple[Decided, ...]], ...]]] = {
    "northwind": (
        (
            75,
            (
                Decided(
                    "Three hours to decide an offer instead of four, and “Under contract "
                    "elsewhere” as a reason of its own",
                    Side.SALES,
                    14,
                    done_after=4,
                    signs=2,
                ),
                Decided(
                    "Marketing reads the notes of all rejections for budget once a week",
                    Side.MARKETING,
                    21,
                    done_after=8,
                ),
            ),
        ),
        (
            40,
            (
                Decided(
                    "Ask for the company’s size in the webinar’s form",
                    Side.MARKETING,
                    20,
                    done_after=15,
                ),
                Decided(
                    "Sales writes down who decides when it rejects for “Not a decision maker”",
                    Side.SALES,
                    30,
                ),
            ),
        ),
    )
}
"""By workspace, the reviews of metrics: so many days ago, with what was decided."""


def hold_reviews(workspace: Workspace, sides: Mapping[str, User], *, now: datetime) -> None:
    """`sides`: who speaks for marketing and for sales."""
    for days_ago, decided in HELD.get(workspace.slug, ()):
        _hold(workspace, sides, decided, at=now - days_ago * DAY)
    today = now.astimezone(workspace.zone).date()
    for kind, days in DUE_IN.get(workspace.slug, {}).items():
        due = today + days * DAY
        ReviewCadence.objects.of(workspace).filter(kind=kind).update(
            next_due=due.replace(day=min(due.day, 28))
        )
    Notice.objects.of(workspace).filter(key__startswith="decision:").delete()  # read long ago


def _hold(
    workspace: Workspace, sides: Mapping[str, User], decided: tuple[Decided, ...], *, at: datetime
) -> None:
    review = open_review(workspace, kind=ReviewKind.METRICS, by=sides[Side.MARKETING], at=at)
    join(review, by=sides[Side.SALES], at=at)
    _mark(review, sides, at=at + HOUR / 2)
    made = [_decide(review, sides, one, at=at + HOUR) for one in decided]
    close(review, by=sides[Side.MARKETING], at=at + 2 * HOUR)
    for decision, one in zip(made, decided, strict=True):
        if one.done_after is not None:
            done(decision, by=decision.owner, at=at + one.done_after * DAY)


def _mark(review: Review, sides: Mapping[str, User], *, at: datetime) -> None:
    for n, item in enumerate(review.items.filter(part="reject").select_related("handoff")):
        upheld = item.handoff is not None and item.handoff.upheld
        word = Mark.Verdict.RIGHT_REJECT if upheld else Mark.Verdict.WRONG_REJECT
        other = Mark.Verdict.WRONG_HANDOFF if upheld else Mark.Verdict.RIGHT_REJECT
        mark(item, verdict=word, by=sides[Side.MARKETING], at=at)
        if item.handoff is not None and item.handoff.upheld is not None:
            mark(item, verdict=other if n % 4 == 3 else word, by=sides[Side.SALES], at=at)


def _decide(review: Review, sides: Mapping[str, User], one: Decided, *, at: datetime) -> Decision:
    owner = sides[one.owner]
    due = at.astimezone(review.workspace.zone).date() + one.days * DAY
    versions = Agreement.objects.of(review.workspace)
    signed = versions.get(number=one.signs) if one.signs else None
    effect = Decision.Effect.AGREEMENT if signed else Decision.Effect.NONE
    decision = decide(review, text=one.text, owner=owner, due=due, by=owner, at=at, effect=effect)
    if signed:  # it was begun three days later, and the demo has signed it already
        begun_at = signed.created_at
        rows = Decision.objects.filter(pk=decision.pk)
        rows.update(agreement=signed, begun_at=begun_at, begun_by=owner)
    return decision
