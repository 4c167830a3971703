"""Countries as people write them: by code or by name, in the languages of their files."""

import pytest
from babel import Locale

from leadqual.countries import LANGUAGES, UnknownCountry, country_code, country_name


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("DE", "DE"),
        (" de ", "DE"),
        ("DEU", "DE"),
        ("Germany", "DE"),
        ("DEUTSCHLAND", "DE"),
        ("Allemagne", "DE"),
        ("Alemania", "DE"),
        ("Alemanha", "DE"),
        ("Germania", "DE"),
        ("Duitsland", "DE"),
        ("Niemcy", "DE"),
        ("United States", "US"),
        ("United States of America", "US"),
        ("the United States", "US"),
        ("USA", "US"),
        ("U.S.A.", "US"),
        ("U.S.", "US"),
        ("États-Unis", "US"),
        ("EE. UU.", "US"),
        ("UK", "GB"),
        ("U.K.", "GB"),
        ("England", "GB"),
        ("Großbritannien", "GB"),
        ("GROSSBRITANNIEN", "GB"),
        ("Brasil", "BR"),
        ("Österreich", "AT"),
        ("Oesterreich", "AT"),
        ("Osterreich", "AT"),
        ("Slowacja", "SK"),
        ("Słowacja", "SK"),
        ("Türkiye", "TR"),
        ("Turkey", "TR"),
        ("Czech Republic", "CZ"),
        ("Bosnia and Herzegovina", "BA"),
        ("Saint Lucia", "LC"),
        ("Cote d'Ivoire", "CI"),
        ("South Korea", "KR"),
        ("Korea, Republic of", "KR"),
        ("Myanmar", "MM"),
        ("Kosovo", "XK"),
        ("EL", "GR"),
        ("CA", "CA"),  # also a state; in a column of countries it is Canada
    ],
)
def test_a_country_is_known_by_code_and_by_name(text: str, code: str) -> None:
    assert country_code(text) == code


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (
            "Atlantis",
            "“Atlantis” is no country that we know: write its name or its code, as Germany or DE.",
        ),
        ("XX", "“XX” is no country that we know: write its name or its code, as Germany or DE."),
        ("EU", "“EU” is no country that we know: write its name or its code, as Germany or DE."),
        ("CT", "“CT” is no country that we know: write its name or its code, as Germany or DE."),
        ("ß", "“ß” is no country that we know: write its name or its code, as Germany or DE."),
        ("", "“” is no country that we know: write its name or its code, as Germany or DE."),
        ("Korea", "“Korea” may be North Korea or South Korea: write which."),
        ("congo", "“congo” may be Congo - Brazzaville or Congo - Kinshasa: write which."),
        (
            "x" * 500,
            f"“{'x' * 79}…” is no country that we know: write its name or its code, as Germany "
            "or DE.",
        ),
    ],
)
def test_what_is_no_country_or_several_is_refused_in_words(text: str, why: str) -> None:
    with pytest.raises(UnknownCountry) as refused:
        country_code(text)
    assert str(refused.value) == why


_CODES = [a + b for a in "ABCDEFGHIJKLMNOPQRSTUVWXYZ" for b in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"]


def test_every_country_is_known_by_its_english_name() -> None:
    known = [code for code in _CODES if country_name(code) != code]
    assert len(known) == 250  # ISO 3166 has 249; and Kosovo
    assert [code for code in known if country_code(country_name(code)) != code] == []


def test_no_language_names_a_country_for_another() -> None:
    several = []
    for language in LANGUAGES:
        for code, name in Locale(language).territories.items():
            if country_name(code) == code:
                continue  # a part of the world, or no country
            try:
                assert country_code(name) == country_code(name.upper()) == code
            except UnknownCountry:
                several.append((language, code, name))
    assert several == [("es", "CG", "Congo")]
