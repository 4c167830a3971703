"""One cell into one value."""

from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handoff.imports.cells import BadCell, value_of
from handoff.imports.maps import FieldMap, ImportMap
from handoff.imports.targets import target_of
from tests.handoff.import_files import NOW

EVENING = datetime(2018, 2, 26, 19, 58)  # noqa: DTZ001 - as a spreadsheet has it


def value(
    cell: Any, target: str = "moments.won", *, whole: dict[str, Any] | None = None, **one: Any
) -> Any:
    found = target_of(target)
    assert found
    import_map = ImportMap({}, **(whole or {}))
    return value_of(cell, target=found, one=FieldMap("c", **one), whole=import_map, now=NOW)


def why_not(cell: Any, target: str, **options: Any) -> str:
    with pytest.raises(BadCell) as problem:
        value(cell, target, **options)
    return str(problem.value)


@pytest.mark.parametrize(
    ("cell", "moment"),
    [
        ("2018-02-26", datetime(2018, 2, 26, tzinfo=UTC)),
        ("2018-02-26 19:58:54", datetime(2018, 2, 26, 19, 58, 54, tzinfo=UTC)),
        ("2018-02-26T19:58:54-03:00", datetime(2018, 2, 26, 22, 58, 54, tzinfo=UTC)),
        (" 2018-02-26T19:58Z ", datetime(2018, 2, 26, 19, 58, tzinfo=UTC)),
        (EVENING, EVENING.replace(tzinfo=UTC)),
        (date(2018, 2, 26), datetime(2018, 2, 26, tzinfo=UTC)),
        ("", None),
        (None, None),
    ],
)
def test_a_moment_without_a_time_is_midnight_in_utc(cell: Any, moment: datetime | None) -> None:
    assert value(cell) == moment


def test_a_zone_of_the_map_holds_where_the_cell_has_none() -> None:
    sao_paulo = {"zone": "America/Sao_Paulo"}
    assert value("2018-02-26", whole=sao_paulo) == datetime(2018, 2, 26, 3, tzinfo=UTC)
    assert value(date(2018, 2, 26), whole=sao_paulo) == datetime(2018, 2, 26, 3, tzinfo=UTC)
    assert value("2018-02-26T00:00Z", whole=sao_paulo) == datetime(2018, 2, 26, tzinfo=UTC)
    assert value("2018-02-26", whole=sao_paulo, zone="UTC") == datetime(2018, 2, 26, tzinfo=UTC)


def test_summer_time_counts() -> None:
    berlin = {"zone": "Europe/Berlin"}
    assert value("2025-07-01 12:00", whole=berlin) == datetime(2025, 7, 1, 10, tzinfo=UTC)
    assert value("2025-12-01 12:00", whole=berlin) == datetime(2025, 12, 1, 11, tzinfo=UTC)


def test_formats_are_tried_in_their_order() -> None:
    formats = ("%d.%m.%Y %H:%M", "%d.%m.%Y")
    assert value("26.02.2018 19:58", date_formats=formats) == datetime(
        2018, 2, 26, 19, 58, tzinfo=UTC
    )
    assert value("26.02.2018", date_formats=formats) == datetime(2018, 2, 26, tzinfo=UTC)
    assert why_not("2018-02-26", "moments.won", date_formats=formats) == (
        "“2018-02-26” is not %d.%m.%Y %H:%M or %d.%m.%Y"
    )


@pytest.mark.parametrize(
    ("cell", "why"),
    [
        ("26.02.2018", "is not a date such as 2018-02-26"),
        ("20180226", "is not a date such as 2018-02-26"),
        ("2018-02-30", "is not a date such as 2018-02-26"),
        ("soon", "“soon” is not a date"),
        ("2026-03-03", "lies in the future"),
        ("0018-02-26", "lies before 1970"),
        ("0001-01-01T00:00+14:00", "is no plausible date"),
        (43157, "format the column as a date"),
        (time(12), "format the column as a date"),
        ("#REF!", "the cell shows the Excel error #REF!"),
    ],
)
def test_what_is_no_moment_is_refused_in_words(cell: Any, why: str) -> None:
    assert why in why_not(cell, "moments.won")


@pytest.mark.parametrize(
    ("cell", "decimal", "amount"),
    [
        ("1234.5", ".", "1234.50"),
        ("1,234.50", ".", "1234.50"),
        ("1.234,50", ",", "1234.50"),
        ("€ 1 234,50", ",", "1234.50"),
        ("USD 99", ".", "99.00"),
        ("99 EUR", ".", "99.00"),
        ("1'000", ".", "1000.00"),
        ("1’234’567.5", ".", "1234567.50"),
        ("1.234.567", ",", "1234567.00"),
        ("54,000.00", ".", "54000.00"),
        ("0.125", ".", "0.12"),
        (1234.5, ".", "1234.50"),
        (1234.5, ",", "1234.50"),
        (7, ",", "7.00"),
    ],
)
def test_amounts_are_read_as_people_write_them(cell: Any, decimal: str, amount: str) -> None:
    found = value(cell, "opportunity.amount", whole={"decimal": decimal})
    assert found == Decimal(amount)


@pytest.mark.parametrize("cell", ["-5", "0", "nan", "Infinity", "1e400", "12 apples", "9" * 20])
def test_what_is_no_amount_is_refused(cell: str) -> None:
    assert "is no " in why_not(cell, "opportunity.amount")


@pytest.mark.parametrize(
    ("cell", "decimal", "why"),
    [
        ("54.000,00", ".", "“54.000,00” is no number with a decimal point, such as 1,234.50"),
        ("12.5", ",", "“12.5” is no number with a decimal comma, such as 1.234,50"),
        ("1,00,000", ".", "“1,00,000” is no number with a decimal point, such as 1,234.50"),
        ("1.234 567", ",", "“1.234 567” is no number with a decimal comma, such as 1.234,50"),
        ("1 2", ".", "“1 2” is no number with a decimal point, such as 1,234.50"),
        ("1,234,", ".", "“1,234,” is no number with a decimal point, such as 1,234.50"),
        ("$", ".", "“$” is no number"),
        (".", ".", "“.” is no number"),
        (
            "€ 54.000",
            ".",
            "“€ 54.000” is 54 with a decimal point, such as 1,234.50; if thousands are meant, "
            "the map’s decimal is the other one",
        ),
    ],
)
def test_a_number_written_otherwise_than_the_map_says_is_refused(
    cell: str, decimal: str, why: str
) -> None:
    assert why_not(cell, "opportunity.amount", whole={"decimal": decimal}) == why


def test_a_thousand_employees_are_never_taken_for_one() -> None:
    assert value("1,000", "company.employees") == 1000
    assert value("1.000", "company.employees", whole={"decimal": ","}) == 1000
    assert value("250.0", "company.employees") == 250  # as programs export whole numbers
    assert why_not("1,000", "company.employees", whole={"decimal": ","}) == (
        "“1,000” is 1 with a decimal comma, such as 1.234,50; if thousands are meant, the map’s "
        "decimal is the other one"
    )


def test_other_numbers_have_as_many_decimals_as_they_like() -> None:
    assert value("12.125", "attributes.size", type="number") == 12.125
    assert value("1.5e3", "attributes.size", type="number") == 1500
    assert "decimal comma" in why_not(
        "12.125,", "attributes.size", type="number", whole={"decimal": ","}
    )


@settings(deadline=None)
@given(st.decimals(min_value="0.01", max_value="99999999", places=2), st.sampled_from(".,"))
def test_any_amount_survives_its_own_way_of_writing(amount: Decimal, decimal: str) -> None:
    point = f"{amount:,.2f}"
    swapped = point.translate(str.maketrans(",.", ".,"))
    text = point if decimal == "." else swapped
    assert value(text, "opportunity.amount", whole={"decimal": decimal}) == amount


def test_numbers_become_the_text_that_a_spreadsheet_shows() -> None:
    assert value(12345.0, "lead.external_id") == "12345"
    assert value(12345, "lead.external_id") == "12345"
    assert value("  007 ", "lead.external_id") == "007"


def test_an_attribute_has_the_type_that_the_map_names() -> None:
    assert value("1,5", "attributes.size", type="number", whole={"decimal": ","}) == 1.5
    assert value("100.0", "attributes.size", type="number") == 100
    assert value("True", "attributes.has", type="boolean") is True
    assert value("no", "attributes.has", type="boolean") is False
    assert value("100.0", "attributes.size") == "100.0"
    assert value("maybe", "attributes.has", type="text") == "maybe"
    assert "neither yes nor no" in why_not("maybe", "attributes.has", type="boolean")
    assert "is no number" in why_not("many", "attributes.size", type="number")


def test_an_attribute_without_a_type_stays_what_a_spreadsheet_holds() -> None:
    assert value(3, "attributes.size", whole={"decimal": ","}) == 3
    assert value(1.5, "attributes.size", whole={"decimal": ","}) == 1.5
    assert value(True, "attributes.has") is True


def test_unknown_cells_say_nothing_and_values_are_rewritten() -> None:
    assert value("0.0", "attributes.revenue", type="number", unknown=("0.0",)) is None
    assert value("fb", "lead.source", values={"fb": "facebook"}) == "facebook"
    assert value("", "lead.source", constant="fair") == "fair"
    assert value("n/a", "lead.source", unknown=("n/a",), constant="fair") == "fair"
    assert value("web", "lead.source", constant="fair") == "web"


@pytest.mark.parametrize(
    ("cell", "target", "why"),
    [
        ("anna(at)acme", "lead.email", "“anna(at)acme” is no e-mail address"),
        ("Europe", "lead.country", "its code, as Germany or DE; the map’s values can say what is"),
        ("XX", "lead.country", "“XX” is no country that we know"),
        ("tomorrow", "lead.timeline", "is none of: immediate"),
        ("12-50", "company.employees", "is no number"),
        ("0", "company.employees", "is no whole number of at least 1"),
        ("x" * 81, "lead.first_name", "has 81 characters; 80 fit"),
        ("x" * 20_001, "lead.first_name", "perhaps a quote opens here and never closes"),
        ("a\x00b", "lead.first_name", "NUL character"),
    ],
)
def test_what_does_not_fit_is_refused_in_words(cell: str, target: str, why: str) -> None:
    assert why in why_not(cell, target)


def test_a_timeline_may_be_the_code_or_what_the_screen_shows() -> None:
    for text in ("1-3 months", "1–3 months", "1–3 MONTHS"):
        assert value(text, "lead.timeline") == "1-3 months"
    assert value("Immediately", "lead.timeline") == "immediate"


@pytest.mark.parametrize("text", ["de", "Germany", "Deutschland", "ALLEMAGNE"])
def test_a_country_may_be_its_code_or_its_name(text: str) -> None:
    assert value(text, "lead.country") == "DE"
