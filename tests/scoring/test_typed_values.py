"""Values of conditions as people type them, and what they are told when they cannot be read."""

from typing import Any

import pytest

from scoring.engine.fields import UnknownField
from scoring.models.rules import Operator
from scoring.typed_values import BadValue, fits, read, written

JOB, SIZE, LAND, WHEN = "job_title", "company.employees", "country", "timeline"


@pytest.mark.parametrize(
    ("text", "name", "operator", "stored"),
    [
        ("head, chief , ,head", JOB, Operator.CONTAINS, ["head", "chief"]),
        ("Smith, Jones & Co", JOB, Operator.EQUALS, ["Smith, Jones & Co"]),
        ("20–1000", SIZE, Operator.BETWEEN, [20, 1000]),
        ("20 - 1000", SIZE, Operator.BETWEEN, [20, 1000]),
        ("20 to 1000", SIZE, Operator.BETWEEN, [20, 1000]),
        ("-5 – -1.5", "attributes.growth", Operator.BETWEEN, [-5, -1.5]),
        ("50", SIZE, Operator.AT_LEAST, [50]),
        ("10, 20", SIZE, Operator.IN_LIST, [10, 20]),
        ("de; Österreich\nch", LAND, Operator.NOT_IN_LIST, ["DE", "AT", "CH"]),
        ("Immediately, 1-3 months", WHEN, Operator.IN_LIST, ["immediate", "1-3 months"]),
        ("yes", "unsubscribed", Operator.EQUALS, [True]),
        ("", JOB, Operator.IS_MISSING, []),
        ("gold", "attributes.tier", Operator.EQUALS, ["gold"]),
    ],
)
def test_what_is_typed_is_stored_as_the_engine_compares_it(
    text: str, name: str, operator: Operator, stored: list[Any]
) -> None:
    assert read(text, name=name, operator=operator) == stored


@pytest.mark.parametrize(
    ("text", "name", "operator", "told"),
    [
        ("", JOB, Operator.CONTAINS, "Write what to compare with."),
        (" , ", JOB, Operator.CONTAINS, "Write what to compare with, separated by commas."),
        ("1000–20", SIZE, Operator.BETWEEN, "The range begins above its end: write 20–1000."),
        ("20", SIZE, Operator.BETWEEN, "Write a range of two numbers, such as 20–1000."),
        (
            "many",
            SIZE,
            Operator.AT_LEAST,
            "“many” is not a number: write digits only, such as 1000.",
        ),
        (
            "1,000",
            SIZE,
            Operator.AT_LEAST,
            "“1,000” is not a number: write digits only, such as 1000.",
        ),
        ("20.000", SIZE, Operator.AT_LEAST, "“20.000” could be two numbers: write 20000 or 20."),
        ("1–20.000", SIZE, Operator.BETWEEN, "“20.000” could be two numbers: write 20000 or 20."),
        (
            "20.000",
            "attributes.budget",
            Operator.AT_MOST,
            "“20.000” could be two numbers: write 20000 or 20.",
        ),
        (
            "Europe",
            LAND,
            Operator.IN_LIST,
            "“Europe” is no country that we know: write its name or its code, as Germany or DE.",
        ),
        ("perhaps", "unsubscribed", Operator.EQUALS, "Write yes or no."),
        ("x", JOB, Operator.IS_KNOWN, "Leave this empty: “is known” compares with nothing."),
        (
            "never",
            WHEN,
            Operator.EQUALS,
            "“never” is not an answer to purchase timeline. "
            "The answers are: Immediately, 1–3 months, 3–6 months, Just researching.",
        ),
    ],
)
def test_what_cannot_be_read_is_answered_with_what_to_type(
    text: str, name: str, operator: Operator, told: str
) -> None:
    with pytest.raises(BadValue) as refused:
        read(text, name=name, operator=operator)
    assert str(refused.value) == told


def test_an_unknown_fact_is_refused() -> None:
    with pytest.raises(UnknownField):
        read("x", name="shoe_size", operator=Operator.EQUALS)


@pytest.mark.parametrize(
    ("name", "operator", "sense"),
    [
        (JOB, Operator.CONTAINS, True),
        (JOB, Operator.BETWEEN, False),
        (SIZE, Operator.BETWEEN, True),
        (SIZE, Operator.CONTAINS, False),
        ("email_domain", Operator.FREE_MAILBOX, True),
        (JOB, Operator.FREE_MAILBOX, False),
        ("unsubscribed", Operator.IN_LIST, False),
        ("attributes.tier", Operator.AT_MOST, True),
    ],
)
def test_each_kind_of_fact_has_its_comparisons(name: str, operator: Operator, sense: bool) -> None:
    assert fits(name, operator) == sense


@pytest.mark.parametrize(
    ("text", "name", "operator"),
    [
        ("head, chief", JOB, Operator.CONTAINS),
        ("20–1000", SIZE, Operator.BETWEEN),
        ("Immediately", WHEN, Operator.EQUALS),
        ("no", "unsubscribed", Operator.EQUALS),
    ],
)
def test_what_is_stored_is_shown_as_it_would_be_typed(
    text: str, name: str, operator: Operator
) -> None:
    assert written(name, read(text, name=name, operator=operator), operator=operator) == text
