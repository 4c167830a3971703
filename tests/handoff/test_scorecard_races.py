"""Several people on one scorecard at the same moment, with real connections."""

from collections import Counter
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from handoff import scorecards
from handoff.marking import Value
from handoff.models import Scorecard, ScorecardAnswer
from handoff.scorecards import AnsweredMeanwhile, Said, token_of
from leadqual.models import Lead
from tests.at_once import at_once
from tests.builders import make_member

pytestmark = pytest.mark.django_db(transaction=True)


def test_of_those_who_answer_at_once_one_is_taken_and_the_others_are_shown_it(
    accepted: Lead,
) -> None:
    people = [make_member(accepted.workspace, name=f"Person {n}") for n in range(4)]

    def give(number: int, based_on: str = "") -> ScorecardAnswer:
        return scorecards.answer(
            accepted,
            by=people[number],
            at=timezone.now(),
            question="need",
            said=Said(Value.WEAK, evidence=f"Told person {number}"),
            based_on=based_on,
        )

    results: list[Any] = at_once(4, give)
    assert Counter(type(result).__name__ for result in results) == {
        "ScorecardAnswer": 1,
        "AnsweredMeanwhile": 3,
    }
    assert Scorecard.objects.count() == 1
    for number, result in enumerate(results):  # each puts theirs, having seen the other
        seen = result
        while isinstance(seen, AnsweredMeanwhile):
            try:
                seen = give(number, token_of(seen.theirs))
            except AnsweredMeanwhile as newer:
                seen = newer
    kept = ScorecardAnswer.objects.values_list("evidence", flat=True)
    assert sorted(kept) == [f"Told person {n}" for n in range(4)]
    assert ScorecardAnswer.objects.filter(replaced_at=None).count() == 1


def test_two_who_put_theirs_over_the_same_answer_meet_once(
    accepted: Lead, ben: User, mara: User, ana: User
) -> None:
    for question in ("need", "authority", "budget"):
        first = scorecards.answer(
            accepted, by=ana, at=timezone.now(), question=question, said=Said(Value.NO)
        )

        def over(number: int) -> ScorecardAnswer:
            return scorecards.answer(
                accepted,
                by=(ben, mara)[number],
                at=timezone.now(),
                question=question,  # noqa: B023
                said=Said(Value.CONFIRMED, evidence=f"{number}"),
                based_on=token_of(first),  # noqa: B023
            )

        results = at_once(2, over)
        assert Counter(type(result).__name__ for result in results) == {
            "ScorecardAnswer": 1,
            "AnsweredMeanwhile": 1,
        }
    assert ScorecardAnswer.objects.filter(replaced_at=None).count() == 3
    assert ScorecardAnswer.objects.count() == 6


def test_different_questions_are_answered_side_by_side(accepted: Lead, ben: User) -> None:
    codes = ("need", "authority", "budget", "timeline", "intent", "fit")

    def give(number: int) -> ScorecardAnswer:
        return scorecards.answer(
            accepted,
            by=ben,
            at=timezone.now(),
            question=codes[number],
            said=Said(Value.CONFIRMED),
            based_on="",
        )

    results = at_once(len(codes), give)
    assert [result.question for result in results] == list(codes)
    assert Scorecard.objects.count() == 1
