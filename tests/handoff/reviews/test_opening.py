"""A review is opened once a kind, with an agenda whose facts are those of that moment."""

from datetime import date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Role, User, Workspace
from handoff.models import Handoff, Participant, Review, ReviewCadence, ReviewItem, ReviewKind
from handoff.reviews.agenda.found import MOST
from handoff.reviews.agenda.making import PARTS
from handoff.reviews.opening import FARTHEST, open_review
from tests.at_once import at_once
from tests.builders import make_member
from tests.handoff.reviews.conftest import Opening, Rejecting

pytestmark = pytest.mark.django_db


def test_a_rejected_lead_is_on_the_agenda_with_packet_reason_and_note(
    reject: Rejecting, opened: Opening
) -> None:
    offer = reject(note="Budget is gone")
    [item] = opened().items.filter(part="reject")
    assert (item.handoff, item.lead, item.title) == (offer, offer.lead, "Rejected: No budget")
    assert item.personal["note"] == "Budget is gone"
    assert item.personal["name"] == offer.lead.display_name
    assert (item.facts["of_reason"], item.facts["rejected"]) == (1, 1)
    assert (item.facts["grade"], item.facts["rep"]) == (offer.grade, "Ben Okoye")


def test_the_facts_stay_as_they_were_at_the_opening(reject: Rejecting, opened: Opening) -> None:
    offer = reject()
    review = opened()
    offer.lead.first_name = "Somebody"
    offer.lead.save()
    Handoff.objects.filter(pk=offer.pk).update(grade="D")
    again = opened(at=review.opened_at + timedelta(hours=1))
    [item] = again.items.filter(part="reject")
    assert again == review
    assert item.personal["name"] != "Somebody Weiss"
    assert item.facts["grade"] != "D"


def test_the_reasons_that_dominate_come_first_and_the_rest_is_counted(
    reject: Rejecting, opened: Opening
) -> None:
    for code, times in (("too-small", 1), ("no-budget", 3), ("duplicate", 2)):
        for _ in range(times):
            reject(code)
    review = opened()
    told = [item.facts["code"] for item in review.items.filter(part="reject")]
    assert told == ["no-budget"] * 3 + ["duplicate"] * 2 + ["too-small"]
    assert review.parts["reject"]["total"] == 6
    assert [reason["n"] for reason in review.parts["reject"]["reasons"]] == [3, 2, 1]


def test_four_of_a_reason_stand_in_a_row_and_what_has_no_room_is_counted(
    reject: Rejecting, opened: Opening
) -> None:
    for _ in range(MOST):
        reject("no-budget")
    reject("duplicate")
    review = opened()
    told = [item.facts["code"] for item in review.items.filter(part="reject")]
    assert told == ["no-budget"] * 4 + ["duplicate"] + ["no-budget"] * (MOST - 5)
    assert review.parts["reject"]["total"] == MOST + 1
    assert review.parts["reject"]["shown"] == MOST


def test_what_was_reviewed_already_is_not_talked_over_again(
    reject: Rejecting, opened: Opening, ana: User, now: datetime
) -> None:
    Handoff.objects.filter(pk=reject().pk).update(upheld=True, reviewed_at=now, reviewed_by=ana)
    review = opened()
    assert review.parts["reject"] == {"total": 0, "shown": 0, "reasons": []}


def test_as_of_a_moment_of_the_past_what_was_reviewed_later_still_waits(
    reject: Rejecting, opened: Opening, ana: User, now: datetime
) -> None:
    later = now + timedelta(days=1)
    Handoff.objects.filter(pk=reject().pk).update(upheld=True, reviewed_at=later, reviewed_by=ana)
    assert opened().parts["reject"]["total"] == 1


def test_each_kind_has_its_own_parts(opened: Opening) -> None:
    for kind in ReviewKind:
        assert set(opened(kind).parts) == {part.value for part in PARTS[kind]}


def test_whoever_holds_reviews_is_asked_and_who_opens_it_is_there(
    workspace: Workspace, opened: Opening, ana: User, mara: User, ben: User
) -> None:
    operator = make_member(workspace, name="Otto Op", role=Role.OPERATOR)
    make_member(workspace, name="Lea Lead", role=Role.LEADERSHIP)
    people = {p.person: (p.side, bool(p.joined_at)) for p in opened().participants.all()}
    administrator = User.objects.get(name="Olga Root")
    assert people == {
        ana: ("marketing", True),
        mara: ("sales", False),
        operator: ("marketing", False),
        administrator: ("", False),
    }


def test_it_looks_back_to_where_the_last_one_stopped(
    workspace: Workspace, opened: Opening, ana: User, now: datetime
) -> None:
    first = opened()
    assert (first.opened_at - first.since).days in (28, 29, 30, 31)
    Review.objects.filter(pk=first.pk).update(closed_at=now, closed_by=ana)
    second = opened(at=now + timedelta(days=20))
    assert second.since == first.opened_at
    Review.objects.filter(pk=second.pk).update(closed_at=now, closed_by=ana)
    third = opened(at=second.opened_at + timedelta(days=500))
    assert third.since == third.opened_at - FARTHEST


def test_it_is_held_for_the_day_that_is_due_and_for_none_before(
    workspace: Workspace, opened: Opening, now: datetime
) -> None:
    today = now.astimezone(workspace.zone).date()
    ReviewCadence.objects.of(workspace).filter(kind="metrics").update(next_due=today)
    ReviewCadence.objects.of(workspace).filter(kind="thresholds").update(
        next_due=today + timedelta(days=1)
    )
    assert (opened("metrics").due, opened("thresholds").due) == (today, None)


def test_what_waits_for_a_decision_is_on_every_agenda(
    workspace: Workspace, opened: Opening, now: datetime
) -> None:
    item = ReviewItem.objects.create(
        workspace=workspace, kind="level", key="level:x:", words="Too slow.", opened_at=now
    )
    for kind in ReviewKind:
        [found] = opened(kind).items.filter(part="to_decide")
        assert (found.review_item, found.facts["says"]) == (item, "Too slow.")


def test_another_workspace_shows_nothing(
    cleo: User, reject: Rejecting, ana: User, now: datetime
) -> None:
    reject()
    other = Workspace.objects.get(slug="elsewhere")
    review = open_review(other, kind="metrics", by=cleo, at=now)
    assert list(review.items.all()) == []
    assert [p.person for p in review.participants.all()] == [cleo]


def test_a_kind_that_there_is_not_is_refused(
    workspace: Workspace, ana: User, now: datetime
) -> None:
    with pytest.raises(ValueError, match="yearly"):
        open_review(workspace, kind="yearly", by=ana, at=now)


def test_as_many_queries_for_many_rejections_as_for_one(
    workspace: Workspace, reject: Rejecting, opened: Opening, ana: User, now: datetime
) -> None:
    counts = []
    for more in (1, 1, 6):  # the first fills what the process keeps of the model
        for _ in range(more):
            reject("no-budget")
        with CaptureQueriesContext(connection) as queries:
            review = opened()
        counts.append(len(queries))
        assert review.parts["reject"]["total"] == Handoff.objects.count()
        back = review.opened_at - timedelta(days=30)  # so that the next one looks at all of them
        Review.objects.filter(pk=review.pk).update(
            closed_at=now, closed_by=ana, opened_at=back, since=back
        )
    assert counts[1] == counts[2]


@pytest.mark.django_db(transaction=True)
def test_of_two_who_open_it_at_once_both_are_in_the_same(
    workspace: Workspace, ana: User, mara: User, now: datetime
) -> None:
    people = [ana, mara]
    first, second = at_once(
        2, lambda n: open_review(workspace, kind="metrics", by=people[n], at=now)
    )
    assert first == second
    assert Review.objects.count() == 1
    joined = Participant.objects.filter(joined_at__isnull=False)
    assert {one.person for one in joined} == {ana, mara}


@pytest.mark.django_db(transaction=True)
def test_without_a_cadence_two_at_once_are_in_the_same_as_well(
    workspace: Workspace, ana: User, mara: User, now: datetime
) -> None:
    ReviewCadence.objects.all().delete()
    people = [ana, mara]
    first, second = at_once(
        2, lambda n: open_review(workspace, kind="calibration", by=people[n], at=now)
    )
    assert (first, Review.objects.count()) == (second, 1)


def test_a_new_workspace_has_three_cadences(workspace: Workspace) -> None:
    rows = ReviewCadence.objects.of(workspace).values_list("kind", "every", "unit", "next_due")
    assert list(rows) == [
        ("metrics", 1, "months", date(2026, 5, 1)),
        ("thresholds", 60, "days", date(2026, 5, 1)),
        ("calibration", 3, "months", date(2026, 7, 1)),
    ]
