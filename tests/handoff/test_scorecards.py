"""Answers of a scorecard: nobody's are lost, marks follow, the gate does what the policy says."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from handoff import merging, opportunities, scorecards
from handoff.marking import Value
from handoff.models import Framework, FrameworkQuestion, HandoffPolicy, ScorecardAnswer
from handoff.scorecard_reading import cards_of, gaps_before_sql
from handoff.scorecards import AnsweredMeanwhile, Said, answers_over_time, token_of
from handoff.transitions import MoveNotAllowed
from leadqual.models import Lead
from tests.builders import make_lead, make_member
from tests.handoff.pages import HTMX, lead_url, pass_scorecard

NEED = "scorecards/bant_plus/need/"
MEDDIC = "scorecards/meddic/pain/"


def ask(lead: Lead, by: User, value: int, words: str = "", **more: object) -> ScorecardAnswer:
    said = Said(Value(value), evidence=words)
    return scorecards.answer(
        lead,
        by=by,
        at=timezone.now(),
        question="need",
        said=said,
        **more,  # type: ignore[arg-type]
    )


def told(lead: Lead) -> list[tuple[int, str, bool]]:
    """Every answer, oldest first: value, evidence, whether it counts."""
    rows = reversed(answers_over_time(lead))
    return [(row.value, row.evidence, row.replaced_at is None) for row in rows]


@pytest.fixture
def qualified(accepted: Lead, ben: User) -> Lead:
    """An SQL whose workspace asks MEDDIC for the final word."""
    pass_scorecard(accepted, ben)
    opportunities.qualify(accepted, by=ben, at=timezone.now())
    meddic = Framework.objects.get(workspace=accepted.workspace, code="meddic")
    HandoffPolicy.objects.filter(workspace=accepted.workspace).update(final_word=meddic)
    return Lead.objects.get(pk=accepted.pk)


def test_a_replaced_answer_stays_in_the_history(accepted: Lead, ben: User) -> None:
    ask(accepted, ben, 0, "No trouble")
    ask(accepted, ben, 2, "Much trouble")
    assert told(accepted) == [(0, "No trouble", False), (2, "Much trouble", True)]


def test_words_that_grow_while_they_are_typed_are_one_answer(accepted: Lead, ben: User) -> None:
    for words in ("", "Two days", "Two days a month"):
        ask(accepted, ben, 2, words)
    assert told(accepted) == [(2, "Two days a month", True)]


def test_words_that_are_taken_back_are_kept(accepted: Lead, ben: User) -> None:
    for words in ("Two days a month", "Two days"):
        ask(accepted, ben, 2, words)
    assert told(accepted) == [(2, "Two days a month", False), (2, "Two days", True)]


def test_words_added_later_are_an_answer_of_their_own(accepted: Lead, ben: User) -> None:
    ask(accepted, ben, 2, "Two days")
    earlier = timezone.now() - timedelta(hours=1)
    ScorecardAnswer.objects.update(at=earlier)
    ask(accepted, ben, 2, "Two days a month")
    assert told(accepted) == [(2, "Two days", False), (2, "Two days a month", True)]


def test_the_same_answer_sent_again_changes_nothing(accepted: Lead, ben: User) -> None:
    first = ask(accepted, ben, 2, "Said so", based_on="")
    again = ask(accepted, ben, 2, "Said so", based_on="")
    assert token_of(first) == token_of(again)
    assert told(accepted) == [(2, "Said so", True)]


def test_what_somebody_else_answered_meanwhile_is_not_replaced_unseen(
    accepted: Lead, ben: User, mara: User
) -> None:
    theirs = ask(accepted, mara, 1, "A nuisance", based_on="")
    with pytest.raises(AnsweredMeanwhile) as caught:
        ask(accepted, ben, 2, "It hurts", based_on="")
    assert caught.value.theirs == theirs
    assert told(accepted) == [(1, "A nuisance", True)]
    ask(accepted, ben, 2, "It hurts", based_on=token_of(theirs))
    assert told(accepted) == [(1, "A nuisance", False), (2, "It hurts", True)]


def test_an_answer_that_grew_since_it_was_seen_is_not_replaced_unseen(
    accepted: Lead, ben: User, mara: User
) -> None:
    seen = token_of(ask(accepted, mara, 1, "A"))
    ask(accepted, mara, 1, "A nuisance")
    with pytest.raises(AnsweredMeanwhile):
        ask(accepted, ben, 2, based_on=seen)


def test_both_answers_are_shown_and_one_click_puts_ones_own(
    as_ben: Client, accepted: Lead, mara: User
) -> None:
    ask(accepted, mara, 1, "A nuisance")
    said = {"value": "2", "evidence": "It hurts", "based_on": ""}
    answer = as_ben.post(lead_url(accepted, NEED), said, headers=HTMX)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert [words in page for words in ("Mara Lindt was faster", "A nuisance", "It hurts")] == [
        True
    ] * 3
    theirs = token_of(answers_over_time(accepted).get())
    assert f'data-theirs="{theirs}"' in page
    assert as_ben.post(lead_url(accepted, NEED), {**said, "based_on": theirs}).status_code == 302
    assert told(accepted) == [(1, "A nuisance", False), (2, "It hurts", True)]
    history = as_ben.get(lead_url(accepted, f"{NEED}history/"), headers=HTMX).content.decode()
    assert history.index("It hurts") < history.index("A nuisance")
    assert ("Counts" in history, "replaced" in history, "Mara Lindt" in history) == (True,) * 3


def test_without_scripts_both_answers_have_a_page_of_their_own(
    as_ben: Client, accepted: Lead, mara: User
) -> None:
    ask(accepted, mara, 1, "A nuisance")
    answer = as_ben.post(lead_url(accepted, NEED), {"value": "2", "based_on": ""})
    page = answer.content.decode()
    assert (answer.status_code, "<html" in page, "A nuisance" in page) == (409, True, True)


def test_an_answer_carries_who_said_so_and_when(as_ben: Client, accepted: Lead) -> None:
    said = {"value": "2", "said_by": "Hanna Weiss", "said_on": "2026-03-02"}
    as_ben.post(lead_url(accepted, NEED), said, headers=HTMX)
    row = answers_over_time(accepted).get()
    assert (row.said_by, row.said_on) == ("Hanna Weiss", date(2026, 3, 2))


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ({"said_on": "2199-01-01"}, "Nobody has said anything on a day to come."),
        ({"said_on": "1989-01-01"}, "This day lies before 1990."),
        ({"said_on": "soon"}, "Write the day like 2026-03-02."),
        ({"value": "3"}, "Choose one of the three."),
    ],
)
def test_what_cannot_be_is_refused_in_words(
    as_ben: Client, accepted: Lead, typed: dict[str, str], why: str
) -> None:
    answer = as_ben.post(lead_url(accepted, NEED), {"value": "2", **typed}, headers=HTMX)
    assert (answer.status_code, why in answer.content.decode()) == (422, True)
    assert told(accepted) == []


def test_the_form_suggests_and_counts_for_nothing_until_it_is_taken(
    as_ben: Client, accepted: Lead
) -> None:
    page = as_ben.get(lead_url(accepted, "panels/scorecard/")).content.decode()
    assert "From the form: <strong>Immediately</strong>" in page
    assert "From the form: <strong>Too many tools</strong>" in page
    card = cards_of(accepted, prefilled=True)[0]
    suggested = {each.question.code: each.prefill.value for each in card.asked if each.prefill}
    assert suggested == {"need": 1, "authority": 1, "timeline": 1, "fit": 1}
    assert (card.marks.points, card.marks.percent) == (0, 0)


def test_a_form_that_says_just_researching_speaks_against(accepted: Lead) -> None:
    accepted.timeline = "just researching"
    card = cards_of(accepted, prefilled=True)[0]
    timeline = next(each for each in card.asked if each.question.code == "timeline")
    assert timeline.prefill
    assert (timeline.prefill.words, timeline.prefill.value) == ("Just researching", 0)


def test_what_is_asked_no_more_keeps_its_answer_and_counts_for_nothing(
    as_ben: Client, accepted: Lead, ben: User
) -> None:
    ask(accepted, ben, 2, "It hurts")
    asked = FrameworkQuestion.objects.filter(framework__workspace=accepted.workspace)
    asked.filter(framework__code="bant_plus", code="need").update(is_active=False)
    [card] = cards_of(accepted)
    assert [each.question.code for each in card.stray] == ["need"]
    assert (card.marks.points, card.marks.most) == (0, 10)
    page = as_ben.get(lead_url(accepted, "panels/scorecard/")).content.decode()
    assert ("Asked no more" in page, "It hurts" in page) == (True, True)
    with pytest.raises(MoveNotAllowed, match="asks this question no more"):
        ask(accepted, ben, 1)


def test_another_framework_for_discovery_leaves_the_answers_of_the_old_one_to_be_read(
    as_ben: Client, accepted: Lead, ben: User
) -> None:
    ask(accepted, ben, 2, "It hurts")
    champ = Framework.objects.get(workspace=accepted.workspace, code="champ")
    HandoffPolicy.objects.filter(workspace=accepted.workspace).update(discovery=champ)
    assert [(card.code, card.purpose) for card in cards_of(accepted)] == [
        ("champ", "for discovery"),
        ("bant_plus", ""),
    ]
    assert gaps_before_sql(accepted)[0] == "Challenges is unknown"
    page = as_ben.get(lead_url(accepted, "panels/scorecard/")).content.decode()
    assert ("It hurts" in page, "no longer asked" in page) == (True, True)
    answer = as_ben.post(lead_url(accepted, NEED), {"value": "1"}, headers=HTMX)
    assert (answer.status_code, "not asked of the lead" in answer.content.decode()) == (422, True)


@pytest.mark.parametrize(("gate", "stage", "noted"), [("warn", "sql", True), ("off", "sql", False)])
def test_the_gate_warns_or_does_not_ask(
    accepted: Lead, ben: User, gate: str, stage: str, noted: bool
) -> None:
    HandoffPolicy.objects.filter(workspace=accepted.workspace).update(scorecard_gate=gate)
    move = opportunities.qualify(accepted, by=ben, at=timezone.now())
    assert (move.to_stage, "Need is unknown" in move.note) == (stage, noted)


def test_the_pass_mark_blocks_where_every_question_suffices(accepted: Lead, ben: User) -> None:
    Framework.objects.filter(workspace=accepted.workspace, code="bant_plus").update(pass_mark=90)
    enough = {"need": 2, "authority": 1, "budget": 1, "timeline": 1, "fit": 1}
    for question, value in enough.items():
        scorecards.answer(
            accepted, by=ben, at=timezone.now(), question=question, said=Said(Value(value))
        )
    with pytest.raises(MoveNotAllowed, match="The marks are 57 %, the pass mark is 90 %"):
        opportunities.qualify(accepted, by=ben, at=timezone.now())


def test_the_final_word_is_asked_of_an_sql_and_its_gaps_stop_no_deal(
    as_ben: Client, ben: User, qualified: Lead
) -> None:
    assert as_ben.post(lead_url(qualified, MEDDIC), {"value": "2"}).status_code == 302
    page = as_ben.get(lead_url(qualified, "panels/scorecard/")).content.decode()
    assert ("for the final word" in page, "5 gaps before a deal" in page) == (True, True)
    form = as_ben.get(lead_url(qualified, "moves/opportunity/")).content.decode()
    assert "MEDDIC: champion is unknown." in form
    opportunities.open_opportunity(qualified, by=ben, at=timezone.now(), amount=Decimal(9000))
    note = qualified.moves.latest("pk").note
    assert note.startswith("Opened with gaps: MEDDIC: metrics is unknown; MEDDIC: champion")


def test_the_final_word_is_not_asked_before_sql(as_ben: Client, accepted: Lead) -> None:
    answer = as_ben.post(lead_url(accepted, MEDDIC), {"value": "2"}, headers=HTMX)
    assert (answer.status_code, told(accepted)) == (422, [])


def test_an_open_page_hears_of_others_answers_and_of_nothing_else(
    as_ben: Client, accepted: Lead, mara: User
) -> None:
    page = as_ben.get(lead_url(accepted, "scorecards/news/")).content.decode()
    seen = page.partition('data-seen="')[2].partition('"')[0]
    news = lead_url(accepted, f"scorecards/news/?seen={seen}")
    assert as_ben.get(news).status_code == 204
    ask(accepted, mara, 1, "A nuisance")
    changed = as_ben.get(news)
    assert (changed.status_code, "A nuisance" in changed.content.decode()) == (200, True)


def test_leadership_reads_and_a_stranger_finds_nothing(
    as_cleo: Client, client: Client, accepted: Lead, ben: User
) -> None:
    ask(accepted, ben, 2, "It hurts")
    client.force_login(make_member(accepted.workspace, name="Lea Falk", role="leadership"))  # type: ignore[arg-type]
    for below in ("scorecards/news/", f"{NEED}history/"):
        assert "It hurts" in client.get(lead_url(accepted, below)).content.decode()
        assert as_cleo.get(lead_url(accepted, below)).status_code == 404
    assert client.post(lead_url(accepted, NEED), {"value": "0"}).status_code == 403
    assert as_cleo.post(lead_url(accepted, NEED), {"value": "0"}).status_code == 404


def test_merging_and_undoing_keep_replaced_answers_and_the_final_word(
    ana: User, ben: User, qualified: Lead
) -> None:
    ask(qualified, ben, 1, "Second thoughts")
    scorecards.answer(
        qualified,
        by=ben,
        at=timezone.now(),
        framework="meddic",
        question="pain",
        said=Said(Value.CONFIRMED, said_by="Hanna Weiss"),
    )
    before = sorted(told(qualified))
    survivor = make_lead(qualified.workspace)
    merge = merging.merge(survivor, qualified, by=ana, at=timezone.now())
    assert sorted(told(Lead.objects.get(pk=survivor.pk))) == before
    merging.undo(merge, by=ana, at=timezone.now())
    assert sorted(told(Lead.objects.get(pk=qualified.pk))) == before
    assert told(Lead.objects.get(pk=survivor.pk)) == []


def test_an_open_page_costs_the_same_however_much_was_answered(
    as_ben: Client,
    accepted: Lead,
    mara: User,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for code in ("need", "authority", "budget", "timeline"):
        scorecards.answer(
            accepted, by=mara, at=timezone.now(), question=code, said=Said(Value.WEAK)
        )
        page = as_ben.get(lead_url(accepted, "scorecards/news/")).content.decode()
        seen = page.partition('data-seen="')[2].partition('"')[0]
        with django_assert_num_queries(10):
            news = as_ben.get(lead_url(accepted, f"scorecards/news/?seen={seen}"))
        assert news.status_code == 204
