"""Both sides are asked when the model goes on from what was signed, and when a review is due."""

from datetime import timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from accounts.models import Membership, User, Workspace
from handoff import review_items
from handoff.agreement.reviews_due import open_due
from handoff.models import ReviewItem
from leadqual.models import Notice
from scoring.versions import published_version
from sla.models import Agreement
from tests.builders import MONDAY_NOON
from tests.handoff.publications import DAY, lower_thresholds
from tests.sla.agreements import make_agreement

pytestmark = pytest.mark.django_db


def signed(workspace: Workspace, *, review_every_days: int = 90) -> Agreement:
    running = published_version(workspace)
    assert running is not None
    return make_agreement(
        workspace, model_version=running.number, review_every_days=review_every_days
    )


def items(kind: ReviewItem.Kind) -> list[ReviewItem]:
    return list(ReviewItem.objects.filter(kind=kind).order_by("pk"))


MODEL, REVIEW = ReviewItem.Kind.MODEL, ReviewItem.Kind.REVIEW


def test_publishing_after_signing_asks_both_sides_once(
    workspace: Workspace, ana: User, mara: User, ben: User
) -> None:
    agreement = signed(workspace)
    assert open_due(now=MONDAY_NOON) == 0
    version = lower_thresholds(workspace, at=MONDAY_NOON + DAY)
    assert open_due(now=MONDAY_NOON + DAY) == 1
    assert open_due(now=MONDAY_NOON + 2 * DAY) == 0
    [item] = items(MODEL)
    assert (item.agreement, item.opened_at) == (agreement, MONDAY_NOON + DAY)
    assert item.facts == {"signed": 1, "running": version.number}
    assert item.words == (
        "Agreement 1 was signed on version 1 of the scoring model, and version 2 runs since "
        "03 Mar 2026: does it still say what counts as a qualified lead?"
    )
    told = Notice.objects.filter(key=f"review-item:{item.pk}").values_list("user", flat=True)
    assert {ana.pk, mara.pk} <= set(told)
    assert ben.pk not in told


def test_where_nothing_is_due_three_queries_say_so_of_all_agreements(
    workspace: Workspace, cleo: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    signed(workspace)
    with django_assert_num_queries(3):
        assert open_due(now=MONDAY_NOON) == 0
    make_agreement(Membership.objects.get(user=cleo).workspace)
    with django_assert_num_queries(3):
        assert open_due(now=MONDAY_NOON) == 0


def test_a_newer_version_takes_the_open_item_and_a_decided_one_is_not_opened_again(
    workspace: Workspace, mara: User
) -> None:
    signed(workspace)
    lower_thresholds(workspace, at=MONDAY_NOON + DAY)
    open_due(now=MONDAY_NOON + DAY)
    newer = lower_thresholds(workspace, to=31, at=MONDAY_NOON + 2 * DAY)
    assert open_due(now=MONDAY_NOON + 2 * DAY) == 1
    [item] = items(MODEL)
    assert item.facts["running"] == newer.number
    review_items.decide(item, by=mara, at=MONDAY_NOON + 3 * DAY, decision="We keep it.")
    assert open_due(now=MONDAY_NOON + 4 * DAY) == 0
    lower_thresholds(workspace, to=32, at=MONDAY_NOON + 5 * DAY)
    assert open_due(now=MONDAY_NOON + 5 * DAY) == 1
    assert len(items(MODEL)) == 2


def test_what_was_signed_without_a_model_says_so(workspace: Workspace) -> None:
    make_agreement(workspace, model_version=None)
    open_due(now=MONDAY_NOON)
    assert items(MODEL)[0].words.startswith("Agreement 1 was signed without a scoring model, and")


def test_the_next_agreement_is_signed_on_what_runs_and_asks_nothing(workspace: Workspace) -> None:
    signed(workspace)
    lower_thresholds(workspace, at=MONDAY_NOON + DAY)
    signed(workspace)
    assert open_due(now=MONDAY_NOON + 2 * DAY) == 0


def test_without_a_signed_agreement_nobody_is_asked(workspace: Workspace) -> None:
    make_agreement(workspace, status=Agreement.Status.PROPOSED, model_version=7)
    assert open_due(now=MONDAY_NOON + 400 * DAY) == 0


def test_a_review_is_due_after_the_days_agreed_and_again_after_each_decision(
    workspace: Workspace, mara: User
) -> None:
    agreement = signed(workspace, review_every_days=30)
    due = MONDAY_NOON + 30 * DAY
    assert open_due(now=due - timedelta(seconds=1)) == 0
    assert open_due(now=due) == 1
    assert open_due(now=due + 40 * DAY) == 0  # it is open still
    [item] = items(REVIEW)
    assert (item.agreement, item.facts) == (agreement, {"times": 1, "every_days": 30})
    assert item.words == (
        "Agreement 1 is to be reviewed since 01 Apr 2026: it counts since 02 Mar 2026, and is "
        "reviewed every 30 days. Keep it, or draft the next version?"
    )
    review_items.decide(item, by=mara, at=due + 40 * DAY, decision="We keep it.")
    assert open_due(now=due + 41 * DAY) == 0
    assert open_due(now=due + 60 * DAY) == 1
    assert [each.facts["times"] for each in items(REVIEW)] == [1, 3]
