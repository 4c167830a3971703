"""Countries, wherever somebody names one: by code or by name, stored as the code of two letters.

Names are those of Unicode's CLDR, from Babel, in the languages that our users' files are in.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from typing import Final

from babel import Locale
from babel.core import get_global

LANGUAGES: Final = ("en", "de", "fr", "es", "pt", "it", "nl", "pl")

# What CLDR names beside the countries of ISO 3166 and Kosovo: islands, unions, codes for tests.
_NO_COUNTRY: Final = frozenset("AC CP CQ DG EA EU EZ IC QO TA UN XA XB ZZ".split())  # noqa: SIM905

# What people and CRMs write, and Babel leaves out of CLDR. A name of two countries is refused.
_ALSO: Final[dict[str, tuple[str, ...]]] = {
    "AE": ("UAE", "Emirates"),
    "BN": ("Brunei Darussalam",),
    "BO": ("Bolivia, Plurinational State of",),
    "CD": ("Congo", "DR Congo", "DRC", "Democratic Republic of the Congo"),
    "CG": ("Congo", "Republic of the Congo"),
    "CI": ("Ivory Coast",),
    "CN": ("People’s Republic of China", "PR China"),
    "CV": ("Cabo Verde",),
    "CZ": ("Czech Republic", "Tschechische Republik", "República Checa"),
    "DE": ("Bundesrepublik Deutschland", "Federal Republic of Germany"),
    "FM": ("Micronesia, Federated States of",),
    "GB": (
        *("Great Britain", "Britain", "Großbritannien", "England", "Scotland", "Wales"),
        *("UK", "Northern Ireland", "Grande-Bretagne", "Gran Bretaña", "Gran Bretagna"),
        *("United Kingdom of Great Britain and Northern Ireland", "Inglaterra"),
    ),
    "GR": ("EL",),  # the European Union's
    "HK": ("Hong Kong", "Hongkong"),
    "IR": ("Iran, Islamic Republic of",),
    "KP": ("Korea", "Korea, Democratic People’s Republic of"),
    "KR": ("Korea", "Republic of Korea", "Korea, Republic of"),
    "LA": ("Lao PDR", "Lao People’s Democratic Republic"),
    "MD": ("Moldova, Republic of", "Republic of Moldova"),
    "MK": ("Macedonia",),
    "MM": ("Burma",),
    "MO": ("Macao", "Macau"),
    "NL": ("Holland", "Holanda"),
    "PS": ("Palestine", "State of Palestine"),
    "RU": ("Russian Federation",),
    "SY": ("Syrian Arab Republic",),
    "SZ": ("Swaziland",),
    "TL": ("East Timor",),
    "TR": ("Turkey",),
    "TW": ("Taiwan, Province of China",),
    "TZ": ("Tanzania, United Republic of",),
    "US": (
        *("United States of America", "U.S.", "Vereinigte Staaten von Amerika"),
        *("États-Unis d’Amérique", "Estados Unidos de América", "Estados Unidos da América"),
        *("Stati Uniti d’America", "EE. UU.", "EEUU", "EUA", "Stany Zjednoczone Ameryki"),
    ),
    "VA": ("Vatican", "Holy See"),
    "VE": ("Venezuela, Bolivarian Republic of",),
    "VG": ("Virgin Islands", "Virgin Islands, British"),
    "VI": ("Virgin Islands", "Virgin Islands, U.S."),
    "VN": ("Viet Nam",),
}
_UMLAUTS: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"})
_SAME: Final = {"and": "", "the": "", "saint": "st"}


class UnknownCountry(ValueError):
    """The text names no country, or several; says so, and what to write."""


def country_code(text: str) -> str:
    """The code in capitals, from a code of two or three letters or a name, in any case.

    Accents, dots and hyphens make no difference. Raises UnknownCountry.
    """
    code = text.strip().upper() if text.isascii() else ""  # ß would be SS, South Sudan
    if code in _english():
        return code
    meant = _by_name().get(_folded(text), frozenset())
    if len(meant) == 1:
        return next(iter(meant))
    shown = text if len(text) <= 80 else f"{text[:79]}…"
    if meant:
        names = " or ".join(sorted(country_name(each) for each in meant))
        raise UnknownCountry(f"“{shown}” may be {names}: write which.")
    raise UnknownCountry(
        f"“{shown}” is no country that we know: write its name or its code, as Germany or DE."
    )


def country_name(code: str) -> str:
    """The English name; what is no code stays as it is."""
    return _english().get(code, code)


@cache
def _english() -> dict[str, str]:
    """The English name by code: what there is at all."""
    names = Locale("en").territories
    return {c: str(n) for c, n in names.items() if len(c) == 2 and c not in _NO_COUNTRY}


@cache
def _by_name() -> dict[str, frozenset[str]]:
    """The codes that a folded name, or a code of three letters, may mean."""
    found = defaultdict[str, set[str]](set)
    for code, name in _names():
        for spelled in (name, name.translate(_UMLAUTS), re.sub(r"\(.*?\)", "", name)):
            found[_folded(spelled)].add(code)
    for code, meant in get_global("territory_aliases").items():
        # Outdated codes of two letters are left out: CT and NH are rather states of America.
        if len(code) == 3 and len(meant) == 1 and meant[0] in _english():
            found[code.lower()].add(meant[0])
    found |= {_folded(name): {code} for code, name in _english().items()}  # what we write is meant
    return {name: frozenset(codes) for name, codes in found.items() if name}


def _names() -> Iterator[tuple[str, str]]:
    for language in LANGUAGES:
        names = Locale(language).territories
        yield from ((code, str(names[code])) for code in _english() if code in names)
    yield from ((code, name) for code, names in _ALSO.items() for name in names)


def _folded(text: str) -> str:
    """“St. Kitts & Nevis” and “SAINT KITTS AND NEVIS” are the same."""
    text = unicodedata.normalize("NFKD", text.casefold().replace("ł", "l").replace(".", ""))
    plain = "".join(c for c in text if not unicodedata.combining(c))
    words = re.findall(r"\w+", plain)
    return " ".join(filter(None, (_SAME.get(word, word) for word in words)))
