"""Public holidays by country and region, from the `holidays` library: days to fill a calendar with.

The days are read once and kept with the calendar, so that an update of the library moves no
promise that is running.
"""

import re
from collections.abc import Iterable
from datetime import date
from functools import cache

import holidays as library
from holidays.registry import COUNTRIES

from sla.opening_hours import CalendarError

_SMALL_WORDS = {"And", "Of", "The", "Da"}
_NAMED_BADLY = {
    "DRCongo": "DR Congo",
    "GuineaBissau": "Guinea-Bissau",
    "HeardIslandAndMcDonaldIslands": "Heard Island and McDonald Islands",
    "TimorLeste": "Timor-Leste",
}


class UnknownCountry(CalendarError):
    """No such country code."""


class UnknownSubdivision(CalendarError):
    """The country has no such region."""


class YearOutOfRange(CalendarError):
    """The library knows nothing of that year; it would have called every day a working day."""


def public_holidays(country: str, subdivision: str | None, years: Iterable[int]) -> dict[date, str]:
    """The public holidays of the years: date → English name, in order of date.

    `country` is a code of two letters ("DE"), `subdivision` a code of `subdivisions` ("BY") or
    None (or empty) for the days of the whole country alone. Days given in lieu are included.
    Raises UnknownCountry, UnknownSubdivision, YearOutOfRange.
    """
    if country not in _codes():
        raise UnknownCountry(f"“{country}” is not a country that we know holidays of; try DE or US")
    if subdivision and subdivision not in _codes()[country]:
        known = ", ".join(_codes()[country]) or "it has no regions with days of their own"
        raise UnknownSubdivision(f"“{subdivision}” is not a region of {country}: {known}")
    wanted = sorted(set(years))
    known_years = library.country_holidays(country)
    first, last = known_years.start_year, known_years.end_year
    for year in wanted:
        if not first <= year <= last:
            raise YearOutOfRange(f"Holidays of {country} are known from {first} to {last}: {year}")
    found = library.country_holidays(
        country, subdiv=subdivision or None, years=wanted, language=_english(country)
    )
    return dict(sorted(found.items()))


def known_years(country: str) -> range:
    """The years for which the library knows the holidays of a country; raises UnknownCountry."""
    if country not in _codes():
        raise UnknownCountry(f"“{country}” is not a country that we know holidays of; try DE or US")
    known = library.country_holidays(country)
    return range(known.start_year, known.end_year + 1)


@cache
def countries() -> tuple[tuple[str, str], ...]:
    """(code, English name) of every country, by name: the choices of a form."""
    named = [(row[1], _spelled(row[0])) for row in COUNTRIES.values() if row[1] in _codes()]
    return tuple(sorted(named, key=lambda pair: pair[1]))


def subdivisions(country: str) -> tuple[tuple[str, str], ...]:
    """(code, name) of the regions of a country that the library tells apart, by name.

    Empty for a country without such regions. Raises UnknownCountry.
    """
    if country not in _codes():
        raise UnknownCountry(f"“{country}” is not a country that we know holidays of; try DE or US")
    names = library.country_holidays(country).get_subdivision_aliases()
    named = [(code, next(iter(names.get(code, [])), code)) for code in _codes()[country]]
    return tuple(sorted(named, key=lambda pair: pair[1]))


@cache
def _codes() -> dict[str, list[str]]:
    return library.list_supported_countries(include_aliases=False)


def _english(country: str) -> str | None:
    """The library's English for the country; None where its one language is English already."""
    spoken = library.list_localized_countries(include_aliases=False).get(country, [])
    return next((code for code in ("en_GB", "en_US") if code in spoken), None)


def _spelled(name: str) -> str:
    """ "IsleOfMan" as people write it."""
    words = re.findall(r"[A-Z][a-z]+", name)
    spelled = " ".join(w.lower() if w in _SMALL_WORDS else w for w in words)
    return _NAMED_BADLY.get(name, spelled)
