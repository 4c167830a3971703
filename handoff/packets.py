"""The packet: what the rep is told, frozen at the offer (003)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, TypedDict

from handoff.earlier_rounds import Round
from handoff.models import Handoff, Tier
from handoff.tiers import playbook_words
from handoff.why_now import why_now
from leadqual.models import Lead, Timeline
from leadqual.timeline import Entry

PACKET_TIMELINE = 12


class Packet(TypedDict):
    """`explanation` is that of `scoring.explanations.explain` at the moment of the offer. `earlier`
    is missing in packets from before it was kept."""

    why_now: str
    source: str
    fit_summary: list[str]
    key_behaviours: list[str]
    timeline: list[dict[str, str]]
    earlier: list[Round]
    next_action: str
    grade: str
    model_version: int
    explanation: dict[str, Any]


def build_packet(
    lead: Lead,
    *,
    explanation: dict[str, Any],
    recent: Sequence[Entry],
    earlier: Sequence[Round] = (),
    tier: Tier | None = None,
    at: datetime,
) -> Packet:
    """From the lead, its score's explanation, its newest story and its earlier rounds, newest
    first; `at` is the moment of the offer."""
    return {
        "why_now": why_now(lead, explanation, at=at),
        "source": source_words(lead),
        "fit_summary": _hits(explanation, "fit"),
        "key_behaviours": _hits(explanation, "intent"),
        "timeline": [
            {"at": entry.at.isoformat(), "title": entry.title, "detail": entry.detail}
            for entry in recent[:PACKET_TIMELINE]
        ],
        "earlier": list(earlier),
        "next_action": next_action(lead, tier),
        "grade": explanation["grade"],
        "model_version": explanation["version"],
        "explanation": explanation,
    }


def grade_words(handoff: Handoff) -> str:
    """The grade when offered, and the one that a person had put beside it."""
    override = handoff.packet.get("explanation", {}).get("override")
    if not override:
        return handoff.grade
    computed, said = handoff.grade or "no grade", override["grade"] or "no grade"
    return f"{computed}, overridden to {said} by {override['by']}"


def _hits(explanation: dict[str, Any], axis: str) -> list[str]:
    hits = [rule for rule in explanation["rules"] if rule["axis"] == axis and rule["hit"]]
    hits.sort(key=lambda rule: -rule["points"])
    return [f"{rule['name']} ({rule['points']:+g})" for rule in hits]


def source_words(lead: Lead) -> str:
    """Where the lead came from first and last: “LinkedIn (spring-demo), last Google Ads”."""
    if lead.first_source is None:
        return "Source unknown"
    words = lead.first_source.name
    if lead.first_campaign:
        words += f" ({lead.first_campaign.name})"
    if lead.last_source and lead.last_source != lead.first_source:
        words += f", last through {lead.last_source.name}"
    return words


def next_action(lead: Lead, tier: Tier | None = None) -> str:
    """Where to begin: by what its tier asks, how it can be reached, and when it wants to start."""
    playbook = Tier.Playbook(tier.playbook) if tier else Tier.Playbook.FULL_CALL
    call = f"call {lead.phone}" if lead.phone else "call"
    if playbook == Tier.Playbook.CONTENT_ONLY:
        return playbook_words(tier)
    if playbook == Tier.Playbook.EMAIL_FORM and lead.email and not lead.unsubscribed_at:
        wants = _WANTS.get(lead.timeline)
        ending = f": {wants}" if wants else ", and ask when they want to start"
        return f"Send the qualification e-mail, and {call} once the form is answered{ending}."
    if lead.phone:
        opening = _OPENINGS.get(lead.timeline, "and ask when they want to start")
        return f"Call {lead.phone} {opening}."
    if not lead.email or lead.unsubscribed_at:
        why = (
            "they have unsubscribed from our mails" if lead.email else "no address is known either"
        )
        return f"Find a phone number first: {why}."
    opening = _OPENINGS.get(lead.timeline, "and when they want to start")
    return f"Write an e-mail and ask for a call {opening}."


_WANTS: Final = {
    Timeline.IMMEDIATE.value: "they want to start immediately",
    Timeline.ONE_TO_THREE.value: "they plan to start within three months",
    Timeline.THREE_TO_SIX.value: "they plan to start in three to six months",
}
_OPENINGS: Final = {
    Timeline.IMMEDIATE.value: f"today: {_WANTS[Timeline.IMMEDIATE.value]}",
    Timeline.ONE_TO_THREE.value: f"this week: {_WANTS[Timeline.ONE_TO_THREE.value]}",
    Timeline.THREE_TO_SIX.value: "to find out what has to happen before they start",
}
