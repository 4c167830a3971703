"""Leads in the period: what was known of them, when, and what both versions made of it."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

from django.db import connections

from scoring.previews.looks import Look, Span, find_looks
from scoring.previews.question import TICK, HandoffMoment, Question


@dataclass(frozen=True)
class Story:
    """One lead in the period.

    `start` is its state when the period began, None where it was captured later; `looks` are the
    moments since that matter, up to its first hand-off of the period, that hand-off included.
    `handoffs` are those of the period with the lead as it stood then. With `with_sales` the lead
    was handed over before the period and has not come back since, rejected, given back or lost: it
    cannot become MQL, and has no looks.
    """

    lead_id: int
    start: Look | None
    looks: tuple[Look, ...]
    handoffs: tuple[tuple[HandoffMoment, Look], ...]
    with_sales: bool = False


def read_stories(
    question: Question,
    leads: Sequence[tuple[int, datetime]],
    handoffs: Iterable[HandoffMoment],
    *,
    lanes: int = 1,
) -> list[Story]:
    """Of leads (id, captured at); `handoffs` are theirs, also those before the period.

    Merged and erased leads have no story. With several `lanes` that many connections of their
    own compute at once; they see what is committed.
    """
    by_lead: dict[int, list[HandoffMoment]] = defaultdict(list)
    for handoff in sorted(handoffs, key=lambda each: each.at):
        by_lead[handoff.lead_id].append(handoff)
    gone = {lead_id for lead_id, theirs in by_lead.items() if _is_gone(theirs, question.since)}
    spans = [
        _span(question, lead_id, captured_at, by_lead[lead_id], gone=lead_id in gone)
        for lead_id, captured_at in leads
    ]
    looks = _in_lanes(question, spans, lanes) if lanes > 1 else find_looks(question, spans)
    return [
        _story(question, span, looks.get(span.lead_id, {}), with_sales=span.lead_id in gone)
        for span in spans
        if span.lead_id in looks or span.lead_id in gone
    ]


def _is_gone(handoffs: Sequence[HandoffMoment], since: datetime) -> bool:
    """Whether the last of its earlier hand-offs, in the order of time, still holds or was won."""
    before = [each for each in handoffs if each.at < since]
    return bool(before) and before[-1].won is not False and before[-1].accepted is not False


def _in_lanes(
    question: Question, spans: Sequence[Span], lanes: int
) -> dict[int, dict[datetime, Look]]:
    def compute(part: Sequence[Span]) -> dict[int, dict[datetime, Look]]:
        try:
            return find_looks(question, part)
        finally:
            connections.close_all()  # the thread's own

    parts = [spans[lane::lanes] for lane in range(lanes)]
    with ThreadPoolExecutor(lanes) as pool:
        return {lead: looks for found in pool.map(compute, parts) for lead, looks in found.items()}


def _span(
    question: Question,
    lead_id: int,
    captured_at: datetime,
    handoffs: Sequence[HandoffMoment],
    *,
    gone: bool,
) -> Span:
    inside = tuple(h for h in handoffs if question.since <= h.at < question.until)
    first = max(captured_at, question.before)
    last = inside[0].at if inside else question.until - TICK
    return Span(lead_id, first, first - TICK if gone else last, inside)


def _story(
    question: Question, span: Span, looks: dict[datetime, Look], *, with_sales: bool
) -> Story:
    handed = tuple((each, looks[each.at]) for each in span.handoffs if each.at in looks)
    if with_sales:
        return Story(span.lead_id, None, (), handed, with_sales=True)
    return Story(
        span.lead_id,
        looks.get(question.before),
        tuple(looks[at] for at in sorted(looks) if question.since <= at <= span.last),
        handed,
    )
