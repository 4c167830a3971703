"""A review while it is held: marks, notes, what the others do, closing, and the minutes."""

import re
from datetime import date, datetime
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from accounts.models import User, Workspace
from handoff.models import (
    AgendaItem,
    Mark,
    Participant,
    Review,
)
from handoff.reviews.closing import close
from handoff.reviews.deciding import decide, say
from handoff.reviews.marking import mark
from tests.handoff.pages import HTMX, events_of
from tests.handoff.reviews.conftest import Opening, Rejecting
from tests.handoff.reviews.pages import (
    HANDOFF,
    REVIEWS,
    RIGHT,
    WRONG,
    item_url,
    text_of,
    url_of,
)

pytestmark = pytest.mark.django_db


def test_a_rejected_lead_stands_beside_its_packet_with_reason_and_note(
    reject: Rejecting, opened: Opening, as_ana: Client
) -> None:
    offer = reject(note="Budget is gone")
    page = text_of(as_ana.get(url_of(opened())).content)
    for words in (offer.why_now, "No budget", "“Budget is gone”", "Timeline as it was then"):
        assert " ".join(words.split()) in page.replace("&#x27;", "'").replace("&amp;", "&")
    assert "0 of 1 rejected leads marked by both sides" in page
    assert "1 of 1 rejections to talk about give this reason" in page


def test_a_mark_is_answered_with_what_has_changed(
    rejected: AgendaItem, as_ana: Client, ana: User
) -> None:
    review = Review.objects.get()
    answer = as_ana.post(
        item_url(rejected, "mark"),
        {"verdict": WRONG, "since": review.step, "part": "reject"},
        headers=HTMX,
    )
    assert answer.status_code == 200
    page = answer.content.decode()
    assert f'id="live-{rejected.pk}"' in page
    assert re.search(r'value="wrong_reject" aria-pressed="true"', page)
    assert events_of(answer)["review-step"] == {"step": review.step + 1, "closed": False}
    assert list(Mark.objects.values_list("person", "verdict")) == [(ana.pk, WRONG)]


def test_the_other_side_is_told_of_it_when_it_asks_and_of_nothing_twice(
    rejected: AgendaItem, as_mara: Client, ana: User
) -> None:
    review = Review.objects.get()
    changes = url_of(review, "changes/")
    assert as_mara.get(changes, {"since": review.step}).status_code == 204
    mark(rejected, verdict=WRONG, by=ana, at=timezone.now())
    news = as_mara.get(changes, {"since": f"{review.step}", "part": "reject"})
    assert "Wrong reject Ana Marques," in text_of(news.content)
    step: Any = events_of(news)["review-step"]
    assert as_mara.get(changes, {"since": step["step"]}).status_code == 204


def test_what_stands_on_another_part_is_not_sent_to_a_page_that_does_not_show_it(
    rejected: AgendaItem, as_mara: Client, ana: User
) -> None:
    review = Review.objects.get()
    mark(rejected, verdict=WRONG, by=ana, at=timezone.now())
    news = as_mara.get(url_of(review, "changes/"), {"since": f"{review.step}", "part": "won"})
    assert f'id="live-{rejected.pk}"' not in news.content.decode()
    assert 'id="agenda"' in news.content.decode()


def test_agreement_and_disagreement_are_shown(
    rejected: AgendaItem, as_ana: Client, ana: User, mara: User, now: datetime
) -> None:
    mark(rejected, verdict=WRONG, by=ana, at=now)
    mark(rejected, verdict=RIGHT, by=mara, at=now)
    assert "They differ: talk about it" in text_of(as_ana.get(url_of(rejected.review)).content)
    mark(rejected, verdict=RIGHT, by=ana, at=now)
    page = text_of(as_ana.get(url_of(rejected.review)).content)
    assert "Both sides agree" in page
    assert "1 of 1 rejected leads marked by both sides" in page


def test_without_htmx_a_mark_leads_back_to_the_part(rejected: AgendaItem, as_ana: Client) -> None:
    answer = as_ana.post(item_url(rejected, "mark"), {"verdict": RIGHT, "part": "reject"})
    assert answer["Location"] == f"{url_of(rejected.review)}?part=reject"
    assert Mark.objects.get().verdict == RIGHT


def test_a_mark_in_a_review_that_was_closed_meanwhile_is_explained(
    rejected: AgendaItem, as_mara: Client, ana: User, now: datetime
) -> None:
    close(rejected.review, by=ana, at=now)
    answer = as_mara.post(
        item_url(rejected, "mark"), {"verdict": RIGHT, "part": "reject"}, headers=HTMX
    )
    assert answer.status_code == 409
    toast: Any = events_of(answer)["toast"]
    assert toast["text"].startswith("Ana Marques was faster")
    assert "This review has been closed" in text_of(answer.content)


def test_a_note_is_kept_and_who_was_slower_loses_nothing(
    rejected: AgendaItem, as_ana: Client, mara: User, now: datetime
) -> None:
    url = item_url(rejected, "note")
    assert (
        as_ana.post(url, {"words": "Ask them in May", "was": ""}, headers=HTMX).status_code == 200
    )
    say(rejected, words="Ask them in June", by=mara, at=now)
    answer = as_ana.post(url, {"words": "In July", "was": "Ask them in May"}, headers=HTMX)
    assert answer.status_code == 409
    page = text_of(answer.content)
    assert "Mara Lindt was faster" in page or "Mara" in page
    assert "In July" in page
    rejected.refresh_from_db()
    assert rejected.outcome == "Ask them in June"
    again = as_ana.post(url, {"words": "In July", "was": "Ask them in June"}, headers=HTMX)
    assert again.status_code == 200


def test_closing_leads_to_minutes_that_both_sides_and_readers_read(
    rejected: AgendaItem, as_ana: Client, as_ben: Client, ana: User, mara: User, now: datetime
) -> None:
    mark(rejected, verdict=HANDOFF, by=ana, at=now)
    mark(rejected, verdict=HANDOFF, by=mara, at=now)
    decide(rejected.review, text="Ask first", owner=ana, due=date(2030, 1, 1), by=ana, at=now)
    url = url_of(rejected.review)
    assert as_ana.post(f"{url}close/")["Location"] == url
    for client in (as_ana, as_ben):
        page = text_of(client.get(url).content)
        assert page.count("Wrong hand-off") == 2
        assert "Both sides agreed." in page
        assert "Ask first" in page
        assert ": unaltered" in page
    listed = text_of(as_ben.get(REVIEWS).content)
    assert "0 of 1" in listed
    assert as_ana.post(f"{url}close/").status_code == 302  # whoever was slower reads them, too


def test_minutes_do_not_name_who_was_erased(
    rejected: AgendaItem, as_ana: Client, ana: User, now: datetime
) -> None:
    name = rejected.personal["name"]
    close(rejected.review, by=ana, at=now)
    url = url_of(rejected.review)
    assert name in text_of(as_ana.get(url).content)
    AgendaItem.objects.filter(pk=rejected.pk).update(personal={}, outcome="")
    page = text_of(as_ana.get(url).content)
    assert name not in page
    assert "Somebody who was erased" in page


def test_who_speaks_for_no_side_chooses_one(
    rejected: AgendaItem, workspace: Workspace, client: Client
) -> None:
    olga = User.objects.get(name="Olga Root")
    client.force_login(olga, backend=settings.AUTHENTICATION_BACKENDS[0])
    url = url_of(rejected.review)
    assert "For which side do you speak?" in text_of(client.get(url).content)
    refused = client.post(item_url(rejected, "mark"), {"verdict": RIGHT}, headers=HTMX)
    assert refused.status_code == 422
    client.post(f"{url}join/", {"side": "sales"}, headers=HTMX)
    assert Participant.objects.get(person=olga).side == "sales"
    assert "For which side do you speak?" not in text_of(client.get(url).content)


def test_nothing_new_is_said_after_few_queries(
    rejected: AgendaItem, as_ana: Client, django_assert_num_queries: Any
) -> None:
    review = Review.objects.get()
    url = url_of(review, "changes/")
    as_ana.get(url, {"since": review.step})
    with django_assert_num_queries(5):  # session, user, membership, the review, its step
        as_ana.get(url, {"since": review.step})


def test_one_opened_by_mistake_is_discarded_until_somebody_has_said_something(
    rejected: AgendaItem, as_ana: Client, ana: User, now: datetime
) -> None:
    url = url_of(rejected.review)
    assert "Discard it" in text_of(as_ana.get(url).content)
    mark(rejected, verdict=RIGHT, by=ana, at=now)
    assert as_ana.post(f"{url}discard/")["Location"] == url
    assert "Something was said in it already" in text_of(as_ana.get(url).content)
    Mark.objects.all().delete()
    assert as_ana.post(f"{url}discard/")["Location"] == REVIEWS
    assert Review.objects.count() == 0
    assert as_ana.get(f"{url}changes/").status_code == 404


def test_an_absurd_part_or_item_shows_the_first_part(rejected: AgendaItem, as_ana: Client) -> None:
    for said in ({"part": "x" * 300}, {"about": "9" * 40}, {"part": "noise"}):
        assert as_ana.get(url_of(rejected.review), said).status_code == 200
    for since in ("-1", "x", "9" * 40):
        answer = as_ana.get(url_of(rejected.review, "changes/"), {"since": since})
        assert answer.status_code == 200
    assert as_ana.get(REVIEWS, {"before": "9" * 40}).status_code == 200
