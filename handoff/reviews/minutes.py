"""The minutes: one document, frozen when a review is closed, that both sides read.

    {"format": 1,
     "review": {"id", "kind", "kind_words", "due", "since", "opened_at", "opened_by", "closed_at",
                "closed_by"},
     "participants": [{"name", "side", "was_there"}],
     "opening", "closing": the figures of `handoff.reviews.figures`,
     "parts": [{"code", "title", "total", "shown", …figures of the part,
                "items": [{"id", "key", "title", "facts", "lead", "marks": [{"name", "side",
                           "verdict", "verdict_words", "at"}], "agreed", "differ", "applied",
                           "outcome", "outcome_by", "decisions": [ids]}]}],
     "decisions": [{"id", "text", "owner", "due", "effect", "effect_words", "made_by", "made_at",
                    "item", "done"}]}

Moments are ISO texts in UTC, people of ours are named as they were then. Somebody else is the id
of their lead alone; pages read their name where it stands today, and nothing has to be altered when
one of them is erased. For the same reason what was said about an item that is about a lead
(`outcome`) stands with the item alone, where erasure finds it. Decisions stand as written.
"""

import hashlib
import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from django.db.models import QuerySet

from handoff.models import AgendaItem, Decision, Mark, Minutes, Participant, Review
from handoff.reviews.agenda.making import PARTS
from handoff.reviews.marking import said

FORMAT: Final = 1
Document = dict[str, Any]


def items_of(review: Review) -> QuerySet[AgendaItem]:
    """The agenda in its order, with all that its pages and the minutes show of it."""
    joined = ("lead", "handoff", "review_item", "decision__owner", "outcome_by")
    return review.items.select_related(*joined).prefetch_related("marks__person", "decisions")


def minutes_of(review: Review, *, closing: dict[str, Any]) -> Document:
    """Of a review that is being closed; six queries."""
    items = list(items_of(review))
    decisions = review.decisions.select_related("owner", "made_by")
    people = review.participants.select_related("person")
    return {
        "format": FORMAT,
        "review": _review(review),
        "participants": [_participant(one) for one in people],
        "opening": review.figures,
        "closing": closing,
        "parts": [
            {
                "code": part.value,
                "title": part.label,
                **review.parts.get(part.value, {}),
                "items": [_item(item) for item in items if item.part == part],
            }
            for part in PARTS[review.kind]
        ],
        "decisions": [_decision(one) for one in decisions],
    }


def canonical(document: Document) -> bytes:
    """The bytes that the hash is of: keys sorted, no spaces, UTF-8."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode()


def hash_of(document: Document) -> str:
    """SHA-256 of `canonical`, in hex."""
    return hashlib.sha256(canonical(document)).hexdigest()


def is_unaltered(minutes: Minutes) -> bool:
    """Whether the stored document is what was frozen."""
    return minutes.document_hash == hash_of(minutes.document)


def _review(review: Review) -> Document:
    return {
        "id": review.pk,
        "kind": review.kind,
        "kind_words": review.get_kind_display(),
        "due": str(review.due) if review.due else "",
        "since": _iso(review.since),
        "opened_at": _iso(review.opened_at),
        "opened_by": str(review.opened_by),
        "closed_at": _iso(review.closed_at),
        "closed_by": str(review.closed_by),
    }


def _participant(one: Participant) -> Document:
    return {"name": str(one.person), "side": one.side, "was_there": one.joined_at is not None}


def _item(item: AgendaItem) -> Document:
    marks = [mark for mark in item.marks.all() if mark.verdict]
    words = said(marks)
    return {
        "id": item.pk,
        "key": item.key,
        "title": item.title,
        "facts": item.facts,
        "lead": item.lead_id,
        "marks": [_mark(mark) for mark in marks],
        "agreed": words.agreed,
        "differ": words.differ,
        "applied": item.applied,
        "outcome": "" if item.lead_id else item.outcome,
        "outcome_by": str(item.outcome_by) if item.outcome_by else "",
        "decisions": _ids(item.decisions.all()),
    }


def _mark(mark: Mark) -> Document:
    return {
        "name": str(mark.person),
        "side": mark.side,
        "verdict": mark.verdict,
        "verdict_words": mark.get_verdict_display(),
        "at": _iso(mark.at),
    }


def _decision(one: Decision) -> Document:
    return {
        "id": one.pk,
        "text": one.text,
        "owner": str(one.owner),
        "due": str(one.due),
        "effect": one.effect,
        "effect_words": one.get_effect_display(),
        "made_by": str(one.made_by),
        "made_at": _iso(one.made_at),
        "item": one.item_id,
        "done": one.done_at is not None,
    }


def _ids(decisions: Iterable[Decision]) -> list[int]:
    return [one.pk for one in decisions]


def _iso(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""
