"""The packet: what the rep is told, frozen at the offer (003)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypedDict

from handoff.models import Handoff
from handoff.why_now import why_now
from leadqual.models import Lead, Timeline
from leadqual.timeline import Entry

PACKET_TIMELINE = 12


class Packet(TypedDict):
    """`explanation` is that of `scoring.explanations.explain` at the moment of the offer."""

    why_now: str
    source: str
    fit_summary: list[str]
    key_behaviours: list[str]
    timeline: list[dict[str, str]]
    next_action: str
    grade: str
    model_version: int
    explanation: dict[str, Any]


def build_packet(
    lead: Lead,
    *,
    explanation: dict[str, Any],
    recent: Sequence[Entry],
    at: datetime,
) -> Packet:
    """From the lead, its score's explanation and its newest story, newest first; `at` is the moment
    of the offer."""
    return {
        "why_now": why_now(lead, explanation, at=at),
        "source": source_words(lead),
        "fit_summary": _hits(explanation, "fit"),
        "key_behaviours": _hits(explanation, "intent"),
        "timeline": [
            {"at": entry.at.isoformat(), "title": entry.title, "detail": entry.detail}
            for entry in recent[:PACKET_TIMELINE]
        ],
        "next_action": next_action(lead),
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


def next_action(lead: Lead) -> str:
    """Where to begin: by what they told us of their timing, and how they can be reached."""
    way = f"Call {lead.phone}" if lead.phone else "Write an e-mail and ask for a call"
    opening = {
        Timeline.IMMEDIATE.value: "today: they want to start immediately",
        Timeline.ONE_TO_THREE.value: "this week: they plan to start within three months",
        Timeline.THREE_TO_SIX.value: "and find out what has to happen before they start",
    }.get(lead.timeline, "and ask when they want to start")
    return f"{way} {opening}."
