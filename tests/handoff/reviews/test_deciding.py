"""Decisions: written down once, handed on, done, carried on, and what they start."""

from datetime import date, datetime, timedelta

import pytest

from accounts.models import User, Workspace
from handoff.models import Decision, RejectionReason, Review, ReviewItem, RoutingPlan
from handoff.reviews.changes import changes_since
from handoff.reviews.closing import close
from handoff.reviews.deciding import (
    decide,
    done,
    hand_on,
    open_decisions,
    overdue_decisions,
    say,
    undone,
)
from handoff.reviews.effects import Begun, address_of, begin_effect, begun, counts_since
from handoff.reviews.led_to import decisions_behind
from handoff.routing_plans import discard
from handoff.transitions import MoveNotAllowed, SomeoneWasFaster
from leadqual.models import Notice
from scoring.models import ModelVersion
from scoring.publishing import publish
from sla.models import Agreement
from tests.at_once import at_once
from tests.handoff.reviews.conftest import Opening, Rejecting

pytestmark = pytest.mark.django_db
NEXT_WEEK = date(2026, 12, 1)


def decided(review: Review, owner: User, by: User, at: datetime, **more: object) -> Decision:
    words = {"text": "Ask for the budget in the form", "due": NEXT_WEEK, **more}
    return decide(review, owner=owner, by=by, at=at, **words)  # type: ignore[arg-type]


def test_sent_twice_it_is_written_down_once_and_its_owner_hears_of_it(
    opened: Opening, ana: User, mara: User, now: datetime
) -> None:
    review = opened()
    first = decided(review, mara, ana, now)
    assert decided(review, mara, ana, now + timedelta(seconds=1)) == first
    told = Notice.objects.get(user=mara, key__startswith="decision:")
    assert told.text == (
        "Ana Marques wrote down in a joint review that you do this: Ask for the budget in the form"
    )
    assert told.url == f"/w/northwind/reviews/{review.pk}/"


def test_nothing_is_decided_without_words_or_for_a_stranger(
    opened: Opening, ana: User, cleo: User, now: datetime
) -> None:
    review = opened()
    with pytest.raises(MoveNotAllowed, match="Write down"):
        decided(review, ana, ana, now, text="  ")
    with pytest.raises(MoveNotAllowed, match="member of this workspace"):
        decided(review, cleo, ana, now)
    with pytest.raises(ValueError, match="rocket"):
        decided(review, ana, ana, now, effect="rocket")


def test_what_waited_for_a_decision_is_decided_by_it(
    workspace: Workspace, opened: Opening, ana: User, now: datetime
) -> None:
    ReviewItem.objects.create(
        workspace=workspace, kind="level", key="level:x:", words="Too slow.", opened_at=now
    )
    review = opened()
    decided(review, ana, ana, now, item=review.items.get(part="to_decide"))
    item = ReviewItem.objects.get()
    assert (item.decided_by, item.decision) == (ana, "Ask for the budget in the form")


def test_what_somebody_decided_on_its_own_page_meanwhile_stands(
    workspace: Workspace, opened: Opening, ana: User, mara: User, now: datetime
) -> None:
    ReviewItem.objects.create(
        workspace=workspace, kind="level", key="level:x:", words="Too slow.", opened_at=now
    )
    review = opened()
    ReviewItem.objects.update(decided_at=now, decided_by=mara, decision="Wait.")
    decided(review, ana, ana, now, item=review.items.get(part="to_decide"))
    assert ReviewItem.objects.get().decision == "Wait."
    assert Decision.objects.count() == 1


def test_an_item_of_another_review_is_refused(
    reject: Rejecting, opened: Opening, ana: User, now: datetime
) -> None:
    reject()
    item = opened("metrics").items.get(part="reject")
    with pytest.raises(MoveNotAllowed, match="another review"):
        decided(opened("thresholds"), ana, ana, now, item=item)


def test_it_is_done_and_undone_also_after_the_review_and_the_first_to_say_so_is_named(
    opened: Opening, ana: User, mara: User, now: datetime
) -> None:
    review = opened()
    decision = decided(review, mara, ana, now)
    close(review, by=ana, at=now)
    done(decision, by=mara, at=now)
    done(decision, by=ana, at=now + timedelta(days=1))
    decision.refresh_from_db()
    assert (decision.done_by, decision.done_at) == (mara, now)
    undone(decision)
    assert list(open_decisions(decision.workspace)) == [decision]


def test_what_is_open_is_on_the_next_agenda_whoever_holds_it_sees_it_done(
    opened: Opening, ana: User, mara: User, now: datetime
) -> None:
    first = opened("metrics")
    decision = decided(first, mara, ana, now, due=now.date() - timedelta(days=3))
    close(first, by=ana, at=now)
    review = opened("thresholds")
    [item] = review.items.filter(part="decision")
    assert (item.decision, item.facts["days_over"]) == (decision, 3)
    assert review.parts["decision"] == {"total": 1, "shown": 1, "overdue": 1}
    seen = changes_since(review, 0).step
    done(decision, by=mara, at=now)
    assert [item.decision for item in changes_since(review, seen).items] == [decision]


def test_handed_on_the_new_owner_hears_of_it(
    opened: Opening, ana: User, mara: User, now: datetime
) -> None:
    decision = decided(opened(), ana, ana, now)
    hand_on(decision, owner=mara, due=NEXT_WEEK + timedelta(days=7), by=ana)
    decision.refresh_from_db()
    assert (decision.owner, decision.due) == (mara, date(2026, 12, 8))
    assert Notice.objects.filter(user=mara, key__startswith="decision:").count() == 1


def test_it_is_overdue_from_the_day_after(opened: Opening, ana: User, now: datetime) -> None:
    decision = decided(opened(), ana, ana, now)
    for day, late in ((NEXT_WEEK, []), (NEXT_WEEK + timedelta(days=1), [decision])):
        assert list(overdue_decisions(decision.workspace, today=day)) == late


def test_what_was_said_about_an_item_is_kept_with_who_said_it(
    reject: Rejecting, opened: Opening, ana: User, mara: User, now: datetime
) -> None:
    reject()
    review = opened()
    item = review.items.get(part="reject")
    say(item, words=" Wrong budget rule. ", by=mara, at=now)
    item.refresh_from_db()
    assert (item.outcome, item.outcome_by, item.outcome_at) == ("Wrong budget rule.", mara, now)
    say(item, words="", by=ana, at=now)
    item.refresh_from_db()
    assert (item.outcome, item.outcome_by) == ("", None)
    close(review, by=ana, at=now)
    with pytest.raises(SomeoneWasFaster):
        say(item, words="Too late", by=mara, at=now)


def test_a_draft_of_the_model_is_begun_once_and_counts_when_it_is_published(
    workspace: Workspace, opened: Opening, ana: User, now: datetime
) -> None:
    decision = decided(opened(), ana, ana, now, effect="model")
    assert (begun(decision), counts_since(decision)) == (None, None)
    seen = changes_since(decision.review, 0).step
    decision = begin_effect(decision, by=ana, at=now)
    assert changes_since(decision.review, seen).decisions == (decision,)
    draft = ModelVersion.objects.of(workspace).draft().get()
    assert begun(decision) == begun(begin_effect(decision, by=ana, at=now)) == draft
    assert address_of(decision) == f"/admin/scoring/modelversion/{draft.pk}/change/"
    assert counts_since(decision) is None
    publish(draft, by=ana, now=now + timedelta(days=1))
    decision = Decision.objects.get()
    assert counts_since(decision) == now + timedelta(days=1)
    assert list(decisions_behind(draft)) == [decision]


def test_a_discarded_draft_takes_its_link_along_and_may_be_begun_again(
    workspace: Workspace, opened: Opening, ana: User, now: datetime
) -> None:
    decision = begin_effect(decided(opened(), ana, ana, now, effect="routing"), by=ana, at=now)
    plan = begun(decision)
    assert isinstance(plan, RoutingPlan)
    discard(plan)
    decision = Decision.objects.get()
    assert begun(decision) is None
    assert begun(begin_effect(decision, by=ana, at=now)) == RoutingPlan.objects.of(workspace).get(
        status="draft"
    )


def test_a_new_reason_is_not_in_use_until_somebody_says_what_follows(
    workspace: Workspace, opened: Opening, ana: User, now: datetime
) -> None:
    text = "Uses a rival until spring " + "x" * 80
    decision = decided(opened(), ana, ana, now, effect="reason", text=text)
    reason = begun(begin_effect(decision, by=ana, at=now))
    assert isinstance(reason, RejectionReason)
    assert (reason.is_active, len(reason.name), reason.name[-1]) == (False, 80, "…")
    assert reason.code == f"uses-a-rival-until-spring-{'x' * 14}-{decision.pk}"
    reason.full_clean()


def test_a_new_version_of_the_agreement_is_begun(
    workspace: Workspace, opened: Opening, mara: User, ana: User, now: datetime
) -> None:
    decision = decided(opened(), mara, ana, now, effect="agreement")
    decision = begin_effect(decision, by=mara, at=now)
    draft = Agreement.objects.of(workspace).get(status="draft")
    assert (begun(decision), address_of(decision)) == (draft, "/w/northwind/agreement/draft/")
    assert (decision.begun_by, decision.begun_at) == (mara, now)


def test_what_starts_nothing_counts_from_the_moment_it_is_done(
    opened: Opening, ana: User, now: datetime
) -> None:
    decision = decided(opened(), ana, ana, now)
    with pytest.raises(MoveNotAllowed, match="starts nothing"):
        begin_effect(decision, by=ana, at=now)
    assert (counts_since(decision), address_of(decision)) == (None, "")
    assert counts_since(done(decision, by=ana, at=now)) == now


@pytest.mark.django_db(transaction=True)
def test_two_who_begin_it_at_once_begin_one(
    opened: Opening, ana: User, mara: User, now: datetime
) -> None:
    decision = decided(opened(), ana, ana, now, effect="reason")
    before = RejectionReason.objects.count()
    found: list[Begun | None] = [
        begun(one)
        for one in at_once(2, lambda n: begin_effect(decision, by=[ana, mara][n], at=now))
    ]
    assert found[0] == found[1]
    assert RejectionReason.objects.count() == before + 1


@pytest.mark.django_db(transaction=True)
def test_of_two_who_write_down_the_same_at_once_one_does(
    opened: Opening, ana: User, mara: User, now: datetime
) -> None:
    review = opened()
    first, second = at_once(2, lambda n: decided(review, ana, [ana, mara][n], now))
    assert (first, Decision.objects.count()) == (second, 1)
