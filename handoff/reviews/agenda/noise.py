"""Rules that add noise: at whose hits sales accepts no more often, or wins no more often, than
at all offers, though the rule gives points for it.

The lift is the share of accepted offers (of won deals) among those at which the rule had hit, over
the share among all at which it was asked. Near or below NEAR it tells nothing, or the contrary.
Under LEAST hits nothing is said. The interval is Wilson's of the share, over the share among all.
"""

from collections.abc import Iterator
from typing import Any, Final

from handoff.metrics.acceptance import interval
from handoff.models import AgendaItem, Review
from handoff.reviews.agenda.found import MOST, Found, Part
from handoff.reviews.agenda.hits import Ends, Hits, Rule, rule_hits
from scoring.engine.rules import AttributePoints, IntentPoints, rules_of
from scoring.models import ModelVersion
from scoring.models.versions import Axis
from scoring.versions import published_version

NEAR: Final = 1.05
LEAST: Final = 10


def noise(review: Review) -> Found:
    """Of the rules in force that give points; five queries at most."""
    version = published_version(review.workspace)
    if version is None:
        return Found()
    found = rule_hits(review.workspace, since=review.since, until=review.opened_at)
    speaks = set(speaking(version))
    judged = [
        (rule, hits, lift(hits.hit, hits.asked))
        for rule, hits in found.rules.items()
        if hits.hit.decided >= LEAST and rule in speaks
    ]
    noisy = [(rule, hits, its) for rule, hits, its in judged if its is not None and its <= NEAR]
    noisy.sort(key=lambda one: (one[2], -one[1].hit.decided, one[0]))
    items = [_item(rule, hits) for rule, hits, _ in noisy[:MOST]]
    figures = {
        "offers": found.whole.decided,
        "accepted": found.whole.accepted,
        "rules": len(judged),
        "near": NEAR,
        "least": LEAST,
        "model_version": version.number,
    }
    return Found(items, len(noisy), figures)


def speaking(version: ModelVersion) -> Iterator[Rule]:
    """The rules of the version that give points for a lead."""
    rules = rules_of(version)
    giving: tuple[AttributePoints | IntentPoints, ...] = (*rules.attributes, *rules.intents)
    for rule in giving:
        if rule.points > 0:
            yield rule.axis.value, rule.name


def lift(hit: Ends, asked: Ends) -> float | None:
    """Of acceptance; None where nothing was decided, or nothing accepted at all."""
    return _lift(hit.accepted, hit.decided, asked.accepted, asked.decided)


def _lift(n: int, of: int, all_n: int, all_of: int) -> float | None:
    if not (of and all_of and all_n):
        return None
    return (n / of) / (all_n / all_of)


def _item(rule: Rule, hits: Hits) -> AgendaItem:
    (axis, name), hit, asked = rule, hits.hit, hits.asked
    return AgendaItem(
        part=Part.NOISE,
        key=f"rule:{axis}:{name}"[:120],
        title=f"{Axis(axis).label} rule “{name}”",
        facts={
            "axis": axis,
            "rule": name,
            "hits": hit.decided,
            "of": asked.decided,
            "acceptance": _share(hit.accepted, hit.decided, asked.accepted, asked.decided),
            "wins": _share(hit.won, hit.closed, asked.won, asked.closed),
        },
    )


def _share(n: int, of: int, all_n: int, all_of: int) -> dict[str, Any]:
    """`n` of `of` among the hits, `all_n` of `all_of` among all asked; with the lift's interval."""
    between = interval(n, of)
    base = all_n / all_of if all_of else 0.0
    return {
        "n": n,
        "of": of,
        "all_n": all_n,
        "all_of": all_of,
        "lift": _lift(n, of, all_n, all_of),
        "interval": [edge / base for edge in between] if between and base else None,
    }
