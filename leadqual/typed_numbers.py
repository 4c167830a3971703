"""Numbers as people type them: 20.000 is twenty to some, and twenty thousand to others."""

import re
from decimal import Decimal
from typing import Final

_BOTH: Final = re.compile(r"([-+]?[1-9][0-9]{0,2})\.([0-9]{3})")
_OTHER: Final = {".": ",", ",": "."}
_NAMES: Final = {".": "a decimal point, such as 1,234.50", ",": "a decimal comma, such as 1.234,50"}


def doubt_about(text: str) -> str:
    """Why one cannot tell which number is meant, as a sentence; blank where one can.

    That is where a point is followed by exactly three digits, as between thousands.
    """
    if not (found := _BOTH.fullmatch(text)):
        return ""
    whole, rest = found.groups()
    small = without_doubt(text) if rest.strip("0") else whole
    return f"“{text}” could be two numbers: write {whole}{rest} or {small}."


def without_doubt(text: str) -> str:
    """The same number, so that it cannot be misread: 12.125 as 12.1250."""
    return f"{text}0" if _BOTH.fullmatch(text) else text


def number_in(text: str, decimal: str) -> Decimal | None:
    """The number of a text with a decimal point, or comma; None where it is none.

    Thousands may be apart, in groups of three all through: by the other of the two, by spaces, or
    by apostrophes.
    """
    form = (
        rf"[-+]?(?:[0-9]{{1,3}}(?:([{_OTHER[decimal]} '’])[0-9]{{3}}(?:\1[0-9]{{3}})*)?|[0-9]*)"
        rf"(?P<rest>\{decimal}[0-9]+)?(?:[eE][-+]?[0-9]{{1,3}})?"
    )
    found = re.fullmatch(form, text) if any(map(str.isdecimal, text)) else None
    if not found or not (found["rest"] or re.match("[-+]?[0-9]", text)):
        return None
    plain = re.sub(f"[{_OTHER[decimal]} '’]", "", text)
    return Decimal(plain.replace(decimal, "."))


def form_of(decimal: str) -> str:
    """The way of writing in words: “a decimal point, such as 1,234.50”."""
    return _NAMES[decimal]


def looks_grouped(text: str, decimal: str) -> bool:
    """Whether what parts off the decimals stands as between thousands, and nothing tells which."""
    return bool(_BOTH.fullmatch(text.replace(decimal, "."))) and _OTHER[decimal] not in text
