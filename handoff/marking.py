"""What the answers to a framework come to: its marks, what stands against a pass, what is unknown.

Pure. An answer is worth value / 2 of its question's weight: no 0, partly half, confirmed all of it;
a question that nobody has answered is worth nothing, and is a risk. A scorecard passes when the
share reaches the framework's pass mark and no question stays below what it needs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from handoff.models import FrameworkQuestion, ScorecardAnswer

Value = ScorecardAnswer.Value


@dataclass(frozen=True)
class Line:
    """One question's part in the marks; `value` is None where nobody has answered it."""

    name: str
    weight: int
    value: int | None

    @property
    def points(self) -> int:
        return self.weight * (self.value or 0)

    @property
    def most(self) -> int:
        return self.weight * Value.CONFIRMED

    @property
    def answer(self) -> str:
        return "Not known" if self.value is None else Value(self.value).label


@dataclass(frozen=True)
class Marks:
    """`short`: the questions below what they need; `unknown`: the others that nobody answered."""

    lines: Sequence[Line]
    pass_mark: int
    short: Sequence[str]
    unknown: Sequence[str]

    @property
    def points(self) -> int:
        return sum(line.points for line in self.lines)

    @property
    def most(self) -> int:
        return sum(line.most for line in self.lines)

    @property
    def percent(self) -> int:
        """Rounded down: what reads as the pass mark has reached it."""
        return 100 * self.points // self.most if self.most else 0

    @property
    def reaches_mark(self) -> bool:
        return 100 * self.points >= self.pass_mark * self.most

    @property
    def gaps(self) -> list[str]:
        """What stands against a pass, without full stops; the mark where the questions suffice."""
        if self.short or self.reaches_mark:
            return list(self.short)
        return [f"The marks are {self.percent} %, the pass mark is {self.pass_mark} %"]

    @property
    def passes(self) -> bool:
        return not self.gaps


def marks_of(
    questions: Sequence[FrameworkQuestion], given: Mapping[str, int], *, pass_mark: int
) -> Marks:
    """`questions` are those that are asked; `given` are values by the question's code."""
    return Marks(
        lines=[Line(q.name, q.weight, given.get(q.code)) for q in questions],
        pass_mark=pass_mark,
        short=[why for q in questions if (why := _short(q, given.get(q.code)))],
        unknown=[f"{q.name} is unknown" for q in questions if q.code not in given and not q.needed],
    )


def _short(question: FrameworkQuestion, value: int | None) -> str:
    if value is None:
        return f"{question.name} is unknown" if question.needed else ""
    if value >= question.needed:
        return ""
    meaning = meaning_of(question, value).rstrip(".")
    return f"{question.name}: {meaning[:1].lower()}{meaning[1:]}"


def meaning_of(question: FrameworkQuestion, value: int) -> str:
    """What the answer means, as the framework's rubric says it."""
    return (question.when_no, question.when_partly, question.when_confirmed)[value]
