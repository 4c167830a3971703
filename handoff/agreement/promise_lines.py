"""The promises of a draft one by one, each with the sentence in which the agreement states it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from handoff.agreement.facts import Facts
from handoff.agreement.promise_words import commitments, in_order
from sla.models import Commitment


@dataclass(frozen=True)
class PromiseLine:
    promise: Commitment
    words: str


def promise_lines(facts: Facts) -> list[PromiseLine]:
    """In the order of the agreement."""
    words = {line.anchor: line.text for line in commitments(facts) if line.anchor}
    return [PromiseLine(each, words[each.anchor]) for each in in_order(facts)]


def sentence_of(promise: Commitment, facts: Facts) -> str:
    """How it would read in the draft of `facts`, in the place of its row where it has one."""
    others: Sequence[Commitment] = [p for p in facts.promises if p.pk != promise.pk]
    lines = promise_lines(replace(facts, promises=[*others, promise]))
    return next(line.words for line in lines if line.promise is promise)
