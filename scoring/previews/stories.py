"""What was known of leads, moment by moment, and the numbers that both versions give it."""

# ruff: noqa: S608 - every value is bound; what is put together here are our own names.

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from scoring.compiled import Scope, compiled
from scoring.gather import unclassified
from scoring.previews.question import TICK, HandoffMoment, Question
from scoring.rule_values import RuleSet

Ask = tuple[int, datetime]  # a lead, and the moment at which it is looked at


@dataclass(frozen=True)
class Numbers:
    """Fit and intent 0–100."""

    fit: float
    intent: float
    disqualified: bool

    @property
    def total(self) -> float:
        return self.fit + self.intent


@dataclass(frozen=True)
class Look:
    """One lead at one moment, by each version (“old”, “new”)."""

    at: datetime
    by: dict[str, Numbers]


@dataclass(frozen=True)
class Story:
    """One lead in the period.

    `start` is its state when the period began, None where it was captured later; `looks` are the
    moments since, up to its first hand-off of the period, that hand-off included. `handoffs` are
    those of the period with the lead as it stood then. With `with_sales` the lead was handed over
    before the period and not rejected: it cannot become MQL in it, and has no looks.
    """

    lead_id: int
    start: Look | None
    looks: tuple[Look, ...]
    handoffs: tuple[tuple[HandoffMoment, Look], ...]
    with_sales: bool = False


@dataclass(frozen=True)
class _Outline:
    """What is to be looked at before any number is known."""

    lead_id: int
    captured_at: datetime
    handoffs: tuple[HandoffMoment, ...]
    with_sales: bool
    until: datetime  # the last moment looked at: the first hand-off, or the period's end


def read_stories(
    question: Question,
    leads: Sequence[tuple[int, datetime]],
    handoffs: Iterable[HandoffMoment],
) -> list[Story]:
    """Of leads (id, captured at); `handoffs` are theirs, also those before the period.

    A constant few queries. Merged and erased leads have no story.
    """
    outlines = _outlines(question, leads, handoffs)
    asked = _asked(question, outlines)
    for outline in outlines:
        asked[outline.lead_id] |= {handoff.at for handoff in outline.handoffs}
    asks = [(lead_id, at) for lead_id, moments in asked.items() for at in sorted(moments)]
    looks = _looks(question, asks)
    return [
        story
        for outline in outlines
        if (story := _story(question, outline, asked, looks)) is not None
    ]


def _outlines(
    question: Question, leads: Sequence[tuple[int, datetime]], handoffs: Iterable[HandoffMoment]
) -> list[_Outline]:
    by_lead: dict[int, list[HandoffMoment]] = defaultdict(list)
    for handoff in sorted(handoffs, key=lambda each: each.at):
        by_lead[handoff.lead_id].append(handoff)
    found = []
    for lead_id, captured_at in leads:
        theirs = by_lead[lead_id]
        inside = tuple(h for h in theirs if question.since <= h.at < question.until)
        gone = any(h.accepted is not False for h in theirs if h.at < question.since)
        end = inside[0].at if inside else question.until - TICK
        found.append(_Outline(lead_id, captured_at, inside, gone, end))
    return found


def _asked(question: Question, outlines: Sequence[_Outline]) -> dict[int, set[datetime]]:
    """The moments at which something became known, by lead."""
    found: dict[int, set[datetime]] = {outline.lead_id: set() for outline in outlines}
    wanted = [
        (outline.lead_id, max(outline.captured_at, question.before), outline.until)
        for outline in outlines
        if not outline.with_sales and outline.captured_at <= outline.until
    ]
    for lead_id, first, _ in wanted:
        found[lead_id].add(first)
    ids, firsts, lasts = (
        (list(column) for column in zip(*wanted, strict=True)) if wanted else ([], [], [])
    )
    with connection.cursor() as cursor:
        cursor.execute(
            _MOMENTS,
            {"ids": ids, "firsts": firsts, "lasts": lasts, "zone": question.zone.key},
        )
        for lead_id, at in cursor.fetchall():
            found[lead_id].add(at)
    return found


_MOMENTS = """
SELECT w.id, m.at
FROM unnest(%(ids)s::bigint[], %(firsts)s::timestamptz[], %(lasts)s::timestamptz[])
    AS w(id, first, last)
CROSS JOIN LATERAL (
    SELECT max(e.occurred_at) AS at FROM leadqual_event e
    WHERE e.lead_id = w.id AND e.occurred_at > w.first AND e.occurred_at <= w.last
    GROUP BY (e.occurred_at AT TIME ZONE %(zone)s)::date
    UNION
    SELECT ac.at FROM leadqual_attributechange ac
    WHERE ac.lead_id = w.id AND ac.at > w.first AND ac.at <= w.last
    UNION
    SELECT ac.at FROM leadqual_attributechange ac
    WHERE ac.company_id IN (
        SELECT l.company_id FROM leadqual_lead l WHERE l.id = w.id
        UNION
        SELECT (moved.value #>> '{}')::bigint FROM leadqual_attributechange moved
        WHERE moved.lead_id = w.id AND moved.field = 'company_id'
    ) AND ac.at > w.first AND ac.at <= w.last
) m
"""


def _looks(question: Question, asks: Sequence[Ask]) -> dict[Ask, Look]:
    by_judge: dict[str, list[Numbers | None]] = {}
    for name, judge in question.judges.items():
        if name == "new" and question.old and _same_numbers(question):
            by_judge["new"] = by_judge["old"]
        else:
            by_judge[name] = numbers_then(judge.rules, asks)
    looks = {}
    for n, ask in enumerate(asks):
        by = {name: numbers for name, found in by_judge.items() if (numbers := found[n])}
        if len(by) == len(by_judge):  # merged or erased at this very moment: no story
            looks[ask] = Look(ask[1], by)
    return looks


def _same_numbers(question: Question) -> bool:
    """Only bands, thresholds or names differ: what one version computed holds for the other."""
    old = question.old
    return old is not None and old.rules.meaning() == question.new.rules.meaning()


def numbers_then(rules: RuleSet, asks: Sequence[Ask]) -> list[Numbers | None]:
    """The numbers of each lead at its moment, in the order asked; one query."""
    query = compiled(rules, unclassified(rules.workspace_id), Scope.AS_AT)
    found: list[Numbers | None] = [None] * len(asks)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT q.n, q.fit, q.intent, q.disqualified FROM ({query.text}) q",
            query.values(ids=[lead for lead, _ in asks], ats=[at for _, at in asks]),
        )
        for n, fit, intent, disqualified in cursor.fetchall():
            found[n - 1] = Numbers(fit, intent, disqualified)
    return found


def _story(
    question: Question,
    outline: _Outline,
    asked: dict[int, set[datetime]],
    looks: dict[Ask, Look],
) -> Story | None:
    lead_id = outline.lead_id
    moments = sorted(asked[lead_id])
    if any((lead_id, at) not in looks for at in moments):
        return None
    start = looks.get((lead_id, question.before)) if not outline.with_sales else None
    return Story(
        lead_id,
        start,
        tuple(
            looks[lead_id, at]
            for at in moments
            if not outline.with_sales and question.since <= at <= outline.until
        ),
        tuple((handoff, looks[lead_id, handoff.at]) for handoff in outline.handoffs),
        outline.with_sales,
    )
