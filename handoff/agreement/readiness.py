"""What keeps a draft from being proposed, each in words and with the clause that it is about."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from accounts.access import has_permission, may_not
from handoff.agreement.facts import Facts
from handoff.agreement.listing import both
from handoff.agreement.signers import SIGN_FOR
from sla.calendars import calendar_of
from sla.models import Commitment, Side
from sla.opening_hours import CalendarError
from sla.promise_rules import faults

PROMISED_AT_LEAST: Final = (Commitment.Code.DECIDE_OFFER, Commitment.Code.FIRST_TOUCH)


@dataclass(frozen=True)
class Problem:
    """`clause` is the code of a section."""

    clause: str
    words: str


def problems_in(facts: Facts) -> list[Problem]:
    """All of them, in the order of the clauses; empty where the draft may be proposed."""
    found = (
        ("qualified-lead", _in_model(facts)),
        ("commitments", _in_promises(facts)),
        ("reasons", _in_reasons(facts)),
        ("volume", _in_volume(facts)),
        ("owners", _in_owners(facts)),
        ("escalation", _in_escalation(facts)),
    )
    return [Problem(clause, words) for clause, said in found for words in said]


def _in_model(facts: Facts) -> Iterator[str]:
    if facts.model is None:
        yield "No scoring model is published, so nothing says what a qualified lead is."


def _in_promises(facts: Facts) -> Iterator[str]:
    tiers = {tier.code for tier in facts.tiers}
    for code in PROMISED_AT_LEAST:
        own = [promise.tier_code for promise in facts.promises if promise.code == code]
        if not own:
            yield f"“{code.label}” is not promised. Add it."
        elif "" not in own:
            yield f"“{code.label}” is promised for some tiers only. Add it for any other lead."
    for promise in facts.promises:
        if promise.tier_code and promise.tier_code not in tiers:
            tier = promise.tier_name or promise.tier_code
            yield f"{promise}: there is no tier “{tier}” any more. Choose another, or remove it."
        try:
            calendar_of(promise.calendar)
        except CalendarError as error:
            yield f"{promise}: its calendar “{promise.calendar}” cannot count it. {error}"
        yield from (f"{promise}: {words}" for _, words in faults(promise))


def _in_reasons(facts: Facts) -> Iterator[str]:
    if not facts.reasons:
        yield "No rejection reason is in use. Put one in use, or nothing could be rejected."


def _in_volume(facts: Facts) -> Iterator[str]:
    agreement = facts.agreement
    if not agreement.leads_a_month:
        yield "Say how many MQLs marketing owes a month."
    if bool(agreement.good_grades) != bool(agreement.good_percent):
        yield "Name both the good grades and the share of them, or neither."
    known = set(facts.definitions.grades.values()) if facts.definitions else set()
    if unknown := sorted(set(agreement.good_grades) - known):
        yield f"The published scoring model gives no grade {both(unknown, 'or')}."


def _in_owners(facts: Facts) -> Iterator[str]:
    agreement, members = facts.agreement, facts.members
    owners = {Side.MARKETING: agreement.marketing_owner, Side.SALES: agreement.sales_owner}
    for side, owner in owners.items():
        name = side.label.lower()
        if owner is None:
            yield f"Name the owner for {name}."
        elif (membership := members.get(owner.pk)) is None:
            yield f"{owner}, the owner for {name}, is no member of this workspace any more."
        elif not has_permission(membership, SIGN_FOR[side]):
            yield f"{owner} cannot own it for {name}. {may_not(membership, SIGN_FOR[side])}"
    if owners[Side.MARKETING] and owners[Side.MARKETING] == owners[Side.SALES]:
        yield f"{owners[Side.SALES]} cannot own it for both sides: name two people."


def _in_escalation(facts: Facts) -> Iterator[str]:
    to = facts.agreement.escalates_to
    if to is None:
        yield "Name somebody to whom it escalates."
    elif to.pk not in facts.members:
        yield f"{to}, to whom it escalates, is no member of this workspace any more."
