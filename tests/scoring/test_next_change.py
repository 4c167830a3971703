"""Between a score and its next change nothing changes: what the sweep of `next_expiry` rests on."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.engine.evaluate import EventFact, Facts, evaluate
from scoring.engine.rules import RuleSet
from tests.scoring.strategies import BITS, SOURCES, intent_rules, moments, rule_sets

AT = datetime(2026, 3, 29, 3, 0, tzinfo=UTC)
TICK = timedelta(microseconds=1)


@st.composite
def event_facts(draw: st.DrawFn) -> EventFact:
    return EventFact(
        occurred_at=draw(moments(at=AT)),
        signals=draw(st.integers(0, 2**BITS - 1)),
        source=draw(st.sampled_from([None, *SOURCES])),
        page=draw(st.sampled_from([None, 1, 2, 3])),
    )


@st.composite
def facts(draw: st.DrawFn) -> Facts:
    people = tuple(
        tuple(each) for each in draw(st.lists(st.lists(event_facts(), max_size=4), max_size=3))
    )
    own = people[0] if people else tuple(draw(st.lists(event_facts(), max_size=5)))
    return Facts(draw(moments(at=AT)), {}, own, people)


@settings(max_examples=400, deadline=None)
@given(
    rules=rule_sets(workspace_id=1),
    intents=st.lists(
        intent_rules().filter(lambda rule: rule.half_life is None), min_size=1, max_size=5
    ),
    known=facts(),
)
def test_nothing_changes_before_the_next_change(
    rules: RuleSet, intents: list[object], known: Facts
) -> None:
    """Half-lives fade all the time and are left aside: they are looked at again every day."""
    asked = RuleSet(**{**vars(rules), "intents": tuple(intents)})
    at = AT
    for _ in range(4):
        found = evaluate(known, asked, at=at)
        horizon = found.next_expiry or at + timedelta(days=5000)
        assert horizon > at
        before = evaluate(known, asked, at=horizon - TICK)
        assert (before.fit, before.intent) == (found.fit, found.intent)
        if found.next_expiry is None:
            break
        at = found.next_expiry
