"""Public holidays: the days themselves, and what is refused."""

from datetime import date

import pytest

from sla.holidays import (
    UnknownCountry,
    UnknownSubdivision,
    YearOutOfRange,
    countries,
    public_holidays,
    subdivisions,
)


def test_germany_has_nine_holidays_and_bavaria_three_more_in_2026() -> None:
    germany = public_holidays("DE", None, [2026])
    assert list(germany)[:3] == [date(2026, 1, 1), date(2026, 4, 3), date(2026, 4, 6)]
    assert germany[date(2026, 10, 3)] == "German Unity Day"
    assert len(germany) == 9
    assert public_holidays("DE", "", [2026]) == germany
    more = {k: v for k, v in public_holidays("DE", "BY", [2026]).items() if k not in germany}
    assert more == {
        date(2026, 1, 6): "Epiphany",
        date(2026, 6, 4): "Corpus Christi",
        date(2026, 11, 1): "All Saints' Day",
    }


def test_days_in_lieu_are_closed_too() -> None:
    days = public_holidays("US", None, [2026])
    assert days[date(2026, 7, 3)] == "Independence Day (observed)"


def test_several_years_are_the_years_one_by_one_in_order() -> None:
    both = public_holidays("US", "NY", [2027, 2026])
    assert both == public_holidays("US", "NY", [2026]) | public_holidays("US", "NY", [2027])
    assert list(both) == sorted(both)
    assert {day.year for day in both} == {2026, 2027}


@pytest.mark.parametrize("country", ["XX", "Germany", "de", ""])
def test_an_unknown_country_is_refused(country: str) -> None:
    with pytest.raises(UnknownCountry, match=f"“{country}” is not a country"):
        public_holidays(country, None, [2026])
    with pytest.raises(UnknownCountry):
        subdivisions(country)


def test_an_unknown_region_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UnknownSubdivision, match="“ZZ” is not a region of GB: ENG, NIR, SCT, WLS"):
        public_holidays("GB", "ZZ", [2026])
    with pytest.raises(UnknownSubdivision, match="has no regions"):
        public_holidays("BS", "ZZ", [2026])


@pytest.mark.parametrize("year", [1990, 2101])
def test_a_year_that_the_library_does_not_know_is_refused_not_empty(year: int) -> None:
    with pytest.raises(YearOutOfRange, match=f"from 1991 to 2100: {year}"):
        public_holidays("DE", None, [2026, year])


def test_every_country_on_the_form_has_a_name_and_holidays_in_english() -> None:
    named = dict(countries())
    assert named["GB"] == "United Kingdom"
    assert named["CD"] == "DR Congo"
    assert named["IM"] == "Isle of Man"
    assert len(named) == len(countries()) > 200
    assert [name for _, name in countries()] == sorted(named.values())
    for code in named:
        public_holidays(code, None, [2026])


def test_the_regions_of_a_country_have_names() -> None:
    assert dict(subdivisions("DE"))["BY"] == "Bayern"
    assert subdivisions("BS") == ()
