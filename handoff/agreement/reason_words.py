"""The clauses about leads that sales gives back: how, and with which reasons."""

from collections.abc import Iterator

from handoff.agreement.facts import Facts
from handoff.agreement.listing import both, item, number_of
from handoff.escalation import SILENCES
from handoff.models import RejectionReason
from sla.agreement_text import Line
from sla.models import Commitment

_Outcome = RejectionReason.Outcome


def rejection(facts: Facts) -> list[Line]:
    reviewed = facts.promised(Commitment.Code.REVIEW_REJECTION)
    return [
        Line(
            "Sales accepts a lead, rejects it with one of the allowed reasons, or says “not mine”. "
            "Without a reason from the list there is no rejection."
        ),
        Line(
            "Whoever rejects says what the reason asks for. Where the lead goes follows from the "
            "reason, in the same moment, with its whole history."
        ),
        Line(
            "The rep who rejected a lead is not offered it again in that cycle, and in a later one "
            "only when nobody else is left."
        ),
        Line(
            "“Not mine” passes the lead on to the next rep: it says nothing against the lead and "
            "counts as no rejection."
        ),
        Line(
            "Silence is never an acceptance. An offer that runs out, too, is not made to the same "
            f"rep again in that cycle; when {SILENCES} of a cycle have run out, a manager decides."
        ),
        Line(
            "After acceptance, too, sales gives a lead back only with a reason: from SAL and from "
            "SQL."
        ),
        Line(
            "Both sides see every rejection and say whether it was right. A rejection that is "
            "upheld gives the rep the turn back"
            + (". How soon is promised above." if reviewed else ".")
        ),
    ]


def reasons(facts: Facts) -> list[Line]:
    if not facts.reasons:
        return [Line("No reason is allowed: nothing can be rejected.")]
    return [
        Line("These reasons are allowed, and no others:"),
        *(item(" ".join(_reason(each, facts)), f"reason-{each.code}") for each in facts.reasons),
    ]


def _reason(reason: RejectionReason, facts: Facts) -> Iterator[str]:
    yield f"{reason.name}: {_leads_to(reason)}."
    if asked := list(_asks(reason, facts)):
        yield f"The rep {both(asked)}."
    if reason.attempts:
        yield f"Before it, {number_of(reason.attempts, 'attempt')} without an answer."
    yield f"It puts {reason.get_questions_display().lower()} in question."


def _leads_to(reason: RejectionReason) -> str:
    match reason.outcome:
        case _Outcome.DISQUALIFY:
            return "the lead is disqualified"
        case _Outcome.CORRECT:
            return (
                "the facts are corrected and the lead is scored again; still ready, it is offered "
                "to another rep"
            )
        case _Outcome.REROUTE:
            return "the lead is offered to the next rep"
    track = f", onto the track “{reason.track}”" if reason.track else ""
    return f"the lead goes back to nurture{track}{_wakes(reason)}"


def _wakes(reason: RejectionReason) -> str:
    ways = []
    if reason.asks_date:
        suggested = (
            f" (suggested: after {number_of(reason.recycle_days, 'day')})"
            if reason.recycle_days
            else ""
        )
        ways.append(f"on a day that the rep names{suggested}")
    elif reason.recycle_days:
        ways.append(f"after {number_of(reason.recycle_days, 'day')}")
    if reason.wake_points:
        ways.append(f"by {number_of(reason.wake_points, 'point')} of new intent")
    if not ways:
        return ", and only new intent wakes it"
    return f", woken {both(ways, 'or')}"


def _asks(reason: RejectionReason, facts: Facts) -> Iterator[str]:
    if reason.note_needed:
        yield f"writes a note{_note(reason)}"
    elif reason.note_asks:
        yield f"may write a note{_note(reason)}"
    if reason.asks:
        labels = [facts.asked.get(name, name) for name in reason.asks]
        yield f"says or corrects: {both(labels)}"


def _note(reason: RejectionReason) -> str:
    return f" (“{reason.note_asks}”)" if reason.note_asks else ""
