"""What people are told about hand-offs: each occasion once."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.urls import reverse

from accounts.access import Permission, members_with
from accounts.models import User, Workspace
from handoff.message_texts import VARIABLES, facts_of, render
from handoff.models import FallbackEntry, Handoff, MessageTemplate, Rep
from handoff.notifications import ended_key, offered_key, tell_of_end, tell_of_offer
from leadqual import outbox
from leadqual.models import Lead

__all__ = [
    "facts_of",
    "managers",
    "nothing_to_decide",
    "tell",
    "tell_fallback",
    "tell_offered",
    "to_decide_again",
]

_WHY = {
    FallbackEntry.Why.NOBODY: "Nobody is available to take it; it is tried again by itself.",
    FallbackEntry.Why.SILENCE: "Two offers ran out without a decision.",
    FallbackEntry.Why.CYCLES: "It has come back more often than leads are offered by themselves.",
    FallbackEntry.Why.FAILED: "It could not be offered: something went wrong.",
}
"""What the managers are told of; an offer that one of them took back is no news."""


def tell(
    people: Iterable[User],
    *,
    code: MessageTemplate.Code,
    key: str,
    lead: Lead,
    facts: Mapping[str, str],
    bell: bool = True,
    mail: bool = True,
) -> None:
    """Tell each of the people, in the workspace's words; `key` names the occasion."""
    path = reverse("lead", args=[lead.workspace.slug, lead.pk])
    company = lead.company.name if lead.company else "an unknown company"
    known = dict.fromkeys(VARIABLES[code], "") | {
        "lead": lead.display_name,
        "company": company,
        "link": settings.LEADQUAL_URL + path,
        **facts,
    }
    subject, body = render(lead.workspace, code, known)
    to: dict[str, Any] = {"workspace": lead.workspace, "key": key}
    for person in people:
        if bell:
            outbox.notify(**to, user=person, text=subject, url=path)
        if mail:
            outbox.mail(**to, to=person.email, subject=subject, body=body)


def tell_fallback(entry: FallbackEntry) -> None:
    """The managers hear, once a cycle and cause, that a lead is offered to nobody.

    That nobody is available they read in the bell alone: it may be so for a whole night.
    """
    lead, why = entry.lead, FallbackEntry.Why(entry.why)
    if why == FallbackEntry.Why.NOBODY:
        _tell_nobody(lead, entry.trace)
    elif why in _WHY:
        tell(
            managers(lead.workspace),
            code=MessageTemplate.Code.FALLBACK,
            key=f"{why}:{lead.pk}:{lead.cycle}",
            lead=lead,
            facts={"why": _WHY[why], "people": _skipped(entry.trace)},
        )


def _tell_nobody(lead: Lead, trace: Mapping[str, Any]) -> None:
    why = _skipped(trace) or "the pool is empty"
    for manager in managers(lead.workspace):
        outbox.notify(
            workspace=lead.workspace,
            user=manager,
            key=f"unassigned:{lead.pk}:{lead.cycle}",
            text=f"Nobody can take {lead.display_name}: {why}.",
            url=reverse("lead", args=[lead.workspace.slug, lead.pk]),
        )


def _skipped(trace: Mapping[str, Any]) -> str:
    """Whom routing has considered, and why it passed them over, each once however many pools they
    are in; see `Handoff.trace`."""
    people = trace.get("people", [])
    said = (f"{row['person']} {row['skipped']}" for row in people if row.get("skipped"))
    return "; ".join(dict.fromkeys(said))


def tell_offered(
    handoff: Handoff, *, rep: Rep | None = None, own: tuple[str, str] | None = None
) -> None:
    """The rep hears of the offer, as they chose; see `tell_of_offer`."""
    tell_of_offer(handoff, rep=rep, own=own)


def nothing_to_decide(handoff: Handoff, *, at: datetime) -> None:
    """The offer is open no longer: the bell does not go on calling the rep to it, who hears of it
    where somebody or something else has ended it."""
    outbox.mark_read(workspace=handoff.workspace, key=offered_key(handoff), at=at)
    ended_by = handoff.decided_by
    if handoff.status == Handoff.Status.EXPIRED or (
        handoff.status == Handoff.Status.WITHDRAWN and ended_by != handoff.rep
    ):
        tell_of_end(handoff)


def to_decide_again(handoff: Handoff, *, closed_at: datetime) -> None:
    """The offer that was closed at that moment is open again, as if it had never been closed."""
    outbox.mark_unread(workspace=handoff.workspace, key=offered_key(handoff), read_at=closed_at)
    outbox.mark_read(workspace=handoff.workspace, key=ended_key(handoff), at=closed_at)


def managers(workspace: Workspace) -> list[User]:
    """Those who are told when something waits: whoever may decide anybody's offer."""
    return list(members_with(workspace, Permission.DECIDE_ANY_OFFER))
