"""The scorecards of a lead in its cycle, as they stand: what is asked, answered, lacking."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256

from django.db.models import Q

from handoff.agreement.in_force import policy_in_force
from handoff.marking import Marks, marks_of, meaning_of
from handoff.models import Framework, FrameworkQuestion, ScorecardAnswer
from handoff.prefills import Prefill, prefills_of
from handoff.scorecards import FINAL, IN_DISCOVERY, answers_over_time, token_of
from leadqual.models import Lead


@dataclass(frozen=True)
class Asked:
    """A question with its current answer, if there is one, and how many this one has replaced."""

    question: FrameworkQuestion
    answer: ScorecardAnswer | None
    replaced: int = 0
    prefill: Prefill | None = None

    @property
    def token(self) -> str:
        return token_of(self.answer)

    @property
    def rubric(self) -> list[tuple[int, str, str]]:
        """(value, label, what it means), lowest first."""
        values = ScorecardAnswer.Value
        return [(v.value, v.label, meaning_of(self.question, v)) for v in values]

    @property
    def meaning(self) -> str:
        return meaning_of(self.question, self.answer.value) if self.answer else ""


@dataclass(frozen=True)
class Card:
    """One scorecard. `asked` are the questions in use; `stray` those asked no more that were
    answered in this cycle. `purpose` is blank where the workspace has chosen another since."""

    framework: Framework
    purpose: str
    is_open: bool  # the lead stands where it is filled in
    asked: list[Asked]
    stray: list[Asked] = field(default_factory=list)

    @property
    def code(self) -> str:
        return self.framework.code

    @property
    def is_begun(self) -> bool:
        return bool(self.stray) or any(asked.answer for asked in self.asked)

    @property
    def before(self) -> str:
        """What the marks decide or warn of."""
        return "a deal" if self.purpose == FINAL_WORD else "SQL"

    @cached_property
    def marks(self) -> Marks:
        given = {each.question.code: each.answer.value for each in self.asked if each.answer}
        questions = [each.question for each in self.asked]
        return marks_of(questions, given, pass_mark=self.framework.pass_mark)

    def named(self, sentences: Iterable[str]) -> list[str]:
        """The sentences with the framework's name before them, as those of a second scorecard."""
        return [f"{self.framework.name}: {text[:1].lower()}{text[1:]}" for text in sentences]


DISCOVERY, FINAL_WORD = "for discovery", "for the final word"


def cards_of(lead: Lead, *, prefilled: bool = False) -> list[Card]:
    """Those that are asked of the lead or were begun in its cycle: discovery, final word, others.

    A constant number of queries. `prefilled`: with what is known of the lead already.
    """
    policy = policy_in_force(lead.workspace_id)
    chosen = {policy.discovery_id: DISCOVERY} if policy and policy.discovery_id else {}
    if policy and policy.final_word_id:
        chosen.setdefault(policy.final_word_id, FINAL_WORD)
    rows = list(answers_over_time(lead))
    wanted = Q(pk__in=list(chosen)) | Q(code__in={row.scorecard.framework for row in rows})
    frameworks = Framework.objects.filter(wanted, workspace=lead.workspace_id)
    cards = [
        _card(lead, framework, chosen.get(framework.pk, ""), rows)
        for framework in frameworks.prefetch_related("questions")
    ]
    if prefilled:
        cards = _with_prefills(lead, cards)
    ranks = (DISCOVERY, FINAL_WORD, "")
    shown = [card for card in cards if card.is_open or card.is_begun]
    return sorted(shown, key=lambda card: ranks.index(card.purpose))


def _card(lead: Lead, framework: Framework, purpose: str, rows: Iterable[ScorecardAnswer]) -> Card:
    own = [row for row in rows if row.scorecard.framework == framework.code]
    current = {row.question: row for row in own if row.replaced_at is None}
    replaced = Counter(row.question for row in own if row.replaced_at)
    asked, stray = [], []
    for question in framework.questions.all():
        row = current.pop(question.code, None)
        each = Asked(question, row, replaced[question.code])
        if question.is_active:
            asked.append(each)
        elif row:
            stray.append(each)
    for code, row in current.items():  # nobody can remove an answered one; a file might
        stray.append(Asked(FrameworkQuestion(code=code, name=code), row, replaced[code]))
    open_in = {DISCOVERY: IN_DISCOVERY, FINAL_WORD: FINAL}.get(purpose, ())
    return Card(framework, purpose, lead.stage in open_in, asked, stray)


def _with_prefills(lead: Lead, cards: list[Card]) -> list[Card]:
    facts = {each.question.prefill for card in cards if card.is_open for each in card.asked}
    known = prefills_of(lead, facts - {""})
    return [
        Card(
            card.framework,
            card.purpose,
            card.is_open,
            [
                Asked(each.question, each.answer, each.replaced, known.get(each.question.prefill))
                for each in card.asked
            ],
            card.stray,
        )
        for card in cards
    ]


def seen(cards: Iterable[Card]) -> str:
    """A short text that differs as soon as somebody who has the cards open sees something else."""
    shown = [
        (
            *(card.code, card.purpose, card.is_open, card.framework.pass_mark),
            *((q.pk, q.name, q.ask, q.weight, q.needed) for q in map(_question, card.asked)),
            *(each.token for each in (*card.asked, *card.stray)),
        )
        for card in cards
    ]
    return sha256(repr(shown).encode()).hexdigest()[:16]


def _question(asked: Asked) -> FrameworkQuestion:
    return asked.question


def card_for(cards: Iterable[Card], purpose: str) -> Card | None:
    return next((card for card in cards if card.purpose == purpose and card.is_open), None)


def gaps_before_sql(lead: Lead) -> list[str]:
    """What stands between this lead and SQL; empty when the scorecard for discovery passes."""
    card = card_for(cards_of(lead), DISCOVERY)
    return card.marks.gaps if card else []


def final_gaps(lead: Lead) -> list[str]:
    """What the scorecard for the final word lacks before a deal: a risk, and no more than that."""
    card = card_for(cards_of(lead), FINAL_WORD)
    return card.named([*card.marks.gaps, *card.marks.unknown]) if card else []


def answer_history(lead: Lead, *, framework: str, question: str) -> list[ScorecardAnswer]:
    """The answers of the lead's cycle to one question, newest first; the current one among them."""
    rows = answers_over_time(lead).filter(scorecard__framework=framework, question=question)
    return list(rows)
