"""The clause of the response commitments: each promise in plain words, as the software keeps it."""

from collections.abc import Iterator, Sequence
from typing import Final

from django.utils.text import capfirst

from handoff.agreement.calendar_words import calendars, is_around_the_clock
from handoff.agreement.facts import Facts
from handoff.agreement.listing import both, duration, heading, item, items, number_of
from handoff.models import Tier
from handoff.tiers import playbook_words
from sla.agreement_text import Line
from sla.models import Commitment, Side
from sla.promise_rules import BY_THE_SYSTEM, KEPT_BY_TOUCHES, OF_ONE_PERSON, PAUSABLE

_Code = Commitment.Code

_WHAT: Final = {
    _Code.DECIDE_OFFER: "{An} offer of {a lead} is accepted, rejected or passed on as “not mine”",
    _Code.TOUCH_OF_OFFER: "{A lead} that is offered to sales is touched",
    _Code.FIRST_TOUCH: "{A lead} that was accepted is touched",
    _Code.FOLLOW_UP: "{A lead} that was accepted is tried {times}",
    _Code.QUALIFY: "{A lead} that was accepted is qualified as an SQL or given back",
    _Code.REVIEW_REJECTION: "Marketing reviews a rejection of {a lead}",
    _Code.FALLBACK: "{A lead} that nobody could take is offered to somebody",
    _Code.SCORED: "A captured lead is scored",
    _Code.OFFERED: "{A lead} that is ready for sales is offered to a rep",
}
_STOPS: Final = {
    _Code.DECIDE_OFFER: "It starts anew with each offer and stops with the decision.",
    _Code.TOUCH_OF_OFFER: (
        "It starts with the first offer of a cycle, goes on when the lead passes to another rep, "
        "and stops with {touch}."
    ),
    _Code.FIRST_TOUCH: "It stops with {touch}; one since the lead became an MQL counts.",
    _Code.FOLLOW_UP: (
        "It stops with the last of these attempts ({touch}), or as soon as the lead is reached or "
        "qualified. Else the lead counts as unworked."
    ),
    _Code.QUALIFY: "It stops when the lead becomes an SQL, or goes back with a reason.",
    _Code.REVIEW_REJECTION: "It stops when marketing has said whether the rejection was right.",
    _Code.FALLBACK: "It stops when the lead is offered, or is not ready for sales any more.",
    _Code.SCORED: "It stops with the score.",
    _Code.OFFERED: "It stops with the offer.",
}
_TOUCH: Final = {
    Commitment.TouchCounts.ANY: "any touch",
    Commitment.TouchCounts.SPOKEN: "a call or a meeting, answered or not",
    Commitment.TouchCounts.REACHED: "a touch that reached the lead",
}
_TOLD: Final = {
    Commitment.Told.PERSON: "who is held to it",
    Commitment.Told.SALES_MANAGERS: "the sales managers",
    Commitment.Told.MARKETING_MANAGERS: "the marketing managers",
}
_SIDES: Final = {
    Side.SALES: "What sales promises",
    Side.MARKETING: "What marketing promises",
    Side.SYSTEM: "What the system owes, measured apart",
}


def commitments(facts: Facts) -> list[Line]:
    if not facts.promises:
        return [Line("Nothing is promised yet.")]
    lines = []
    for side, title in _SIDES.items():
        promises = [each for each in in_order(facts) if each.side == side]
        if promises:
            lines += [heading(title), *(_line(each, facts) for each in promises)]
    return [*lines, heading("How these promises are read"), *_readings(facts)]


def in_order(facts: Facts) -> list[Commitment]:
    """By what is promised, the tiers in their order, any other lead last."""
    codes, tiers = list(_Code.values), [tier.code for tier in facts.tiers]
    places = {code: place for place, code in enumerate(tiers)}

    def place(promise: Commitment) -> tuple[int, int, int]:
        any_tier = len(tiers) + (1 if not promise.tier_code else 0)
        return (
            codes.index(promise.code),
            places.get(promise.tier_code, any_tier),
            promise.pk or 0,
        )

    return sorted(facts.promises, key=place)


def _line(promise: Commitment, facts: Facts) -> Line:
    said = (
        f"{_promised(promise, facts)} within {_within(promise)}.",
        _warned(promise),
        _missed(promise),
        _STOPS[_Code(promise.code)].format(
            touch=_TOUCH[Commitment.TouchCounts(promise.touch_counts)]
        ),
        _paused(promise),
        f"{promise.target_percent} % are to be kept.",
    )
    return item(" ".join(filter(None, said)), promise.anchor)


def _promised(promise: Commitment, facts: Facts) -> str:
    lead = _lead(promise, facts)
    words = _WHAT[_Code(promise.code)]
    return words.format_map(
        {
            "An": "An",
            "a lead": lead,
            "A lead": capfirst(lead),
            "times": number_of(promise.touches, "time"),
        }
    )


def _lead(promise: Commitment, facts: Facts) -> str:
    if promise.tier_code:
        names = {tier.code: tier.name for tier in facts.tiers}
        return f"a lead of tier “{names.get(promise.tier_code) or promise.tier_name}”"
    apart = any(p.code == promise.code and p.tier_code for p in facts.promises)
    return "any other lead" if apart else "a lead"


def _within(promise: Commitment) -> str:
    own = promise.counts_by == Commitment.CountsBy.PERSON and promise.code in OF_ONE_PERSON
    hours = f"“{promise.calendar}”"
    counted = (
        f"in the working hours of who is held to it, else in {hours}" if own else f"in {hours}"
    )
    if not own and is_around_the_clock(promise.calendar):
        counted = "around the clock"
    if promise.days:
        return f"{number_of(promise.days, 'business day')}, counted {counted}"
    return f"{duration(promise.minutes)}, counted {counted}"


def _warned(promise: Commitment) -> str:
    warned = _people(promise.warns)
    if not promise.warn_percents or not warned:
        return "Nobody is warned beforehand." if promise.code not in BY_THE_SYSTEM else ""
    percents = both([f"{percent} %" for percent in sorted(promise.warn_percents)])
    return f"Warned at {percents} of that time: {warned}."


def _missed(promise: Commitment) -> str:
    told = f"{_people(promise.tells)} {_are(promise.tells)} told" if promise.tells else ""
    follows = both([words for words in (*_follows(promise), told) if words])
    return f"If missed, {follows or 'it stands on the board and nobody is told'}."


def _follows(promise: Commitment) -> Iterator[str]:
    """As `handoff.escalation` does it."""
    if promise.code == _Code.DECIDE_OFFER:
        yield "the offer runs out, the lead goes to the next rep"
    elif promise.on_breach == Commitment.OnBreach.REROUTE:
        yield "an offer that is open still goes to the next rep"
    if promise.on_breach == Commitment.OnBreach.TASK:
        held = promise.code in OF_ONE_PERSON and promise.code != _Code.DECIDE_OFFER
        yield f"{'who is held to it is' if held else 'the managers are'} given a task"


def _people(told: Sequence[str]) -> str:
    return both([_TOLD[Commitment.Told(each)] for each in Commitment.Told.values if each in told])


def _are(told: Sequence[str]) -> str:
    return "is" if list(told) == [Commitment.Told.PERSON] else "are"


def _paused(promise: Commitment) -> str:
    if promise.code not in PAUSABLE:
        return ""
    if not promise.pauses:
        return "Nothing pauses it."
    return "It pauses while the lead wants to be called back on a later date."


def _readings(facts: Facts) -> Iterator[Line]:
    if any(promise.code in KEPT_BY_TOUCHES for promise in facts.promises):
        yield Line(
            "A touch is always a person’s; an automatic mail never is one. It counts by the moment "
            "at which it happened; one that was written down later is marked."
        )
    if any(promise.days for promise in facts.promises):
        yield Line(
            "A promise in business days is due at the closing time of the last of them; the day on "
            "which it starts is not counted."
        )
    if any(promise.pauses for promise in facts.promises if promise.code in PAUSABLE):
        yield Line("Only the lead’s own wish pauses a promise: an absent rep never does.")
    yield Line(
        "A promise that nobody is held to any more, because the lead has left sales, counts as "
        "neither kept nor missed. A running promise keeps the terms that it was started with."
    )
    yield from items("Tiers; the first that fits a lead counts:", map(_tier, facts.tiers))
    yield from calendars(facts)


def _tier(tier: Tier) -> str:
    grades = f"grade {both(tier.grades, 'or')}" if tier.grades else "any grade"
    least, most = tier.employees_from, tier.employees_to
    size = ""
    if least or most:
        size = f", {least or 1:,}–{most:,} employees" if most else f", {least:,} employees or more"
    return f"“{tier.name}”: {grades}{size}. {playbook_words(tier)}"
