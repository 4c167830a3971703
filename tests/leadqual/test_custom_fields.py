"""Typed facts of a workspace's own: what is taken, what is stored, how it reads."""

from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Workspace
from leadqual import stored_facts
from leadqual.custom_fields import (
    BadFact,
    Kind,
    by_key,
    checked,
    custom_fields,
    fits,
    in_words,
    labels,
    read,
    written,
)
from leadqual.models import Company, CustomField, Lead
from leadqual.stored_facts import stored_values
from tests.builders import make_custom_field, make_lead, make_workspace

PLANS = ["Free", "Team 10", "Ünternehmen"]


def field(kind: Kind) -> CustomField:
    return CustomField(key="fact", label="Fact", kind=kind, choices=PLANS * (kind == Kind.CHOICE))


@pytest.mark.parametrize(
    ("kind", "raw", "stored"),
    [
        (Kind.TEXT, "  as said ", "as said"),
        (Kind.TEXT, 4711, "4711"),
        (Kind.NUMBER, "12500", 12500),
        (Kind.NUMBER, " 12.50 ", 12.5),
        (Kind.NUMBER, -3, -3),
        (Kind.NUMBER, 0.1 + 0.2, 0.3),
        (Kind.NUMBER, "0.33333333333333333333", 0.3333333333),
        (Kind.NUMBER, "999999999999998.9375", 999_999_999_999_999),
        (Kind.NUMBER, 3.0, 3),
        (Kind.NUMBER, "999999999999999", 999_999_999_999_999),
        (Kind.CHOICE, "fREE", "Free"),
        (Kind.CHOICE, "ünternehmen", "Ünternehmen"),
        (Kind.BOOL, True, True),
        (Kind.BOOL, "Yes", True),
        (Kind.BOOL, "n", False),
        (Kind.BOOL, 0, False),
        (Kind.COUNTRY, "de", "DE"),
        (Kind.COUNTRY, "Allemagne", "DE"),
        (Kind.DATE, " 2026-12-31 ", "2026-12-31"),
        (Kind.DATE, "2028-02-29", "2028-02-29"),
    ],
)
def test_a_value_is_stored_as_its_type(kind: Kind, raw: Any, stored: Any) -> None:
    value = read(field(kind), raw)
    assert (value, type(value)) == (stored, type(stored))


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("raw", ["", "  ", None])
def test_blank_withdraws_a_fact(kind: Kind, raw: str | None) -> None:
    assert read(field(kind), raw) is None


@pytest.mark.parametrize(
    ("kind", "raw", "why"),
    [
        (Kind.TEXT, True, "“true” is no text."),
        (Kind.TEXT, "x" * 1001, "This has 1,001 characters; 1,000 fit."),
        (Kind.TEXT, "a\0b", "This text holds a character that cannot be stored."),
        (Kind.NUMBER, "12k", "“12k” is no number: write digits only, such as 1250 or 12.5."),
        (Kind.NUMBER, "1,250", "“1,250” is no number: write digits only, such as 1250 or 12.5."),
        (Kind.NUMBER, "20.000", "“20.000” could be two numbers: write 20000 or 20."),
        (Kind.NUMBER, " -7.125 ", "“-7.125” could be two numbers: write -7125 or -7.1250."),
        (
            Kind.NUMBER,
            "54.000,00",
            "“54.000,00” is no number: write digits only, such as 1250 or 12.5.",
        ),
        (Kind.NUMBER, "٣", "“٣” is no number: write digits only, such as 1250 or 12.5."),
        (Kind.NUMBER, True, "“true” is no number: write digits only, such as 1250 or 12.5."),
        (
            Kind.NUMBER,
            10**15,
            "“1000000000000000” has too many digits: 15 fit before the point.",
        ),
        (
            Kind.NUMBER,
            "999999999999999.9",
            "“999999999999999.9” has too many digits: 15 fit before the point.",
        ),
        (
            Kind.NUMBER,
            "9" * 5000,
            f"“{'9' * 79}…” has too many digits: 15 fit before the point.",
        ),
        (Kind.NUMBER, float("nan"), "“NaN” is no number: write digits only, such as 1250 or 12.5."),
        (Kind.CHOICE, "Pro", "“Pro” is none of the choices: Free, Team 10, Ünternehmen."),
        (Kind.BOOL, "maybe", "“maybe” is neither yes nor no."),
        (Kind.BOOL, 2, "“2” is neither yes nor no."),
        (
            Kind.COUNTRY,
            "Europe",
            "“Europe” is no country that we know: write its name or its code, as Germany or DE.",
        ),
        (
            Kind.COUNTRY,
            "XX",
            "“XX” is no country that we know: write its name or its code, as Germany or DE.",
        ),
        (
            Kind.COUNTRY,
            "ß",
            "“ß” is no country that we know: write its name or its code, as Germany or DE.",
        ),
        *(
            (Kind.DATE, raw, f"“{raw}” is no date: write year, month and day, as 2026-12-31.")
            for raw in (
                "31.12.2026",
                "2026-02-29",
                "20261231",
                "2026-12-31T10:00",
                20261231,
                "٢٠٢٦-12-31",
            )
        ),
        (Kind.DATE, "0206-12-31", "“0206-12-31” does not lie within 1900 and 2199."),
        (Kind.NUMBER, [1], "Write one value here, not a list or an object."),
        (Kind.TEXT, {"a": 1}, "Write one value here, not a list or an object."),
    ],
)
def test_what_does_not_fit_is_refused_in_words(kind: Kind, raw: Any, why: str) -> None:
    with pytest.raises(BadFact) as refused:
        read(field(kind), raw)
    assert str(refused.value) == why


_TEXTS = st.text("aB1 .,-+ßİ€中\u200f\t\n'\"“=%", max_size=60)
_RAW = {
    Kind.TEXT: _TEXTS,
    Kind.NUMBER: st.one_of(
        st.integers(-(10**15) + 1, 10**15 - 1),
        st.decimals(1 - 10**15, 10**15 - 1, places=12).map(lambda number: format(number, "f")),
        st.floats(1 - 1e15, 1e15 - 1),
    ),
    Kind.CHOICE: st.sampled_from([*PLANS, *map(str.upper, PLANS)]),
    Kind.BOOL: st.sampled_from([True, False, "yes", "NO", 1, "0"]),
    Kind.COUNTRY: st.sampled_from(["DE", "de", "Za", "aD", "GB"]),
    Kind.DATE: st.dates(date(1900, 1, 1), date(2199, 12, 31)).map(str),
}


@given(st.sampled_from(list(Kind)).flatmap(lambda k: st.tuples(st.just(k), _RAW[k])))
def test_what_is_written_reads_back_as_it_is_stored(case: tuple[Kind, Any]) -> None:
    kind, raw = case
    asked = field(kind)
    value = read(asked, raw)
    again = read(asked, written(asked, value))
    assert (again, type(again)) == (value, type(value))
    assert fits(asked, value)


@pytest.mark.parametrize(
    ("raw", "stored"),
    [("0.125", 0.125), ("1234.500", 1234.5), ("7.1250", 7.125), (20.0, 20), (7.125, 7.125)],
)
def test_a_point_before_three_digits_is_read_where_it_parts_no_thousands(
    raw: Any, stored: float
) -> None:
    assert read(field(Kind.NUMBER), raw) == stored


def test_a_number_that_could_be_misread_is_written_with_one_more_digit() -> None:
    assert written(field(Kind.NUMBER), 7.125) == "7.1250"
    assert written(field(Kind.NUMBER), 7.25) == "7.25"


@pytest.mark.parametrize(
    ("kind", "stored", "shown"),
    [
        (Kind.TEXT, "as said", "as said"),
        (Kind.NUMBER, 12500, "12,500"),
        (Kind.NUMBER, 1234.5, "1,234.5"),
        (Kind.NUMBER, -0.5, "-0.5"),
        (Kind.NUMBER, 1e-7, "0.0000001"),
        (Kind.NUMBER, "12500", "12,500"),
        (Kind.NUMBER, "about ten", "about ten"),
        (Kind.BOOL, True, "Yes"),
        (Kind.BOOL, False, "No"),
        (Kind.BOOL, "yes", "yes"),  # rules see the text
        (Kind.CHOICE, "free", "Free"),
        (Kind.COUNTRY, "DE", "Germany"),
        (Kind.DATE, "2026-12-01", "1 Dec 2026"),
        (Kind.DATE, "soon", "soon"),
        (Kind.COUNTRY, "", ""),
        (Kind.COUNTRY, None, ""),
    ],
)
def test_a_fact_reads_as_people_say_it(kind: Kind, stored: Any, shown: str) -> None:
    assert in_words(field(kind), stored) == shown


@pytest.mark.parametrize(
    ("kind", "stored", "fitting"),
    [
        (Kind.DATE, "2026-12-31", True),
        (Kind.DATE, "2026-02-31", False),
        (Kind.NUMBER, "12.50", True),  # rules count with digits in a text
        (Kind.NUMBER, "12k", False),
        (Kind.CHOICE, "FREE", True),  # rules compare without case
        (Kind.CHOICE, "Pro", False),
        (Kind.BOOL, "yes", False),  # a rule asks for true
        (Kind.BOOL, "True", True),
        (Kind.COUNTRY, "de", True),
        (Kind.TEXT, 4711, True),
        (Kind.TEXT, False, False),
        (Kind.TEXT, ["a"], False),
    ],
)
def test_a_stored_value_fits_as_rules_would_compare_it(
    kind: Kind, stored: Any, fitting: bool
) -> None:
    assert fits(field(kind), stored) == fitting


@pytest.mark.django_db
def test_only_fields_in_use_are_asked_for_in_their_order(workspace: Workspace) -> None:
    fleet = make_custom_field(workspace, key="fleet", label="Fleet", of="company", position=2)
    budget = make_custom_field(workspace, key="budget", label="Budget", position=1)
    make_custom_field(workspace, key="old", is_active=False)
    assert custom_fields(workspace) == [budget, fleet]
    assert custom_fields(workspace, "company") == [fleet]
    assert by_key(workspace, "lead") == {"budget": budget}
    assert labels(workspace) == {
        "attributes.budget": "Budget",
        "company.attributes.fleet": "company’s Fleet",
    }


@pytest.mark.django_db
def test_fields_are_fetched_once_for_a_workspace(
    workspace: Workspace, django_assert_num_queries: Any
) -> None:
    make_custom_field(workspace, key="budget")
    with django_assert_num_queries(1):
        assert len(custom_fields(workspace)) == 1
        assert len(custom_fields(workspace, "lead")) == 1


@pytest.mark.django_db
def test_facts_without_a_type_are_taken_as_they_are(workspace: Workspace) -> None:
    make_custom_field(workspace, key="budget", kind=Kind.NUMBER)
    make_custom_field(workspace, key="fleet", kind=Kind.NUMBER, of="company")
    said = {"budget": "12k", "fleet": "12k", "loose": "12k"}
    good, faults = checked(workspace, "lead", said)
    assert good == {"fleet": "12k", "loose": "12k"}
    assert faults == {"budget": "“12k” is no number: write digits only, such as 1250 or 12.5."}


@pytest.mark.django_db
@pytest.mark.parametrize(
    "fault",
    [
        {"kind": Kind.CHOICE, "choices": []},
        {"kind": Kind.NUMBER, "choices": ["1"]},
        {"key": "taken"},
        {"label": "Taken"},
    ],
)
def test_the_database_holds_fields_together(workspace: Workspace, fault: dict[str, Any]) -> None:
    make_custom_field(workspace, key="taken", label="Taken")
    with pytest.raises(IntegrityError):
        make_custom_field(workspace, **fault)


@pytest.mark.django_db
def test_known_values_are_counted_with_what_does_not_fit(workspace: Workspace) -> None:
    budget = make_custom_field(workspace, key="budget", label="Budget", kind=Kind.NUMBER)
    assert stored_values(budget).words == "Not known of any lead yet."
    for value in ("12k", "12k", "a lot", 4, "5", "", None):
        make_lead(workspace, attributes={"budget": value})
    make_lead(workspace, attributes={"other": "12k"})
    make_lead(make_workspace(), attributes={"budget": "theirs"})
    stored = stored_values(budget)
    assert (stored.known, stored.misfits, stored.examples) == (5, 3, ("12k", "a lot"))
    assert stored.words == (
        "Known of 5 leads; 3 of them say what does not fit: “12k”, “a lot”. That stays as it "
        "is, marked “does not fit”, until somebody corrects it. Rules compare what is stored."
    )
    Lead.objects.filter(attributes__budget="12k").update(attributes={})
    assert stored_values(budget).words.startswith("Known of 3 leads; 1 of them says what does not")
    Lead.objects.exclude(attributes__budget=4).update(attributes={})
    assert stored_values(budget).words == "Known of 1 lead; every value fits."


@pytest.mark.django_db
def test_of_many_misfits_the_most_frequent_are_shown(workspace: Workspace) -> None:
    fleet = make_custom_field(workspace, key="fleet-2", of="company", kind=Kind.NUMBER)
    for value in ["many"] * 2 + list("abcdef"):
        Company.objects.create(workspace=workspace, name="C", attributes={"fleet-2": value})
    stored = stored_values(fleet)
    assert (stored.known, stored.misfits, stored.has_more) == (8, 8, True)
    assert stored.examples == ("many", "a", "b", "c", "d")
    assert stored.words.startswith(
        "Known of 8 companies; all of them say what does not fit: “many”,"
    )


@pytest.mark.django_db
def test_of_very_many_values_it_is_said_what_they_are_at_least(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    budget = make_custom_field(workspace, key="budget", label="Budget", kind=Kind.NUMBER)
    for value in (4, 4, 4, 5, 5, "12k"):
        make_lead(workspace, attributes={"budget": value})
    monkeypatch.setattr(stored_facts, "MOST_VALUES", 2)
    assert stored_values(budget).words == (
        "Known of at least 5 leads; every value of the 2 most frequent fits."
    )
    Lead.objects.filter(attributes__budget=4).update(attributes={"budget": "a lot"})
    assert stored_values(budget).words.startswith(
        "Known of at least 5 leads; at least 3 of them say what does not fit: “a lot”."
    )
    monkeypatch.setattr(stored_facts, "MOST_VALUES", 3)
    assert stored_values(budget).words.startswith("Known of 6 leads; 4 of them say")


@pytest.mark.django_db
def test_too_many_to_count_are_said_in_words(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    fleet = make_custom_field(workspace, key="fleet", of="company", kind=Kind.NUMBER)
    Company.objects.bulk_create(
        Company(workspace=workspace, name=f"C {n}", attributes={"fleet": n}) for n in range(5000)
    )
    monkeypatch.setattr(stored_facts, "SECONDS", 0.001)
    assert stored_values(fleet).words == (
        "There are too many companies to count at once what they say."
    )
