"""Random models, leads and events, drawn near the edges where evaluators disagree."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from scoring.engine.rules import (
    NUMERIC,
    AttributePoints,
    Condition,
    Flag,
    Group,
    IntentPoints,
    RuleSet,
    Shape,
    TitleWords,
)
from scoring.models.rules import Operator
from scoring.models.versions import Axis

# Named lists are resolved when a version's rules are read; evaluators never see them.
OPERATORS = [each for each in Operator if each not in (Operator.ON_LIST, Operator.NOT_ON_LIST)]
BITS = 4
SOURCES = ("ads", "event")
PERSONAS = ("buyers", "users", "nobody")  # the last has no line
GROUPS = ("web", "mail")
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Pacific/Apia", "Asia/Kolkata")
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
        "2026-01-31",
        " 2026-02-01 ",
        "2026-02-31",
        "2026-13-01",
        "2026-02-01T00:00",
    ]
)
days = st.sampled_from(["2026-01-31", "2026-02-01", "2026-02-28"])
numbers = st.sampled_from([Decimal(n) for n in ("-1", "0", "1", "20", "20.5", "1000")])
custom_values: st.SearchStrategy[Any] = st.one_of(
    texts,
    st.integers(-5, 1005),
    st.sampled_from([20.5, 20.0, 1e-7, 1e20, True, False, None, [20], {"a": 20}, "1e3", "+7"]),
)
FIELDS = (
    *("job_title", "country", "email", "email_domain", "name", "first_source", "unsubscribed"),
    *("direction", "seniority", "job_function"),
    *("company.industry", "company.employees", "attributes.seats", "company.attributes.tier"),
)


RESOLVED = [o for o in Operator if o not in (Operator.ON_LIST, Operator.NOT_ON_LIST)]


@st.composite
def conditions(draw: st.DrawFn) -> Condition:
    if draw(st.integers(0, 9)) == 0:  # a range of dates
        return Condition(
            field=draw(st.sampled_from(["attributes.seats", "company.attributes.tier", *FIELDS])),
            operator=draw(st.sampled_from(sorted(NUMERIC))),
            texts=tuple(draw(st.lists(days, min_size=1, max_size=2))),
        )
    return Condition(
        field=draw(st.sampled_from(FIELDS)),
        operator=draw(st.sampled_from(RESOLVED)),
        texts=tuple(draw(st.lists(texts.map(fold).filter(bool), max_size=2))),
        numbers=tuple(draw(st.lists(numbers, max_size=2))),
        numeric=draw(st.booleans()),
    )


@st.composite
def title_lines(draw: st.DrawFn) -> TitleWords:
    said = st.sampled_from([None, ("Director", "director"), ("C-Level, IT", "c-level, it")])
    return TitleWords(
        words=tuple(draw(st.lists(texts.map(fold).filter(bool), max_size=2))),
        seniority=draw(said),
        job_function=draw(said),
    )


def fold(text: str) -> str:
    """As `scoring.engine.rules` would have had it folded by the database (C.UTF-8)."""
    return "".join({"İ": "i"}.get(letter, letter.lower()) for letter in text.strip(" "))


points = st.integers(-100, 100).filter(bool)
windows = st.sampled_from([None, 1, 7, 30])


personas = st.sampled_from(["", "", *PERSONAS])
groups = st.sampled_from(["", *GROUPS, "unknown"])
decay_steps = st.dictionaries(
    st.sampled_from([1, 7, 14, 30]), st.sampled_from([0, 33, 50, 100, 150]), min_size=1
).map(lambda steps: tuple(sorted((timedelta(days=d), p) for d, p in steps.items())))


@st.composite
def intent_rules(draw: st.DrawFn) -> IntentPoints:
    window = draw(windows)
    shape = draw(st.sampled_from([Shape.EACH, *Shape]))
    each = shape == Shape.EACH
    fading = draw(st.sampled_from(["", "halves", "steps"])) if each else ""
    sources = st.dictionaries(st.sampled_from([*SOURCES, "no-such"]), points, max_size=2)
    bits = st.integers(0, BITS - 1)
    later = st.lists(st.one_of(bits, st.just(-1)), min_size=1, max_size=4)
    return IntentPoints(
        name="rule",
        signal_id=0,
        bit=draw(bits),
        points=draw(points),
        source_points=tuple(sorted(draw(sources).items())) if each else (),
        shape=shape,
        at_least=None if each or shape == Shape.SEQUENCE else draw(st.integers(2, 4)),
        later=tuple((0, bit) for bit in draw(later)) if shape == Shape.SEQUENCE else (),
        cap=draw(st.sampled_from([None, 0, 10, 40])) if each else None,
        window=timedelta(days=window) if window else None,
        half_life=timedelta(days=draw(st.sampled_from([1, 14]))) if fading == "halves" else None,
        decay_steps=draw(decay_steps) if fading == "steps" else (),
        persona=draw(personas),
        group=draw(groups),
    )


@st.composite
def people_rules(draw: st.DrawFn) -> IntentPoints:
    """One that some people are enough for, and that nothing holds back."""
    window = draw(windows)
    return IntentPoints(
        name="people",
        signal_id=0,
        bit=draw(st.integers(0, BITS - 1)),
        points=draw(st.sampled_from([20, 60])),
        shape=Shape.PEOPLE,
        at_least=draw(st.sampled_from([2, 2, 3])),
        window=timedelta(days=window) if window else None,
    )


@st.composite
def rule_sets(draw: st.DrawFn, *, workspace_id: int) -> RuleSet:
    rules = st.builds(
        AttributePoints,
        axis=st.sampled_from(list(Axis)),
        name=st.just("fact"),
        points=points,
        condition=st.one_of(st.none(), conditions()),
        persona=personas,
        group=groups,
    )
    flags = st.builds(Flag, name=st.just("f"), reason=st.just("r"), condition=conditions())
    lines = st.lists(conditions(), min_size=1, max_size=2).map(tuple)
    caps = st.sampled_from([1, 15, 50, 100])
    return RuleSet(
        version_id=0,
        workspace_id=workspace_id,
        inactivity_percent=draw(st.sampled_from([0, 10, 10, 10, 1, 99, 100])),
        icp=tuple(draw(st.lists(conditions(), max_size=2))),
        attributes=tuple(draw(st.lists(rules, max_size=4))),
        intents=tuple(draw(st.lists(intent_rules(), max_size=5))),
        flags=tuple(draw(st.lists(flags, max_size=2))),
        personas=tuple((name, draw(lines)) for name in PERSONAS[:2]),
        groups=tuple(Group(draw(st.sampled_from(list(Axis))), name, draw(caps)) for name in GROUPS),
        titles=tuple(draw(st.lists(title_lines(), max_size=3))),
        zone=draw(st.sampled_from(ZONES)),
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
        "url": draw(st.sampled_from(["", "/pricing/a", "/b", "https://x.example/PRICING?a#b"])),
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
        "company": draw(st.one_of(st.none(), st.just("shared"), company)),
        "gone": draw(st.sampled_from([None, None, None, "merged", "erased"])),
        "events": draw(
            st.one_of(
                st.lists(events(at=at), max_size=4),
                events(at=at).map(lambda event: [event] * 40),
            )
        ),
    }
