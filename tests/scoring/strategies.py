"""Random models, leads and events, drawn near the edges where evaluators disagree."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from scoring.models.rules import Operator
from scoring.models.versions import Axis
from scoring.rules import AttributePoints, Condition, Flag, IntentPoints, RuleSet

# Named lists are resolved when a version's rules are read; evaluators never see them.
OPERATORS = [each for each in Operator if each not in (Operator.ON_LIST, Operator.NOT_ON_LIST)]
BITS = 4
SOURCES = ("ads", "event")
_MICROSECOND = timedelta(microseconds=1)

texts = st.sampled_from(
    [
        "",
        " ",
        "Head of IT",
        "head of it",
        "Director",
        "CTO",
        "Group-CTO, EMEA",
        "Geschäftsführerin",
        "GESCHÄFTSFÜHRERIN",
        "İstanbul ΣΊΣΥΦΟΣ",
        "o'Brien",
        "100%",
        "%(ids)s",
        "a\\b",
        '"); DROP TABLE x; --',
        "de",
        "ada@gmail.com",
        "gmail.com",
        "20",
        "20.5",
    ]
)
numbers = st.sampled_from([Decimal(n) for n in ("-1", "0", "1", "20", "20.5", "1000")])
custom_values: st.SearchStrategy[Any] = st.one_of(
    texts,
    st.integers(-5, 1005),
    st.sampled_from([20.5, 20.0, 1e-7, 1e20, True, False, None, [20], {"a": 20}, "1e3", "+7"]),
)
FIELDS = (
    *("job_title", "country", "email", "email_domain", "name", "first_source", "unsubscribed"),
    *("company.industry", "company.employees", "attributes.seats", "company.attributes.tier"),
)


@st.composite
def conditions(draw: st.DrawFn) -> Condition:
    return Condition(
        field=draw(st.sampled_from(FIELDS)),
        operator=draw(st.sampled_from(OPERATORS)),
        texts=tuple(draw(st.lists(texts.map(fold).filter(bool), max_size=2))),
        numbers=tuple(draw(st.lists(numbers, max_size=2))),
    )


def fold(text: str) -> str:
    """As `scoring.rules` would have had it folded by the database (C.UTF-8)."""
    return "".join({"İ": "i"}.get(letter, letter.lower()) for letter in text.strip(" "))


points = st.integers(-100, 100).filter(bool)
windows = st.sampled_from([None, 1, 7, 30])


@st.composite
def intent_rules(draw: st.DrawFn) -> IntentPoints:
    window = draw(windows)
    half_life = draw(st.sampled_from([None, 1, 14]))
    once = draw(st.booleans())
    sources = st.dictionaries(st.sampled_from([*SOURCES, "no-such"]), points, max_size=2)
    return IntentPoints(
        name="rule",
        signal_id=0,
        bit=draw(st.integers(0, BITS - 1)),
        points=draw(points),
        source_points=() if once else tuple(sorted(draw(sources).items())),
        at_least=draw(st.integers(2, 4)) if once else None,
        cap=None if once else draw(st.sampled_from([None, 0, 10, 40])),
        window=timedelta(days=window) if window else None,
        half_life=timedelta(days=half_life) if half_life and not once else None,
    )


@st.composite
def rule_sets(draw: st.DrawFn, *, workspace_id: int) -> RuleSet:
    rules = st.builds(
        AttributePoints,
        axis=st.sampled_from(list(Axis)),
        name=st.just("fact"),
        points=points,
        condition=st.one_of(st.none(), conditions()),
    )
    flags = st.builds(Flag, name=st.just("f"), reason=st.just("r"), condition=conditions())
    return RuleSet(
        version_id=0,
        workspace_id=workspace_id,
        inactivity_percent=draw(st.sampled_from([0, 10, 10, 10, 1, 99, 100])),
        icp=tuple(draw(st.lists(conditions(), max_size=2))),
        attributes=tuple(draw(st.lists(rules, max_size=4))),
        intents=tuple(draw(st.lists(intent_rules(), max_size=5))),
        flags=tuple(draw(st.lists(flags, max_size=2))),
    )


@st.composite
def moments(draw: st.DrawFn, *, at: datetime) -> datetime:
    """Exactly at, just before and just after the edges of days, windows and weeks; or anywhere."""
    days = draw(st.sampled_from([0, 1, 7, 14, 28, 30, 64, 70, 400, 896, 4000, -1, -7]))
    nudge = draw(
        st.one_of(
            st.sampled_from([0, 0, 1, -1]).map(lambda n: n * _MICROSECOND),
            st.timedeltas(timedelta(-3), timedelta(3)),
        )
    )
    return at - timedelta(days=days) + nudge


@st.composite
def events(draw: st.DrawFn, *, at: datetime) -> dict[str, Any]:
    return {
        "occurred_at": draw(moments(at=at)),
        "signals": draw(st.integers(0, 2**BITS - 1)),
        "source": draw(st.sampled_from([None, *SOURCES])),
        "kind": draw(st.sampled_from(["page_view", "ad_click"])),
        "url": draw(st.sampled_from(["", "/pricing/a", "https://x.example/PRICING?a#b"])),
        "properties": draw(
            st.dictionaries(st.sampled_from(["utm_medium", "x"]), custom_values, max_size=2)
        ),
    }


@st.composite
def leads(draw: st.DrawFn, *, at: datetime) -> dict[str, Any]:
    company = st.fixed_dictionaries(
        {
            "industry": texts,
            "employees": st.sampled_from([None, 1, 19, 20, 1000]),
            "attributes": st.dictionaries(st.just("tier"), custom_values, max_size=1),
        }
    )
    return {
        "facts": {
            "job_title": draw(texts),
            "first_name": draw(texts),
            "country": draw(st.sampled_from(["", "DE", "de"])),
            "email": draw(st.sampled_from(["", "Ada@GMAIL.com", "ada@acme.example"])),
            "attributes": draw(st.dictionaries(st.just("seats"), custom_values, max_size=1)),
            "unsubscribed_at": draw(st.sampled_from([None, at])),
            "captured_at": draw(moments(at=at)),
        },
        "source": draw(st.sampled_from([None, *SOURCES])),
        "company": draw(st.one_of(st.none(), company)),
        "events": draw(
            st.one_of(
                st.lists(events(at=at), max_size=4),
                events(at=at).map(lambda event: [event] * 40),
            )
        ),
    }
