"""BANT+: budget, authority, need, timeline, and the two that digital capture adds (004)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction

from accounts.models import User
from handoff.models import Scorecard, ScorecardAnswer
from handoff.transitions import MoveNotAllowed, lock
from leadqual.models import Lead
from leadqual.stages import Stage

Value = ScorecardAnswer.Value


@dataclass(frozen=True)
class Question:
    """`rubric` says what each value means; `needed`: an SQL must have it confirmed or partly."""

    code: str
    name: str
    ask: str
    rubric: dict[Value, str]
    needed: Value


BANT_PLUS: Final[tuple[Question, ...]] = (
    Question(
        "need",
        "Need",
        "What made you look for a solution, and what happens if nothing changes?",
        {
            Value.NO: "No problem that we solve.",
            Value.WEAK: "A problem, without consequences.",
            Value.CONFIRMED: "A problem that costs them, in their own words.",
        },
        Value.CONFIRMED,
    ),
    Question(
        "authority",
        "Authority",
        "Who else is involved in the decision, and who signs?",
        {
            Value.NO: "No say in the decision.",
            Value.WEAK: "Influences the decision and can introduce us.",
            Value.CONFIRMED: "Decides, or brings the one who decides.",
        },
        Value.WEAK,
    ),
    Question(
        "budget",
        "Budget awareness",
        "Do you have a budget range in mind for this?",
        {
            Value.NO: "No budget and no way to one.",
            Value.WEAK: "Knows our price range, no budget yet.",
            Value.CONFIRMED: "A budget is set or can be set.",
        },
        Value.WEAK,
    ),
    Question(
        "timeline",
        "Timeline",
        "When would you like to have this running?",
        {
            Value.NO: "No date.",
            Value.WEAK: "This year, no date.",
            Value.CONFIRMED: "A date, and a reason for it.",
        },
        Value.WEAK,
    ),
    Question(
        "intent",
        "Intent",
        "What have you looked at so far, and what do you compare us with?",
        {
            Value.NO: "Curious only.",
            Value.WEAK: "Is looking around.",
            Value.CONFIRMED: "Compares in earnest, next step agreed.",
        },
        Value.NO,
    ),
    Question(
        "fit",
        "Fit",
        "How are you set up today: team, systems, countries?",
        {
            Value.NO: "We would serve them badly.",
            Value.WEAK: "Fits with exceptions.",
            Value.CONFIRMED: "Fits the ideal customer profile.",
        },
        Value.WEAK,
    ),
)
_QUESTIONS: Final = {question.code: question for question in BANT_PLUS}


@transaction.atomic
def answer(
    lead: Lead, *, by: User, at: datetime, question: str, value: Value, evidence: str = ""
) -> ScorecardAnswer:
    """Write one answer of the lead's current cycle; the last one counts, others stay untouched."""
    lead = lock(lead)
    if question not in _QUESTIONS:
        raise MoveNotAllowed("The scorecard has no such question.")
    if lead.stage not in (Stage.SAL, Stage.SQL, Stage.OPPORTUNITY):
        raise MoveNotAllowed("A scorecard is filled once sales has accepted the lead.")
    card, _ = Scorecard.objects.get_or_create(
        workspace=lead.workspace, lead=lead, cycle=lead.cycle, framework="bant_plus"
    )
    return ScorecardAnswer.objects.update_or_create(
        scorecard=card,
        question=question,
        defaults={"value": value, "evidence": evidence, "by": by, "at": at},
    )[0]


def answers(lead: Lead) -> dict[str, ScorecardAnswer]:
    """The answers of the current cycle, by question."""
    rows = ScorecardAnswer.objects.filter(
        scorecard__lead=lead, scorecard__cycle=lead.cycle, scorecard__framework="bant_plus"
    ).select_related("by")
    return {row.question: row for row in rows}


def gaps(lead: Lead) -> list[str]:
    """What stands between this lead and SQL; empty when the scorecard passes."""
    return unmet({code: Value(row.value) for code, row in answers(lead).items()})


def unmet(given: Mapping[str, Value]) -> list[str]:
    """The questions whose answer does not reach what an SQL needs; unknown is a risk, too."""
    missing = []
    for question in BANT_PLUS:
        value = given.get(question.code)
        if value is None and question.needed > Value.NO:
            missing.append(f"{question.name} is unknown")
        elif value is not None and value < question.needed:
            missing.append(f"{question.name}: {question.rubric[value].lower()[:-1]}")
    return missing
