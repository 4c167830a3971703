"""How often reviews are held, which are overdue, and who hears of it."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from accounts.models import User, Workspace
from handoff.models import Decision, Review, ReviewCadence, ReviewKind
from handoff.reviews.cadences import (
    cadences_of,
    due_after,
    install_starter_cadences,
    months_after,
    overdue,
    overdue_of,
    set_cadence,
)
from handoff.reviews.closing import close
from handoff.reviews.due_news import tell_due
from handoff.reviews.opening import open_review
from handoff.reviews.tasks import tell_due_reviews
from leadqual.models import Notice, OutboxMessage
from tests.builders import make_workspace

pytestmark = pytest.mark.django_db
unhurried = hypothesis_settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
DUE = date(2026, 5, 1)  # metrics and thresholds of northwind’s
DAY = timedelta(days=1)


def noon(day: date) -> datetime:
    return datetime.combine(day, time(12), UTC)


def told() -> list[tuple[str, str]]:
    rows = Notice.objects.filter(key__startswith="review-due:").order_by("pk")
    return [(str(notice.user), notice.text) for notice in rows.select_related("user")]


def test_it_is_overdue_from_the_day_after_and_the_oldest_comes_first(workspace: Workspace) -> None:
    assert overdue(workspace, today=DUE) == []
    found = overdue(workspace, today=DUE + 3 * DAY)
    assert [(due.kind, due.on, due.days, due.review) for due in found] == [
        (ReviewKind.METRICS, DUE, 3, None),
        (ReviewKind.THRESHOLDS, DUE, 3, None),
    ]
    assert found[0].words == "The review “Metrics” is 3 days overdue"


def test_one_query_says_so_of_a_workspace_and_of_many(
    workspace: Workspace, django_assert_num_queries: Any
) -> None:
    others = [make_workspace() for _ in range(2)]
    with django_assert_num_queries(1):
        assert len(overdue(workspace, today=DUE + DAY)) == 2
    with django_assert_num_queries(1):
        found = overdue_of([workspace, *others], now=noon(DUE + DAY))
    assert {pk: len(dues) for pk, dues in found.items()} == {
        workspace.pk: 2,
        others[0].pk: 0,
        others[1].pk: 0,
    }


def test_of_many_each_goes_by_its_own_calendar(workspace: Workspace) -> None:
    east = make_workspace(timezone="Pacific/Kiritimati")
    install_starter_cadences(east, today=date(2026, 3, 2))
    still_the_first = datetime(2026, 5, 1, 11, tzinfo=UTC)  # where the sun rises it is the second
    found = overdue_of([workspace, east], now=still_the_first)
    assert [len(found[one.pk]) for one in (workspace, east)] == [0, 2]
    assert overdue_of([], now=still_the_first) == {}


def test_one_that_is_open_is_overdue_until_it_is_closed(workspace: Workspace, ana: User) -> None:
    at = noon(DUE + DAY)
    review = open_review(workspace, kind="metrics", by=ana, at=at)
    [due, _] = overdue(workspace, today=DUE + DAY)
    assert due.review == review.pk
    close(review, by=ana, at=at)
    assert [due.kind for due in overdue(workspace, today=DUE + DAY)] == [ReviewKind.THRESHOLDS]


def test_switched_off_it_is_never_due(workspace: Workspace) -> None:
    for cadence in cadences_of(workspace):
        set_cadence(cadence, every=30, unit="days", is_on=False, next_due=DUE)
    assert overdue(workspace, today=DUE + 400 * DAY) == []
    assert tell_due(now=noon(DUE + 9 * DAY)) == 0


def test_a_cadence_that_makes_no_sense_is_refused(workspace: Workspace) -> None:
    cadence = cadences_of(workspace)[0]
    with pytest.raises(ValidationError, match="up to the 28th"):
        set_cadence(cadence, every=1, unit="months", is_on=True, next_due=date(2026, 5, 31))
    for every in (0, 367):
        with pytest.raises(ValidationError):
            set_cadence(cadence, every=every, unit="days", is_on=True, next_due=DUE)
    cadence.refresh_from_db()
    assert (cadence.every, cadence.next_due, cadence.rhythm) == (1, DUE, "every month")


def test_who_holds_reviews_hears_once_that_it_is_due_and_every_week_that_it_is_overdue(
    workspace: Workspace, ana: User, mara: User, ben: User
) -> None:
    ReviewCadence.objects.of(workspace).filter(kind="thresholds").update(is_on=False)
    assert tell_due(now=noon(DUE - DAY)) == 0
    for day in (0, 0, 1, 6):
        assert tell_due(now=noon(DUE + day * DAY)) == 1
    people = ["Olga Root", "Ana Marques", "Mara Lindt"]
    assert sorted(told()) == sorted((p, "The joint review “Metrics” is due") for p in people)
    for day in (7, 8, 14):
        tell_due(now=noon(DUE + day * DAY))
    late = [text for name, text in told() if name == "Mara Lindt"]
    assert late == [
        "The joint review “Metrics” is due",
        "The joint review “Metrics” is a week overdue",
        "The joint review “Metrics” is 2 weeks overdue",
    ]
    mail = OutboxMessage.objects.filter(to=mara.email).order_by("pk").first()
    assert mail is not None
    assert mail.subject == "The joint review “Metrics” is due"
    assert "it is held every month" in mail.body
    assert mail.body.rstrip().endswith("/w/northwind/reviews/")


def test_the_day_begins_where_the_workspace_is(workspace: Workspace, ana: User) -> None:
    ReviewCadence.objects.of(workspace).filter(kind="thresholds").update(is_on=False)
    before, after = datetime(2026, 4, 30, 21, 59, tzinfo=UTC), datetime(2026, 4, 30, 22, tzinfo=UTC)
    assert (tell_due(now=before), tell_due(now=after)) == (0, 1)


def test_once_it_is_held_the_bell_is_quiet_about_it(workspace: Workspace, ana: User) -> None:
    at = noon(DUE + 8 * DAY)
    tell_due(now=noon(DUE))
    tell_due(now=at)
    close(open_review(workspace, kind="metrics", by=ana, at=at), by=ana, at=at)
    waiting = Notice.objects.filter(read_at=None, key__startswith="review-due:")
    assert {notice.text for notice in waiting} == {
        "The joint review “Thresholds” is due",
        "The joint review “Thresholds” is a week overdue",
    }


def test_owners_hear_of_decisions_whose_day_has_passed(
    workspace: Workspace, ana: User, mara: User
) -> None:
    at = noon(date(2026, 3, 10))
    review = open_review(workspace, kind="metrics", by=ana, at=at)
    Decision.objects.create(
        workspace=workspace,
        review=review,
        text="Ask for\nthe budget",
        owner=mara,
        due=at.date(),
        made_at=at,
        made_by=ana,
    )
    assert tell_due(now=at) == 0
    for days in (1, 2, 8):
        assert tell_due(now=at + days * DAY) == 1
    texts = Notice.objects.filter(user=mara, key__startswith="decision-due:")
    assert [notice.text for notice in texts] == 2 * [
        "Overdue since 10 March 2026: Ask for the budget"
    ]
    Decision.objects.update(done_at=at, done_by=mara)
    assert tell_due(now=at + 30 * DAY) == 0


def test_beat_wakes_it(workspace: Workspace) -> None:
    long_ago = ReviewCadence.objects.of(workspace)
    long_ago.update(next_due=date(2026, 1, 1))
    assert tell_due_reviews() == 3
    scheduled = {str(entry["task"]) for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert tell_due_reviews.name in scheduled


def test_a_workspace_sees_its_own_alone(workspace: Workspace, cleo: User, ana: User) -> None:
    tell_due(now=noon(DUE))
    assert not Notice.objects.filter(user=cleo).exists()
    assert Review.objects.of(Workspace.objects.get(slug="elsewhere")).count() == 0


DAYS = st.dates(date(2026, 1, 1), date(2030, 12, 31))
CADENCES = st.builds(
    ReviewCadence,
    every=st.integers(1, 120),
    unit=st.sampled_from(["days", "months"]),
    next_due=DAYS.filter(lambda day: day.day <= 28),
)


@unhurried
@given(CADENCES, st.integers(-400, 400))
def test_the_next_is_due_after_the_closing_and_by_months_on_the_same_day(
    cadence: ReviewCadence, late: int
) -> None:
    closed_on = cadence.next_due + timedelta(days=late)
    after = due_after(cadence, closed_on=closed_on)
    assert after > closed_on
    if cadence.unit == "months":
        assert after.day == cadence.next_due.day
        months = (after.year - cadence.next_due.year) * 12 + after.month - cadence.next_due.month
        assert months % cadence.every == 0
    elif after != cadence.next_due:
        assert after == closed_on + timedelta(days=cadence.every)


@unhurried
@given(CADENCES)
def test_held_on_its_day_the_next_is_one_interval_later(cadence: ReviewCadence) -> None:
    after = due_after(cadence, closed_on=cadence.next_due)
    if cadence.unit == "months":
        assert after == months_after(cadence.next_due, cadence.every)
    else:
        assert after == cadence.next_due + timedelta(days=cadence.every)


@unhurried
@given(DAYS, st.integers(0, 60), st.integers(0, 60))
def test_months_add_up_where_every_month_has_the_day(day: date, one: int, other: int) -> None:
    early = day.replace(day=min(day.day, 28))
    assert months_after(months_after(early, one), other) == months_after(early, one + other)
    assert months_after(months_after(early, one), -one) == early


def test_a_day_that_a_month_has_not_is_its_last() -> None:
    assert months_after(date(2026, 1, 31), 1) == date(2026, 2, 28)
