"""Both sides mark a rejected lead; what they agree on is carried out."""

from contextlib import ExitStack
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Role, User, Workspace
from handoff import rejection_review
from handoff.models import AgendaItem, Handoff, Mark, PoolMember, Review
from handoff.reviews.changes import changes_since
from handoff.reviews.closing import close
from handoff.reviews.marking import Said, mark, said, upholds
from handoff.reviews.taking_part import join
from handoff.transitions import MoveNotAllowed, SomeoneWasFaster
from leadqual.models import Notice
from tests.at_once import at_once, meanwhile
from tests.builders import make_member
from tests.handoff.reviews.conftest import Opening, Rejecting

pytestmark = pytest.mark.django_db
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
RIGHT, WRONG, HANDOFF = Mark.Verdict.values


def credit_of(user: User) -> float:
    return PoolMember.objects.get(rep__user=user).credit


def test_one_side_alone_changes_nothing(rejected: AgendaItem, ana: User, now: datetime) -> None:
    mark(rejected, verdict=RIGHT, by=ana, at=now)
    assert said(rejected.marks.all()) == Said(marketing=RIGHT)
    assert Handoff.objects.get().upheld is None


def test_what_both_sides_say_is_carried_out_and_the_rep_gets_the_turn_back(
    rejected: AgendaItem, ana: User, mara: User, ben: User, now: datetime
) -> None:
    before = credit_of(ben)
    mark(rejected, verdict=RIGHT, by=ana, at=now)
    mark(rejected, verdict=RIGHT, by=mara, at=now)
    handoff = Handoff.objects.get()
    assert (handoff.upheld, handoff.reviewed_by, handoff.reviewed_at) == (True, mara, now)
    assert credit_of(ben) == before + 1
    assert Notice.objects.filter(user=ben, key__startswith="reviewed:").count() == 1
    rejected.refresh_from_db()
    assert rejected.applied == RIGHT


def test_a_wrong_hand_off_was_rejected_rightly(
    rejected: AgendaItem, ana: User, mara: User, now: datetime
) -> None:
    for person in (ana, mara):
        mark(rejected, verdict=HANDOFF, by=person, at=now)
    assert Handoff.objects.get().upheld is True
    assert [upholds(verdict) for verdict in (RIGHT, WRONG, HANDOFF)] == [True, False, True]


def test_sides_that_differ_are_seen_to_and_nothing_is_carried_out(
    rejected: AgendaItem, ana: User, mara: User, now: datetime
) -> None:
    mark(rejected, verdict=WRONG, by=ana, at=now)
    mark(rejected, verdict=RIGHT, by=mara, at=now)
    words = said(rejected.marks.all())
    assert (words.marketing, words.sales, words.agreed, words.differ) == (WRONG, RIGHT, "", True)
    assert Handoff.objects.get().upheld is None


def test_the_last_word_of_a_person_counts_with_its_moment(
    rejected: AgendaItem, ana: User, mara: User, now: datetime
) -> None:
    later = now + timedelta(minutes=1)
    mark(rejected, verdict=WRONG, by=ana, at=now)
    mark(rejected, verdict=RIGHT, by=ana, at=later)
    mark(rejected, verdict=RIGHT, by=mara, at=later)
    assert list(rejected.marks.values_list("person", "verdict", "at")) == [
        (ana.pk, RIGHT, later),
        (mara.pk, RIGHT, later),
    ]
    assert Handoff.objects.get().upheld is True


def test_who_changes_their_mind_later_takes_nothing_back_until_both_agree_again(
    rejected: AgendaItem, ana: User, mara: User, now: datetime
) -> None:
    for person in (ana, mara):
        mark(rejected, verdict=RIGHT, by=person, at=now)
    mark(rejected, verdict=WRONG, by=ana, at=now)
    assert Handoff.objects.get().upheld is True
    mark(rejected, verdict=WRONG, by=mara, at=now)
    assert Handoff.objects.get().upheld is False


def test_a_word_taken_back_does_not_count(
    rejected: AgendaItem, ana: User, mara: User, now: datetime
) -> None:
    mark(rejected, verdict=RIGHT, by=ana, at=now)
    mark(rejected, verdict="", by=ana, at=now)
    mark(rejected, verdict=RIGHT, by=mara, at=now)
    assert said(rejected.marks.all()) == Said(sales=RIGHT)
    assert Handoff.objects.get().upheld is None


def test_a_side_whose_own_people_differ_has_no_word(
    workspace: Workspace, rejected: AgendaItem, ana: User, mara: User, now: datetime
) -> None:
    otto = make_member(workspace, name="Otto Op", role=Role.OPERATOR)
    mark(rejected, verdict=WRONG, by=otto, at=now)
    mark(rejected, verdict=RIGHT, by=ana, at=now)
    mark(rejected, verdict=RIGHT, by=mara, at=now)
    words = said(rejected.marks.all())
    assert (words.marketing, words.split) == ("", frozenset({"marketing"}))
    assert Handoff.objects.get().upheld is None
    mark(rejected, verdict=RIGHT, by=otto, at=now)
    assert Handoff.objects.get().upheld is True


def test_marked_twice_the_same_the_rep_hears_once(
    rejected: AgendaItem, ana: User, mara: User, ben: User, now: datetime
) -> None:
    for _ in range(2):
        for person in (ana, mara):
            mark(rejected, verdict=RIGHT, by=person, at=now)
    assert Mark.objects.count() == 2
    assert Notice.objects.filter(user=ben, key__startswith="reviewed:").count() == 1


def test_what_was_reviewed_alike_elsewhere_meanwhile_keeps_its_reviewer(
    rejected: AgendaItem, ana: User, mara: User, now: datetime
) -> None:
    rejection_review.review(Handoff.objects.get(), upheld=True, by=mara, at=now)
    for person in (ana, mara):
        mark(rejected, verdict=RIGHT, by=person, at=now + timedelta(hours=1))
    assert Handoff.objects.get().reviewed_at == now


def test_who_speaks_for_no_side_is_asked_to_choose(
    rejected: AgendaItem, ana: User, mara: User, now: datetime
) -> None:
    olga = User.objects.get(name="Olga Root")
    with pytest.raises(MoveNotAllowed, match="for which side"):
        mark(rejected, verdict=RIGHT, by=olga, at=now)
    join(rejected.review, by=olga, at=now, side="sales")
    mark(rejected, verdict=RIGHT, by=olga, at=now)
    assert said(rejected.marks.all()) == Said(sales=RIGHT)
    with pytest.raises(MoveNotAllowed, match="other side"):
        join(rejected.review, by=olga, at=now, side="marketing")


def test_whose_role_speaks_for_one_side_cannot_mark_for_the_other(
    rejected: AgendaItem, ana: User, mara: User, now: datetime
) -> None:
    for person, other in ((ana, "sales"), (mara, "marketing")):
        with pytest.raises(MoveNotAllowed, match="Your role"):
            join(rejected.review, by=person, at=now, side=other)
    mark(rejected, verdict=RIGHT, by=ana, at=now)
    assert said(rejected.marks.all()) == Said(marketing=RIGHT)


def test_a_stranger_takes_no_part(rejected: AgendaItem, cleo: User, now: datetime) -> None:
    with pytest.raises(MoveNotAllowed, match="members"):
        mark(rejected, verdict=RIGHT, by=cleo, at=now)


def test_only_rejected_leads_are_marked_and_only_with_a_verdict(
    rejected: AgendaItem, ana: User, now: datetime
) -> None:
    with pytest.raises(ValueError, match="maybe"):
        mark(rejected, verdict="maybe", by=ana, at=now)
    AgendaItem.objects.filter(pk=rejected.pk).update(part="miss")
    with pytest.raises(MoveNotAllowed, match="Only rejected leads"):
        mark(rejected, verdict=RIGHT, by=ana, at=now)


def test_the_other_sees_a_mark_with_one_question(
    rejected: AgendaItem, ana: User, mara: User, now: datetime
) -> None:
    review = Review.objects.get()
    join(review, by=mara, at=now)
    seen = changes_since(review, 0).step
    assert not changes_since(review, seen).any
    mark(rejected, verdict=RIGHT, by=ana, at=now)
    news = changes_since(review, seen)
    [item] = news.items
    assert (item.pk, said(item.marks.all())) == (rejected.pk, Said(marketing=RIGHT))
    assert not changes_since(review, news.step).any


def test_nothing_new_costs_one_query(rejected: AgendaItem, django_assert_num_queries: Any) -> None:
    review = Review.objects.get()
    with django_assert_num_queries(1):
        changes_since(review, review.step)


def test_a_change_of_many_items_costs_as_much_as_of_one(
    reject: Rejecting,
    opened: Opening,
    ana: User,
    now: datetime,
    django_assert_num_queries: Any,
) -> None:
    for _ in range(3):
        reject()
    review = opened()
    items = list(review.items.filter(part="reject"))
    mark(items[0], verdict=RIGHT, by=ana, at=now)
    with django_assert_num_queries(6):
        changes_since(review, review.step)
    for item in items:
        mark(item, verdict=RIGHT, by=ana, at=now)
    with django_assert_num_queries(6):
        assert len(changes_since(review, review.step).items) == 3


@pytest.mark.django_db(transaction=True)
def test_both_sides_at_the_same_moment_are_heard_and_it_is_carried_out_once(
    rejected: AgendaItem, ana: User, mara: User, ben: User, now: datetime
) -> None:
    people = [ana, mara]
    at_once(2, lambda n: mark(rejected, verdict=RIGHT, by=people[n], at=now))
    assert Handoff.objects.get().upheld is True
    assert Mark.objects.count() == 2
    assert Notice.objects.filter(user=ben, key__startswith="reviewed:").count() == 1
    assert sorted(Mark.objects.values_list("step", flat=True))[0] < Review.objects.get().step


@pytest.mark.django_db(transaction=True)
def test_who_marks_while_it_is_closed_is_told_who_closed_it_and_the_minutes_do_not_have_it(
    rejected: AgendaItem, ana: User, mara: User, now: datetime
) -> None:
    with ExitStack() as after, transaction.atomic():
        minutes = close(rejected.review, by=ana, at=now)
        late = meanwhile(lambda: mark(rejected, verdict=RIGHT, by=mara, at=now))
        outcome = after.enter_context(late)
    [refused] = outcome
    assert isinstance(refused, SomeoneWasFaster)
    assert refused.who == ana
    assert Mark.objects.count() == 0
    assert [part["items"][0]["marks"] for part in minutes.document["parts"] if part["items"]] == [
        []
    ]


VERDICTS = st.sampled_from(["", *Mark.Verdict.values])
MARKS = st.lists(st.tuples(st.sampled_from(["marketing", "sales"]), VERDICTS), max_size=8)


@unhurried
@given(MARKS)
def test_both_sides_agree_exactly_where_all_words_are_one_and_each_side_has_one(
    marks: list[tuple[str, str]],
) -> None:
    found = said(Mark(side=side, verdict=verdict) for side, verdict in marks)
    words = {verdict for _, verdict in marks if verdict}
    sides = {side for side, verdict in marks if verdict}
    agreed = words.pop() if len(words) == 1 and len(sides) == 2 else ""
    assert found.agreed == agreed
    assert not (found.agreed and found.differ)
    assert found.differ == (len({verdict for _, verdict in marks if verdict}) > 1)
