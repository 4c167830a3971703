"""Scorecards: what a lead is asked in its cycle, and the answers, of which none is ever lost.

Two may answer at once. Each save says on which answer it was based; where somebody else has
answered meanwhile it is refused, and both are shown. (One person's own answers follow each other,
whatever the last was based on: a save whose reply was lost is sent again.) What another answer
replaces stays, with the moment at which it was replaced. Words that only grow while somebody
types them are one answer.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import QuerySet

from accounts.models import User, Workspace
from handoff.agreement.in_force import policy_in_force
from handoff.marking import Value
from handoff.models import Framework, Scorecard, ScorecardAnswer
from handoff.transitions import MoveNotAllowed, SomeoneWasFaster, lock
from leadqual.models import Lead
from leadqual.stages import Stage

IN_DISCOVERY: Final = (Stage.SAL, Stage.SQL, Stage.OPPORTUNITY)
"""Where the scorecard for discovery is filled in."""
FINAL: Final = (Stage.SQL, Stage.OPPORTUNITY)
"""Where that for the final word is."""

SITTING: Final = timedelta(minutes=10)
"""So long a person goes on typing the same answer; later words are an answer of their own."""
_TICK: Final = timedelta(microseconds=1)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Said:
    """What somebody answers for the lead: `said_by` of theirs said so on the day `said_on`."""

    value: Value
    evidence: str = ""
    said_by: str = ""
    said_on: date | None = None

    def is_that_of(self, row: ScorecardAnswer) -> bool:
        return self == Said(Value(row.value), row.evidence, row.said_by, row.said_on)

    def grows_from(self, row: ScorecardAnswer) -> bool:
        """Whether nothing of the row is lost when this takes its place."""
        return (
            self.value == row.value
            and self.evidence.startswith(row.evidence)
            and self.said_by.startswith(row.said_by)
            and row.said_on in (None, self.said_on)
        )


class AnsweredMeanwhile(SomeoneWasFaster):
    """Somebody else's answer stands where another was seen; `theirs` is kept unless replaced."""

    def __init__(self, theirs: ScorecardAnswer) -> None:
        label = theirs.get_value_display()
        super().__init__(
            who=theirs.by,
            when=theirs.at,
            what=f"the answer is “{label}” now",
            done=f"answered “{label}”",
        )
        self.theirs = theirs


def token_of(row: ScorecardAnswer | None) -> str:
    """Names an answer as it stands at this moment; blank where there is none."""
    return f"{row.pk}-{(row.at - _EPOCH) // _TICK}" if row else ""


def frameworks_asked(workspace: Workspace, stage: str) -> list[Framework]:
    """The scorecards that are filled in while a lead stands there, discovery first."""
    policy = policy_in_force(workspace)
    if policy is None:
        return []
    asked = [policy.discovery] if stage in IN_DISCOVERY else []
    asked += [policy.final_word] if stage in FINAL else []
    return [framework for framework in asked if framework]


@transaction.atomic
def answer(
    lead: Lead,
    *,
    by: User,
    at: datetime,
    question: str,
    said: Said,
    framework: str = "",
    based_on: str | None = None,
) -> ScorecardAnswer:
    """Answer one question in the lead's current cycle. Safe to repeat.

    `framework` is the code of one of those that are asked; blank: that for discovery. `based_on`
    is the token of the answer that was on the screen (blank: there was none); None replaces
    whatever stands. Raises AnsweredMeanwhile, or MoveNotAllowed where nobody asks this.
    """
    lead = lock(lead)
    code = _asked(lead, framework, question)
    card, _ = Scorecard.objects.get_or_create(
        workspace=lead.workspace, lead=lead, cycle=lead.cycle, framework=code
    )
    last = card.answers.filter(question=question, replaced_at=None).select_related("by").first()
    if last is None:
        return _write(card, question, said, by=by, at=at)
    if said.is_that_of(last):
        return last
    at = max(at, last.at + _TICK)
    if last.by_id == by.pk and said.grows_from(last) and at - last.at <= SITTING:
        return _grown(last, said, at=at)
    if last.by_id != by.pk and based_on not in (None, token_of(last)):
        raise AnsweredMeanwhile(last)
    last.replaced_at = at
    last.save(update_fields=["replaced_at"])
    return _write(card, question, said, by=by, at=at)


def _asked(lead: Lead, framework: str, question: str) -> str:
    """The framework's code. Raises MoveNotAllowed where it is not asked, or not of this lead."""
    if lead.stage not in IN_DISCOVERY:
        raise MoveNotAllowed("A scorecard is filled once sales has accepted the lead.")
    for asked in frameworks_asked(lead.workspace, lead.stage):
        if framework in ("", asked.code):
            if asked.questions.filter(code=question, is_active=True).exists():
                return asked.code
            raise MoveNotAllowed("The scorecard asks this question no more.")
    raise MoveNotAllowed("This scorecard is not asked of the lead.")


def _write(
    card: Scorecard, question: str, said: Said, *, by: User, at: datetime
) -> ScorecardAnswer:
    return ScorecardAnswer.objects.create(
        scorecard=card,
        question=question,
        value=said.value,
        evidence=said.evidence,
        said_by=said.said_by,
        said_on=said.said_on,
        by=by,
        at=at,
    )


def _grown(row: ScorecardAnswer, said: Said, *, at: datetime) -> ScorecardAnswer:
    row.evidence, row.said_by, row.said_on, row.at = said.evidence, said.said_by, said.said_on, at
    row.save(update_fields=["evidence", "said_by", "said_on", "at"])
    return row


def answers_over_time(lead: Lead) -> QuerySet[ScorecardAnswer]:
    """Every answer of the current cycle, replaced ones too, newest first."""
    rows = ScorecardAnswer.objects.filter(scorecard__lead=lead, scorecard__cycle=lead.cycle)
    return rows.select_related("by", "scorecard").order_by("-at", "-pk")
