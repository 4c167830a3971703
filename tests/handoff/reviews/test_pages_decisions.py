"""Decisions on the pages: written down, begun with one click, handed on, done."""

from datetime import date, datetime

import pytest
from django.test import Client

from accounts.models import User, Workspace
from handoff.models import (
    AgendaItem,
    Decision,
    Review,
    ReviewItem,
)
from handoff.reviews.closing import close
from handoff.reviews.deciding import decide
from scoring.models import ModelVersion
from tests.handoff.pages import HTMX
from tests.handoff.reviews.conftest import Opening
from tests.handoff.reviews.pages import REVIEWS, decision_of, text_of, url_of

pytestmark = pytest.mark.django_db


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
