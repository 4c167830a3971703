"""Why to talk to this lead now: one sentence that a person would say, of the strongest reasons."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from handoff.deed_words import in_short, when
from handoff.why_clauses import Clause, challenge_words, clause
from leadqual.models import Lead
from scoring.explanations import strongest_reasons

MOST: Final = 400
"""Characters, as the column of a hand-off has them."""
REASONS: Final = 3
REASON_SHOWN: Final = 120
"""So much of an override's reason is said, so that there is room for other reasons, too."""
NAME_SHOWN: Final = 100


def why_now(lead: Lead, explanation: dict[str, Any], *, at: datetime) -> str:
    """“Hanna Weiss, Head of IT at Acme, looked at the pricing page three times since Thursday …”

    From an explanation of `scoring.explanations`, at the moment of the offer, in days of the
    workspace's zone. What it did stands first, then what it said and what it is. Never empty:
    where no rule speaks for the lead, as when a manager offers it in spite of that, it says how
    the lead came to us. What does not fit is left out a clause at a time.
    """
    reasons = _reasons(lead, explanation, at=at) or [_came(lead, at=at)]
    if lead.challenge and all(each.about != "challenge" for each in reasons):
        reasons.append(Clause(challenge_words(lead.challenge), "challenge"))
    override = explanation.get("override")
    least = 0 if override else 1
    sentences = [
        _sentence(who, reasons[:number], override)
        for who in _ways_to_name(lead)
        for number in range(len(reasons), least - 1, -1)
    ]
    return next((each for each in sentences if len(each) <= MOST), in_short(sentences[-1], MOST))


def _reasons(lead: Lead, explanation: dict[str, Any], *, at: datetime) -> list[Clause]:
    """The strongest, no two about the same; one of them is something the lead did, if it did."""
    zone = lead.workspace.zone
    found: dict[str, Clause] = {}
    for rule in strongest_reasons(explanation):
        said = clause(rule, lead, at=at, zone=zone)
        found.setdefault(said.about, said)
    strongest, rest = list(found.values())[:REASONS], list(found.values())[REASONS:]
    if not any(each.is_deed for each in strongest):
        deed = next((each for each in rest if each.is_deed), None)
        strongest = [*strongest[: REASONS - 1], deed] if deed else strongest
    return sorted(strongest, key=lambda each: not each.is_deed)


def _came(lead: Lead, *, at: datetime) -> Clause:
    through = (
        f" through {in_short(lead.first_source.name, NAME_SHOWN)}" if lead.first_source else ""
    )
    day = when(lead.captured_at, at=at, zone=lead.workspace.zone)
    return Clause(f"came to us{through} {day}", "source")


def _ways_to_name(lead: Lead) -> list[str]:
    """The fullest first, for a sentence that has room for it."""
    name = in_short(lead.display_name, NAME_SHOWN)
    company = in_short(lead.company.name, NAME_SHOWN) if lead.company else ""
    title = in_short(lead.job_title, NAME_SHOWN)
    at_company = f"{name} of {company}" if company else name
    if not title:
        return [at_company, name]
    role = f"{title} at {company}" if company else title
    return [f"{name}, {role},", at_company, name]


def _sentence(who: str, reasons: Sequence[Clause], override: dict[str, Any] | None) -> str:
    said = _listed([each.text for each in reasons])
    if not override:
        return f"{who} {said}."
    reason = in_short(override["reason"].strip().rstrip("."), REASON_SHOWN)
    ending = f", who {said}" if said else ""
    return f"{override['by']} says “{reason}” of {who.rstrip(',')}{ending}."


def _listed(clauses: Sequence[str]) -> str:
    if len(clauses) < 2:
        return "".join(clauses)
    return f"{', '.join(clauses[:-1])} and {clauses[-1]}"
