"""The list of joint reviews, what is overdue in the shell, who may what, and what pages cost."""

from datetime import date, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User, Workspace
from handoff.models import (
    AgendaItem,
    Decision,
    Mark,
    Review,
    ReviewCadence,
)
from handoff.reviews.closing import close
from handoff.reviews.deciding import decide
from handoff.reviews.marking import mark
from tests.handoff.reviews.conftest import Opening, Rejecting
from tests.handoff.reviews.pages import REVIEWS, RIGHT, item_url, text_of, url_of

pytestmark = pytest.mark.django_db


def due_on(workspace: Workspace, kind: str, days: int) -> None:
    day = timezone.now().astimezone(workspace.zone).date() + timedelta(days=days)
    ReviewCadence.objects.of(workspace).update(next_due=day + timedelta(days=400))
    ReviewCadence.objects.of(workspace).filter(kind=kind).update(next_due=day)


def test_the_list_teaches_whoever_has_held_no_review_yet(
    workspace: Workspace, as_ana: Client
) -> None:
    due_on(workspace, "metrics", 3)
    page = text_of(as_ana.get(REVIEWS).content)
    assert "No review was held yet" in page
    assert page.count("Open the review") == 3
    assert "overdue" not in page


def test_an_overdue_review_is_said_on_every_page_and_in_the_navigation(
    workspace: Workspace, as_ana: Client, as_ben: Client
) -> None:
    due_on(workspace, "metrics", -3)
    page = text_of(as_ana.get("/w/northwind/leads/").content)
    assert "The review “Metrics” is 3 days overdue. Hold it" in page
    assert "Reviews 1 overdue" in page
    assert "is 3 days overdue. About it" in text_of(as_ben.get("/w/northwind/queue/").content)


def test_due_today_is_not_overdue(workspace: Workspace, as_ana: Client) -> None:
    due_on(workspace, "metrics", 0)
    page = text_of(as_ana.get(REVIEWS).content)
    assert "due today" in page
    assert "overdue" not in page


def test_who_holds_reviews_opens_one_and_lands_in_it(
    workspace: Workspace, as_ana: Client, ana: User
) -> None:
    answer = as_ana.post(f"{REVIEWS}open/metrics/")
    review = Review.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, url_of(review))
    assert review.opened_by == ana
    assert as_ana.post(f"{REVIEWS}open/yearly/").status_code == 404


def test_who_reads_reports_reads_along_and_writes_nothing(
    rejected: AgendaItem, as_ben: Client
) -> None:
    review = rejected.review
    page = as_ben.get(url_of(review)).content
    assert b"lq-mark-form" not in page
    assert b'id="decide"' not in page
    for below in ("join/", "close/", "decide/"):
        assert as_ben.post(url_of(review, below)).status_code == 403
    for what in ("mark", "note"):
        assert as_ben.post(item_url(rejected, what)).status_code == 403
    for below in ("open/metrics/", "cadences/metrics/"):
        assert as_ben.post(f"{REVIEWS}{below}").status_code == 403


def test_a_stranger_finds_nothing(rejected: AgendaItem, as_cleo: Client) -> None:
    assert as_cleo.get(REVIEWS).status_code == 404
    assert as_cleo.get(url_of(rejected.review)).status_code == 404
    own = f"/w/elsewhere/reviews/{rejected.review_id}/"
    assert as_cleo.get(own).status_code == 404
    assert as_cleo.post(f"{own}items/{rejected.pk}/mark/", {"verdict": RIGHT}).status_code == 404
    assert Mark.objects.count() == 0


def test_what_decisions_changed_is_measured_with_days_so_far(
    reject: Rejecting, opened: Opening, as_ana: Client, ana: User, now: datetime
) -> None:
    review = opened()
    decision = decide(review, text="Ask first", owner=ana, due=date(2030, 1, 1), by=ana, at=now)
    assert "Nothing to measure yet" in text_of(as_ana.get(f"{REVIEWS}effects/").content)
    ago = timezone.now() - timedelta(days=3)
    Decision.objects.update(done_at=ago, done_by=ana)
    reject()
    page = text_of(as_ana.get(f"{REVIEWS}effects/").content)
    assert decision.text in page
    assert "3 of 60 days so far" in page
    assert "nothing decided 0 % 0 of 1" in page


def test_a_cadence_is_settled_and_what_is_wrong_is_said_there(
    workspace: Workspace, as_mara: Client
) -> None:
    said = {"is_on": "on", "every": "45", "unit": "days", "next_due": "2030-01-15"}
    url = f"{REVIEWS}cadences/thresholds/"
    assert as_mara.post(url, said).status_code == 302
    cadence = ReviewCadence.objects.of(workspace).get(kind="thresholds")
    assert (cadence.every, cadence.unit, cadence.next_due) == (45, "days", date(2030, 1, 15))
    wrong = as_mara.post(url, said | {"unit": "months", "next_due": "2030-01-31"})
    assert wrong.status_code == 422
    assert "every month has it" in text_of(wrong.content)
    assert as_mara.post(url, said | {"every": "0"}).status_code == 422


@pytest.mark.parametrize("kind", ["metrics", "thresholds", "calibration"])
def test_every_part_of_every_kind_says_what_to_do_where_it_is_empty(
    opened: Opening, as_ana: Client, kind: str
) -> None:
    review = opened(kind)
    for part in review.parts:
        page = as_ana.get(url_of(review), {"part": part}).content.decode()
        is_empty = not review.parts[part]["shown"]
        assert ('class="empty-title"' in page) == is_empty


def test_as_many_queries_with_three_items_as_with_one(
    reject: Rejecting, opened: Opening, as_ana: Client, ana: User, now: datetime
) -> None:
    counts = []
    for hours, more in ((0, 1), (1, 1), (2, 3)):  # the first fills what the process keeps
        for _ in range(more):
            reject(minutes=60 * hours)
        review = opened(at=now + timedelta(hours=hours))
        for item in review.items.filter(part="reject"):
            mark(item, verdict="", by=ana, at=now)
            decide(review, text=f"D{item.pk}", owner=ana, due=date(2030, 1, 1), by=ana, at=now)
        with CaptureQueriesContext(connection) as page:
            assert as_ana.get(url_of(review), {"part": "reject"}).status_code == 200
        with CaptureQueriesContext(connection) as news:
            as_ana.get(url_of(review, "changes/"), {"since": "0", "part": "reject"})
        close(review, by=ana, at=now + timedelta(hours=hours, minutes=5))
        with CaptureQueriesContext(connection) as listed:
            as_ana.get(REVIEWS)
        counts.append(
            (review.items.filter(part="reject").count(), len(page), len(news), len(listed))
        )
    assert [one[0] for one in counts] == [1, 1, 3]
    assert counts[1][1:] == counts[2][1:]


def test_the_banner_is_one_query_whatever_is_overdue(workspace: Workspace, as_ana: Client) -> None:
    counts = []
    for kinds in ([], ["metrics"], ["metrics", "thresholds", "calibration"]):
        due_on(workspace, "metrics", 9)
        ReviewCadence.objects.of(workspace).filter(kind__in=kinds).update(next_due="2026-01-01")
        with CaptureQueriesContext(connection) as queries:
            page = as_ana.get("/w/northwind/notices/").content.decode()
        counts.append(len(queries))
        assert page.count("overdue</span>") == min(len(kinds), 1)
    assert len(set(counts)) == 1
