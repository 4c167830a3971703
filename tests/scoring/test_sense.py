"""What makes no sense in a model, row by row and between the rows, and what is merely doubtful."""

from typing import Any

import pytest

from scoring.contents import Contents
from scoring.fact_choices import OwnFacts
from scoring.models import (
    AttributeRule,
    Band,
    Disqualifier,
    IntentRule,
    NamedList,
    PersonaLine,
    PointsGroup,
    QualificationRule,
    Signal,
    TitleLine,
)
from scoring.models.rules import Operator
from scoring.reach import contradict, reaches
from scoring.second_looks import of_definitions, second_looks
from scoring.sense import of_row
from scoring.sense_together import together
from scoring.ways import floors_of, hysteresis

SIGNAL = Signal(code="view", name="Viewed")
ONCE = "Points that are given once"
BANDS = [
    Band(axis=axis, name=name, floor=floor)
    for axis in ("fit", "intent")
    for name, floor in (("Low", 0), ("High", 50))
]


def intent(**fields: Any) -> IntentRule:
    return IntentRule(**{"name": "Views", "signal": SIGNAL, "points": 10, "cap": 30, **fields})


def fact(points: int = 30, **fields: Any) -> AttributeRule:
    given = {"name": "Fact", "axis": "fit", "field": "job_title", "operator": Operator.IS_KNOWN}
    return AttributeRule(points=points, **{**given, **fields})


def persona(name: str, field: str, operator: Operator, *value: Any) -> PersonaLine:
    return PersonaLine(persona=name, field=field, operator=operator, value=list(value))


def way(purpose: str = "mql", **fields: Any) -> QualificationRule:
    return QualificationRule(purpose=purpose, **fields)


def contents(*rows: Any, margin: int = 5) -> Contents:
    parts: dict[Any, list[Any]] = {Band: list(BANDS)}
    for row in rows:
        parts.setdefault(type(row), []).append(row)
    return Contents({"demote_margin": margin}, parts)


def told(*rows: Any, margin: int = 5) -> list[tuple[str, str]]:
    return [(f.field, f.text) for f in together(contents(*rows, margin=margin))]


@pytest.mark.parametrize(
    "rule",
    [
        intent(),
        intent(cap=None, decay_steps=[[7, 50], [30, 0]], window_days=60),
        intent(half_life_days=14),
        intent(shape="times", at_least=3, cap=None),
        intent(shape="days", at_least=3, cap=None, window_days=2),
        intent(shape="pages", at_least=3, cap=None),
        intent(shape="people", at_least=2, cap=None, window_days=14),
        intent(shape="sequence", later_steps=["demo", "view"], cap=None),
    ],
)
def test_every_way_to_count_may_be_written(rule: IntentRule) -> None:
    assert list(of_row(rule)) == []


@pytest.mark.parametrize(
    ("fields", "findings"),
    [
        ({"shape": "times", "cap": None}, [("at_least", "Say how many: 2 or more.")]),
        (
            {"at_least": 3},
            [
                (
                    "at_least",
                    "“each time” asks for no number: leave this empty or count otherwise.",
                )
            ],
        ),
        (
            {"shape": "days", "at_least": 4, "window_days": 2, "cap": None},
            [("at_least", "So many different days never lie within 2 days.")],
        ),
        (
            {"later_steps": ["demo"]},
            [("later", "Only “once, after all steps in this order” has later steps.")],
        ),
        (
            {"shape": "sequence", "cap": None},
            [("later", "Name the signals that follow, in their order.")],
        ),
        (
            {"shape": "sequence", "cap": None, "later_steps": ["a", "b", "c", "d", "e"]},
            [("later", "At most 4 signals may follow the first.")],
        ),
        (
            {"shape": "sequence", "cap": None, "later_steps": ["view", "view"]},
            [("later", "These steps are all the same signal: count times instead.")],
        ),
        (
            {"shape": "pages", "at_least": 2, "half_life_days": 3, "decay_steps": [[1, 0]]},
            [
                ("half_life_days", f"{ONCE} take no half-life."),
                ("decay_text", f"{ONCE} do not fade in steps."),
                ("cap", f"{ONCE} take no upper limit."),
            ],
        ),
        (
            {"half_life_days": 3, "decay_steps": [[1, 0]]},
            [("decay_text", "Points fade by half-life or in steps, not by both.")],
        ),
        (
            {"decay_steps": [[7, 50], [7, 0]]},
            [("decay_text", "The days of the steps must rise: write 7: 50, 30: 0.")],
        ),
        (
            {"decay_steps": [[7, 50], [30, 50]]},
            [("decay_text", "The percent of the steps must fall: write 7: 50, 30: 0.")],
        ),
        (
            {"decay_steps": [[7, 100]]},
            [
                (
                    "decay_text",
                    "The percent that still count must be below 100: 7: 50 counts half from day 7 "
                    "on.",
                )
            ],
        ),
        (
            {"decay_steps": [[0, 50]]},
            [("decay_text", "The first step begins on day 1 at the earliest.")],
        ),
        (
            {"decay_steps": [[7, 50]], "window_days": 7},
            [
                (
                    "decay_text",
                    "The window of 7 days ends before the first step (day 7) begins: widen it or "
                    "take the steps away.",
                )
            ],
        ),
        ({"cap": 9}, [("cap", "This is below a single hit (10 points): raise it.")]),
        (
            {"source_points": {"ads": 31}},
            [("cap", "This is below a single hit (31 points): raise it.")],
        ),
    ],
)
def test_a_rule_about_events_that_makes_no_sense_is_told_at_its_field(
    fields: dict[str, Any], findings: list[tuple[str, str]]
) -> None:
    assert [(f.field, f.text) for f in of_row(intent(**fields))] == findings


def test_caps_of_rules_and_groups_hold_back_what_can_be_reached() -> None:
    rows = [
        fact(20, group="Role"),
        fact(15, group="Role"),
        fact(10),
        PointsGroup(name="Role", axis="fit", cap=25),
        intent(cap=30),
        intent(shape="times", at_least=2, cap=None, points=-5),
        intent(shape="people", at_least=2, cap=None, points=12),
        fact(7, axis="intent"),
    ]
    [reach] = reaches(contents(*rows))
    assert (reach.fit, reach.intent) == (35, 49)


def test_a_threshold_that_one_persona_can_reach_is_fine() -> None:
    rows = [
        persona("In", "direction", Operator.EQUALS, "inbound"),
        persona("Out", "direction", Operator.EQUALS, "outbound"),
        fact(20),
        fact(30, persona="In"),
        fact(25, persona="Out"),
    ]
    assert told(*rows, way(fit_at_least=50)) == []
    assert told(*rows, way(fit_at_least=51)) == [
        ("fit_at_least", "No lead can reach a fit of 51: the rules give at most 50.")
    ]


def test_personas_that_a_lead_can_be_of_at_once_add_up() -> None:
    rows = [
        persona("Big", "company.employees", Operator.AT_LEAST, 500),
        persona("Small", "company.employees", Operator.BETWEEN, 1, 499),
        persona("German", "country", Operator.IN_LIST, "DE"),
        fact(30, persona="Big"),
        fact(20, persona="Small"),
        fact(10, persona="German"),
    ]
    assert max(reach.fit for reach in reaches(contents(*rows))) == 40


def condition(field: str, operator: Operator, *value: Any) -> Disqualifier:
    return Disqualifier(name="x", reason="-", field=field, operator=operator, value=list(value))


def test_a_seniority_that_no_line_of_the_title_table_says_is_refused() -> None:
    lines = [
        TitleLine(words=["chief"], seniority="C-level", function=""),
        TitleLine(words=["sales"], seniority="", function="Sales"),
    ]
    rows = [*lines, fact(45), intent(), way(total_at_least=40)]
    assert told(*rows, condition("seniority", Operator.IN_LIST, "c-LEVEL")) == []
    assert told(*rows, condition("seniority", Operator.IN_LIST, "C-level", "Boss")) == [
        (
            "value_text",
            "No line under “Job titles” says the seniority “Boss”. They say “C-level”.",
        )
    ]
    assert told(*rows, condition("job_function", Operator.EQUALS, "C-level")) == [
        (
            "value_text",
            "No line under “Job titles” says the job function “C-level”. They say “Sales”.",
        )
    ]
    assert told(*rows[2:], condition("seniority", Operator.NOT_IN_LIST, "C-level")) == [
        ("value_text", "No line under “Job titles” says the seniority “C-level”.")
    ]
    assert told(*rows, condition("seniority", Operator.IS_KNOWN)) == []


def test_lines_that_must_all_hold_may_not_contradict_each_other() -> None:
    rows = [fact(45), intent(), way(total_at_least=40)]
    german = persona("German", "country", Operator.EQUALS, "DE")
    dach = persona("German", "country", Operator.IN_LIST, "de", "AT")
    assert told(*rows, german, dach) == []
    assert told(*rows, german, persona("French", "country", Operator.EQUALS, "FR")) == []
    assert told(*rows, german, persona("German", "country", Operator.EQUALS, "FR")) == [
        (
            "value_text",
            "No lead could be of “German”: all lines must hold, and another one says that "
            "country is Germany.",
        )
    ]


LISTS = [
    NamedList(name="DACH", kind="countries", entries=["DE", "AT"]),
    NamedList(name="Lost", kind="words", entries=["gone"]),
]


@pytest.mark.parametrize(
    ("one", "other", "field", "apart"),
    [
        ((Operator.EQUALS, "DE"), (Operator.NOT_IN_LIST, "de", "FR"), "country", True),
        ((Operator.IN_LIST, "DE", "IT"), (Operator.NOT_IN_LIST, "DE"), "country", False),
        ((Operator.ON_LIST, "DACH"), (Operator.NOT_ON_LIST, "DACH"), "country", True),
        ((Operator.EQUALS, "IT"), (Operator.NOT_ON_LIST, "DACH"), "country", False),
        ((Operator.IS_MISSING,), (Operator.CONTAINS, "cto"), "job_title", True),
        ((Operator.IS_MISSING,), (Operator.IS_KNOWN,), "job_title", True),
        ((Operator.IS_MISSING,), (Operator.NOT_IN_LIST, "cto"), "job_title", False),
        ((Operator.EQUALS, "cfo"), (Operator.CONTAINS, "cto", "cio"), "job_title", True),
        ((Operator.EQUALS, "The CFO"), (Operator.CONTAINS, "cfo"), "job_title", False),
        ((Operator.EQUALS, "cfo"), (Operator.BEGINS_WITH, "chief"), "job_title", True),
        ((Operator.CONTAINS, "cfo"), (Operator.CONTAINS, "cto"), "job_title", False),
        ((Operator.IN_LIST, 5, 7), (Operator.AT_LEAST, 8), "attributes.n", True),
        ((Operator.IN_LIST, 5, 9), (Operator.AT_LEAST, 8), "attributes.n", False),
        ((Operator.AT_LEAST, 8), (Operator.BETWEEN, 1, 7), "attributes.n", True),
        (
            (Operator.AT_MOST, "2026-01-31"),
            (Operator.BETWEEN, "2026-02-01", "2026-02-28"),
            "attributes.renewal",
            True,
        ),
        (
            (Operator.AT_MOST, "2026-02-01"),
            (Operator.AT_LEAST, "2026-02-01"),
            "attributes.d",
            False,
        ),
    ],
)
def test_two_conditions_of_one_fact_that_never_hold_at_once_are_known(
    one: tuple[Any, ...], other: tuple[Any, ...], field: str, apart: bool
) -> None:
    first, second = persona("P", field, *one), persona("P", field, *other)
    lists = {each.name: each.entries for each in LISTS}
    assert contradict(first, second, lists) == apart
    assert contradict(second, first, lists) == apart


@pytest.mark.parametrize(
    ("operator", "value", "is_told"),
    [
        (Operator.AT_LEAST, [2**31], True),
        (Operator.AT_LEAST, [2**31 - 1], False),
        (Operator.AT_MOST, [-5], True),
        (Operator.AT_MOST, [1], False),
        (Operator.BETWEEN, [-5, 0], True),
        (Operator.BETWEEN, [-5, 10], False),
    ],
)
def test_a_size_that_no_company_has_is_refused(
    operator: Operator, value: list[int], is_told: bool
) -> None:
    findings = list(of_row(condition("company.employees", operator, *value)))
    assert [f.text for f in findings] == [
        "No company is of such a size: they have 1 to 2,147,483,647 employees."
    ] * is_told


def test_a_fact_that_no_lead_says_is_worth_a_second_look() -> None:
    own = OwnFacts(labels={"attributes.budget": "Budget in EUR"})
    rows = [
        condition("attributes.budgett", Operator.AT_LEAST, 5),
        condition("attributes.budgett", Operator.AT_MOST, 500),
        condition("attributes.budget", Operator.AT_LEAST, 5),
        condition("company.attributes.fleet", Operator.IS_KNOWN),
        condition("job_title", Operator.IS_KNOWN),
    ]
    assert list(second_looks(contents(*rows), own)) == [
        "None of the newest leads here says “budgett” (attributes.budgett): is it spelt so? "
        "There is “Budget in EUR” (attributes.budget).",
        "None of the newest companies here says “fleet” (company.attributes.fleet): "
        "is it spelt so?",
    ]


def test_a_group_that_cuts_one_of_its_rules_says_so() -> None:
    rows = [
        fact(30, group="Role"),
        fact(5, name="Small", group="Role"),
        PointsGroup(name="Role", axis="fit", cap=6),
    ]
    assert list(second_looks(contents(*rows), OwnFacts())) == [
        "“Fact” gives 30 points at once, and its group “Role” lets 6 through: the rest of them "
        "never counts."
    ]


def test_bounds_for_different_personas_are_never_met_at_once() -> None:
    rows = [
        persona("In", "direction", Operator.EQUALS, "inbound"),
        persona("Out", "direction", Operator.EQUALS, "outbound"),
        fact(30, persona="In"),
        intent(persona="Out"),
    ]
    assert told(*rows, way(fit_at_least=30, intent_at_least=30)) == [
        (
            "intent_at_least",
            "No lead can reach all of this at once: the rules for it are for different personas.",
        )
    ]


def test_a_band_is_as_far_away_as_its_floor() -> None:
    rows = [fact(45), intent(cap=100)]
    assert told(*rows, way(intent_band="High")) == []
    assert told(*rows, way(fit_band="High")) == [
        ("fit_band", "No lead can reach a fit of 50: the rules give at most 45.")
    ]
    assert told(*rows, way(fit_band="Splendid")) == [
        ("fit_band", "The fit scale has no band “Splendid”.")
    ]


def test_a_margin_that_never_takes_anything_back_is_refused() -> None:
    rows = [fact(45), intent()]
    assert told(*rows, way(total_at_least=40), margin=39) == []
    assert told(*rows, way(total_at_least=40), margin=40) == [
        (
            "total_at_least",
            "With a demotion margin of 40 no MQL would ever be taken back: this asks for 40 points "
            "at most. Lower the margin or ask for more.",
        )
    ]
    assert told(*rows, way(total_at_least=40), way("handoff", fit_at_least=20), margin=39) == []


def test_hysteresis_is_said_in_points() -> None:
    floors = floors_of(BANDS)
    assert hysteresis([way(total_at_least=40)], floors, margin=5) == [
        "Promoted at a total of 40, taken back below 35."
    ]
    assert hysteresis([way(fit_band="High", intent_at_least=20)], floors, margin=5) == [
        "Promoted at fit 50 and intent 20, taken back below fit 45 or intent 15."
    ]
    both = [way(total_at_least=40), way(fit_at_least=30), way("handoff", fit_at_least=90)]
    assert hysteresis(both, floors, margin=0) == [
        "Promoted at a total of 40, taken back below 40.",
        "Promoted at fit 30, taken back below 30.",
        "A lead stays an MQL while any one of these ways still holds it.",
    ]


@pytest.mark.parametrize(
    ("handoff", "doubtful"),
    [
        ({"total_at_least": 65}, False),
        ({"total_at_least": 39}, True),
        ({"fit_at_least": 40}, False),
        ({"fit_band": "High"}, False),
        ({"fit_at_least": 20, "intent_at_least": 20}, False),
        ({"fit_at_least": 20, "intent_at_least": 19}, True),
    ],
)
def test_a_hand_off_rule_weaker_than_the_mql_definition_is_doubtful(
    handoff: dict[str, Any], doubtful: bool
) -> None:
    doubts = list(of_definitions(contents(way(total_at_least=40), way("handoff", **handoff))))
    assert (len(doubts) == 1) == doubtful
    if doubts:
        assert "asks for less than the MQL definition" in doubts[0]


def test_intent_that_is_gone_after_one_idle_week_is_doubtful() -> None:
    def doubts(percent: int) -> list[str]:
        return list(of_definitions(Contents({"inactivity_percent": percent})))

    assert doubts(99) == []
    assert doubts(100) == [
        "With a decay of 100 % per idle week nothing of the intent is left after one week "
        "without activity."
    ]
