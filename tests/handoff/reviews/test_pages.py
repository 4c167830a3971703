"""The pages of the joint review: the list, the meeting, deciding, closing, and the minutes."""

import re
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User, Workspace
from handoff.models import (
    AgendaItem,
    Decision,
    Mark,
    Participant,
    Review,
    ReviewCadence,
    ReviewItem,
)
from handoff.reviews.closing import close
from handoff.reviews.deciding import decide, say
from handoff.reviews.marking import mark
from scoring.models import ModelVersion
from tests.handoff.pages import HTMX, events_of
from tests.handoff.reviews.conftest import Opening, Rejecting

pytestmark = pytest.mark.django_db
REVIEWS = "/w/northwind/reviews/"
RIGHT, WRONG, HANDOFF = Mark.Verdict.values


def text_of(page: bytes) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page.decode()).split())


def url_of(review: Review, below: str = "") -> str:
    return f"{REVIEWS}{review.pk}/{below}"


def item_url(item: AgendaItem, what: str) -> str:
    return f"{REVIEWS}{item.review_id}/items/{item.pk}/{what}/"


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


def decision_of(owner: User, **said: Any) -> dict[str, Any]:
    return {"text": "Raise the threshold", "owner": owner.pk, "due": "2030-05-01", **said}


def test_a_decision_is_written_down_about_an_item(
    rejected: AgendaItem, as_ana: Client, mara: User
) -> None:
    answer = as_ana.post(
        url_of(rejected.review, "decide/"),
        decision_of(mara, effect="model", about=rejected.pk, part="reject"),
        headers=HTMX,
    )
    assert answer.status_code == 200
    decision = Decision.objects.get()
    assert (decision.text, decision.owner, decision.due) == (
        "Raise the threshold",
        mara,
        date(2030, 5, 1),
    )
    assert (decision.effect, decision.item) == ("model", rejected)
    page = answer.content.decode()
    assert f'id="decision-{decision.pk}"' in page
    assert "Decided: “Raise the threshold”" in text_of(answer.content)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"text": " "}, "Write down what was decided."),
        ({"due": ""}, "This field is required."),
        ({"due": "0001-01-01"}, "Write a day in the years"),
        ({"owner": "999999999"}, "Choose somebody of this workspace."),
        ({"about": "999999999"}, "This is not on the agenda of this review."),
        ({"text": "x" * 4001}, "at most 4000 characters"),
    ],
)
def test_what_is_wrong_with_a_decision_is_said_where_it_was_typed(
    rejected: AgendaItem, as_ana: Client, ana: User, said: dict[str, str], words: str
) -> None:
    answer = as_ana.post(url_of(rejected.review, "decide/"), decision_of(ana) | said, headers=HTMX)
    assert answer.status_code == 422
    assert words in text_of(answer.content)
    assert Decision.objects.count() == 0


def test_a_decision_in_a_review_closed_meanwhile_is_given_back(
    rejected: AgendaItem, as_ana: Client, ana: User, mara: User, now: datetime
) -> None:
    close(rejected.review, by=mara, at=now)
    answer = as_ana.post(url_of(rejected.review, "decide/"), decision_of(ana), headers=HTMX)
    assert answer.status_code == 409
    assert "Mara Lindt was faster" in text_of(answer.content)
    assert "Raise the threshold" in answer.content.decode()
    assert Decision.objects.count() == 0


def test_a_decision_about_what_waits_for_one_settles_it(
    workspace: Workspace, opened: Opening, as_ana: Client, ana: User, now: datetime
) -> None:
    waiting = ReviewItem.objects.create(
        workspace=workspace, kind="level", key="level:x:", words="Too slow.", opened_at=now
    )
    review = opened()
    item = review.items.get(part="to_decide")
    as_ana.post(url_of(review, "decide/"), decision_of(ana, about=item.pk), headers=HTMX)
    waiting.refresh_from_db()
    assert waiting.decision == "Raise the threshold"
    page = text_of(as_ana.get(url_of(review), {"part": "to_decide"}).content)
    assert "decided “Raise the threshold”" in page


def test_a_decision_is_begun_with_one_click_and_leads_to_the_draft(
    workspace: Workspace, opened: Opening, as_ana: Client, ana: User, now: datetime
) -> None:
    review = opened()
    decision = decide(
        review, text="Test 45", owner=ana, due=date(2030, 1, 1), effect="model", by=ana, at=now
    )
    answer = as_ana.post(f"{REVIEWS}decided/{decision.pk}/begin/")
    draft = ModelVersion.objects.draft().get(workspace=workspace)
    decision.refresh_from_db()
    assert decision.model_version == draft
    assert answer["Location"] == f"/admin/scoring/modelversion/{draft.pk}/change/"
    assert as_ana.get(answer["Location"]).status_code == 200
    assert "Test 45" in as_ana.get(answer["Location"]).content.decode()
    assert f"Open {draft}" in text_of(as_ana.get(url_of(review)).content)


def test_an_agreement_says_which_review_led_to_it(
    opened: Opening, as_ana: Client, ana: User, now: datetime
) -> None:
    decision = decide(
        opened(),
        text="An hour",
        owner=ana,
        due=date(2030, 1, 1),
        effect="agreement",
        by=ana,
        at=now,
    )
    answer = as_ana.post(f"{REVIEWS}decided/{decision.pk}/begin/")
    assert answer["Location"] == "/w/northwind/agreement/draft/"
    page = text_of(as_ana.get("/w/northwind/agreement/").content)
    assert "Decided in a joint review: “An hour”" in page


def test_who_may_not_begin_it_is_refused(
    opened: Opening, as_mara: Client, mara: User, now: datetime
) -> None:
    decision = decide(
        opened(), text="Test 45", owner=mara, due=date(2030, 1, 1), effect="model", by=mara, at=now
    )
    assert as_mara.post(f"{REVIEWS}decided/{decision.pk}/begin/").status_code == 403
    assert "Begin: a draft" not in text_of(as_mara.get(url_of(Review.objects.get())).content)


def test_its_owner_says_that_it_is_done_and_nobody_else_who_holds_no_reviews(
    opened: Opening, as_ben: Client, as_ana: Client, ben: User, ana: User, now: datetime
) -> None:
    review = opened()
    his = decide(review, text="Call them", owner=ben, due=date(2030, 1, 1), by=ana, at=now)
    hers = decide(review, text="Write", owner=ana, due=date(2030, 1, 1), by=ana, at=now)
    assert as_ben.post(f"{REVIEWS}decided/{his.pk}/done/", {"done": "yes"}).status_code == 302
    assert as_ben.post(f"{REVIEWS}decided/{hers.pk}/done/", {"done": "yes"}).status_code == 403
    assert list(Decision.objects.open()) == [hers]
    as_ana.post(f"{REVIEWS}decided/{his.pk}/done/", {"done": "no"})
    assert set(Decision.objects.open()) == {his, hers}


def test_a_decision_is_handed_on_and_a_wrong_day_is_refused(
    opened: Opening, as_ana: Client, ana: User, ben: User, now: datetime
) -> None:
    decision = decide(opened(), text="Call", owner=ana, due=date(2030, 1, 1), by=ana, at=now)
    url = f"{REVIEWS}decided/{decision.pk}/hand-on/"
    wrong = as_ana.post(url, {"owner": ben.pk, "due": "soon"}, headers=HTMX)
    assert (wrong.status_code, wrong["HX-Retarget"]) == (422, f"#decision-{decision.pk}")
    assert "Enter a valid date." in text_of(wrong.content)
    assert as_ana.post(url, {"owner": ben.pk, "due": "2030-02-01"}, headers=HTMX).status_code == 200
    decision.refresh_from_db()
    assert (decision.owner, decision.due) == (ben, date(2030, 2, 1))


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


def test_a_done_decision_of_a_closed_review_is_answered_with_its_line(
    opened: Opening, as_ana: Client, ana: User, now: datetime
) -> None:
    review = opened()
    decision = decide(review, text="Call", owner=ana, due=date(2030, 1, 1), by=ana, at=now)
    close(review, by=ana, at=now)
    url = f"{REVIEWS}decided/{decision.pk}/done/"
    answer = as_ana.post(url, {"done": "yes"}, headers=HTMX)
    assert answer.status_code == 200
    assert answer.content.decode().lstrip().startswith("<li")
    assert "Not done after all" in text_of(answer.content)


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


@pytest.mark.parametrize("kind", ["metrics", "thresholds", "calibration"])
def test_every_part_of_every_kind_says_what_to_do_where_it_is_empty(
    opened: Opening, as_ana: Client, kind: str
) -> None:
    review = opened(kind)
    for part in review.parts:
        answer = as_ana.get(url_of(review), {"part": part})
        assert answer.status_code == 200


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


def test_without_htmx_a_decision_is_written_down_or_said_to_be_wrong(
    rejected: AgendaItem, as_ana: Client, ana: User
) -> None:
    url = url_of(rejected.review, "decide/")
    wrong = as_ana.post(url, decision_of(ana, due="", part="reject"))
    assert wrong.status_code == 422
    assert "This field is required." in text_of(wrong.content)
    assert "Raise the threshold" in wrong.content.decode()
    right = as_ana.post(url, decision_of(ana, part="reject"))
    assert right["Location"] == f"{url_of(rejected.review)}?part=reject"
    assert Decision.objects.get().owner == ana


def test_the_link_to_decide_about_something_works_without_scripts(
    rejected: AgendaItem, as_ana: Client
) -> None:
    page = as_ana.get(url_of(rejected.review), {"part": "reject", "about": f"{rejected.pk}"})
    assert f'name="about" value="{rejected.pk}"' in page.content.decode()


def test_an_absurd_part_or_item_shows_the_first_part(rejected: AgendaItem, as_ana: Client) -> None:
    for said in ({"part": "x" * 300}, {"about": "9" * 40}, {"part": "noise"}):
        assert as_ana.get(url_of(rejected.review), said).status_code == 200
    for since in ("-1", "x", "9" * 40):
        answer = as_ana.get(url_of(rejected.review, "changes/"), {"since": since})
        assert answer.status_code == 200
    assert as_ana.get(REVIEWS, {"before": "9" * 40}).status_code == 200
