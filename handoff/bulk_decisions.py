"""Deciding many offers at once: each is recorded singly, in its own transaction.

One that somebody else has just answered, or of which something is missing, stays as it is and is
named; the others are decided.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction

from handoff.forms.offers import RejectForm
from handoff.models import Handoff
from handoff.transitions import MoveNotAllowed, SomeoneWasFaster

COMPANY_COUNTRY = "company_country"


@dataclass(frozen=True)
class Line:
    """What became of one: `why_not` is empty where it was done, `faster` where somebody was."""

    offer: Handoff
    why_not: str = ""
    faster: SomeoneWasFaster | None = None

    @property
    def is_done(self) -> bool:
        return not (self.why_not or self.faster)


def decide_each(offers: Iterable[Handoff], deed: Callable[[Handoff], object]) -> list[Line]:
    """Do the deed to each of the offers; one line an offer, in their order."""
    return [_decide(offer, deed) for offer in offers]


def _decide(offer: Handoff, deed: Callable[[Handoff], object]) -> Line:
    try:
        with transaction.atomic():
            deed(offer)
    except SomeoneWasFaster as error:
        return Line(offer, faster=error)
    except MoveNotAllowed as error:
        return Line(offer, why_not=str(error))
    except IntegrityError:
        return Line(offer, why_not="Another lead has just been entered with this address.")
    return Line(offer)


def given_for(offer: Handoff, typed: Mapping[str, str]) -> dict[str, Any]:
    """What was typed once for many, as it is given for this one: what is blank stays as known.

    Raises MoveNotAllowed, with all that is missing, as the form of a single rejection says it.
    """
    known = RejectForm(lead=offer.lead).facts
    said = {name: known[name].value() for name in known.fields}
    said = {name: value for name, value in said.items() if value is not None}
    said |= {name: value for name, value in typed.items() if value}
    if typed.get("country") and COMPANY_COUNTRY in known.fields:
        said[COMPANY_COUNTRY] = typed["country"]
    elif typed.get(COMPANY_COUNTRY):
        said["country"] = typed[COMPANY_COUNTRY]
    form = RejectForm(said, lead=offer.lead)
    if form.is_valid():
        return form.given()
    wrong = [str(error) for errors in form.errors.values() for error in errors]
    wrong += [f"{field.label}: {error}" for field, errors in form.asked_facts() for error in errors]
    raise MoveNotAllowed(" ".join(wrong))
