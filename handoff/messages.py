"""What people are told about hand-offs: one in-app notice and one mail an occasion."""

from collections.abc import Iterable
from datetime import datetime
from string import Template
from typing import Final

from django.conf import settings
from django.urls import reverse

from accounts.access import Permission, members_with
from accounts.models import User, Workspace
from handoff.models import Handoff, MessageTemplate
from handoff.packets import grade_words
from leadqual import outbox
from leadqual.models import Lead

VARIABLES: Final = {
    "lead": "the lead's name",
    "company": "the company's name",
    "rep": "the rep's name",
    "why_now": "why to talk to this lead now",
    "grade": "the grade",
    "due": "the deadline, in the workspace's time",
    "promise": "the promise that was missed",
    "link": "the address of the lead's page",
}
"""What a template may name, as $lead or ${lead}; the admin refuses anything else."""

BUILT_IN: Final = {
    MessageTemplate.Code.OFFERED: (
        "$lead of $company is yours to decide (grade $grade)",
        "Hello $rep,\n\n$why_now\n\nPlease accept or reject by $due:\n$link\n",
    ),
    MessageTemplate.Code.EXPIRED: (
        "Nobody decided on $lead of $company",
        "The offer to $rep ran out on $due without a decision.\n\n$why_now\n\n$link\n",
    ),
    MessageTemplate.Code.BREACHED: (
        "Missed: $promise for $lead of $company",
        "$promise was due on $due and is missed. Responsible: $rep.\n\n$link\n",
    ),
}


def tell(
    people: Iterable[User],
    *,
    code: MessageTemplate.Code,
    key: str,
    lead: Lead,
    facts: dict[str, str],
) -> None:
    """Tell each of the people, in the workspace's words; `key` names the occasion."""
    path = reverse("lead", args=[lead.workspace.slug, lead.pk])
    company = lead.company.name if lead.company else "an unknown company"
    known = dict.fromkeys(VARIABLES, "") | {
        "lead": lead.display_name,
        "company": company,
        "link": settings.LEADQUAL_URL + path,
        **facts,
    }
    subject, body = render(lead.workspace, code, known)
    for person in people:
        outbox.notify(workspace=lead.workspace, user=person, key=key, text=subject[:300], url=path)
        outbox.mail(workspace=lead.workspace, key=key, to=person.email, subject=subject, body=body)


def tell_nobody_can_take(lead: Lead, trace: Iterable[dict[str, str]]) -> None:
    """The managers hear, once a cycle, whom routing has considered and why it skipped them."""
    why = "; ".join(f"{row['person']} {row['skipped']}" for row in trace)
    for manager in managers(lead.workspace):
        outbox.notify(
            workspace=lead.workspace,
            user=manager,
            key=f"unassigned:{lead.pk}:{lead.cycle}",
            text=f"Nobody can take {lead.display_name}: {why or 'the pool is empty'}."[:300],
            url=reverse("lead", args=[lead.workspace.slug, lead.pk]),
        )


def tell_offered(handoff: Handoff) -> None:
    """The rep hears of the offer."""
    tell(
        [handoff.rep],
        code=MessageTemplate.Code.OFFERED,
        key=_offered(handoff),
        lead=handoff.lead,
        facts=facts_of(handoff),
    )


def nothing_to_decide(handoff: Handoff, *, at: datetime) -> None:
    """The offer is open no longer: the bell does not go on calling the rep to it."""
    outbox.mark_read(workspace=handoff.workspace, key=_offered(handoff), at=at)


def to_decide_again(handoff: Handoff, *, closed_at: datetime) -> None:
    """The offer that was closed at that moment is open again, as if it had never been closed."""
    outbox.mark_unread(workspace=handoff.workspace, key=_offered(handoff), read_at=closed_at)


def _offered(handoff: Handoff) -> str:
    return f"offered:{handoff.pk}"


def render(
    workspace: Workspace, code: MessageTemplate.Code, known: dict[str, str]
) -> tuple[str, str]:
    """Subject (one line) and body."""
    own = MessageTemplate.objects.of(workspace).filter(code=code).first()
    subject, body = (own.subject, own.body) if own else BUILT_IN[code]
    line = " ".join(Template(subject).safe_substitute(known).split())
    return line[:250], Template(body).safe_substitute(known)


def managers(workspace: Workspace) -> list[User]:
    """Those who are told when something waits: whoever may decide anybody's offer."""
    return list(members_with(workspace, Permission.DECIDE_ANY_OFFER))


def facts_of(handoff: Handoff) -> dict[str, str]:
    due = handoff.due_at.astimezone(handoff.workspace.zone) if handoff.due_at else None
    return {
        "rep": handoff.rep.get_short_name(),
        "why_now": handoff.why_now,
        "grade": grade_words(handoff),
        "due": f"{due:%a %d %b %Y, %H:%M} ({handoff.workspace.timezone})" if due else "no deadline",
    }
