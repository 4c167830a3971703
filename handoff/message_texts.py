"""The texts of mails: built in, or in the workspace's own words; and what they may name."""

from collections.abc import Mapping
from string import Template
from typing import Final

from accounts.models import Workspace
from handoff.models import Handoff, MessageTemplate
from handoff.packets import grade_words

Code = MessageTemplate.Code

_LEAD: Final = {"lead": "the lead's name", "company": "the company's name"}
_OFFER: Final = {
    **_LEAD,
    "rep": "the rep's name",
    "why_now": "why to talk to this lead now",
    "grade": "the grade",
    "due": "the deadline, in the workspace's time",
    "promise": "the promise that it is about",
    "link": "the address of the lead's page",
}
_LATE: Final = {"late": "that we noticed it late, where we did"}
VARIABLES: Final[Mapping[Code, Mapping[str, str]]] = {
    Code.OFFERED: _OFFER,
    Code.DIGEST: {
        "rep": "the rep's name",
        "count": "how many leads, such as 3 leads",
        "offers": "each lead with why to talk to it now, its deadline and its link",
        "link": "the address of the queue",
    },
    Code.EXPIRED: _OFFER | _LATE,
    Code.BREACHED: _OFFER | _LATE,
    Code.WARNED: _OFFER | {"percent": "how much of the time has passed, such as 75"},
    Code.FALLBACK: {
        **_LEAD,
        "why": "why it is offered to nobody",
        "people": "who was considered, and why each was passed over",
        "link": "the address of the lead's page",
    },
}
"""What the text of an occasion may name, as $lead or ${lead}; the admin refuses anything else."""

BUILT_IN: Final = {
    Code.OFFERED: (
        "$lead of $company is yours to decide (grade $grade)",
        "Hello $rep,\n\n$why_now\n\nPlease accept or reject by $due:\n$link\n",
    ),
    Code.DIGEST: (
        "$count for you to decide",
        "Hello $rep,\n\nThese are yours to decide, the most urgent first.\n\n$offers\n\n"
        "All of them are in your queue:\n$link\n",
    ),
    Code.EXPIRED: (
        "Nobody decided on $lead of $company",
        "The offer to $rep ran out on $due without a decision.$late\n\n$why_now\n\n$link\n",
    ),
    Code.BREACHED: (
        "Missed: $promise for $lead of $company",
        "$promise was due on $due and is missed. Responsible: $rep.$late\n\n$link\n",
    ),
    Code.WARNED: (
        "$percent % of the time is over: $promise, $lead of $company",
        "$promise for $lead of $company is due on $due; $percent % of the time have passed. "
        "Responsible: $rep.\n\n$link\n",
    ),
    Code.FALLBACK: (
        "$lead of $company is offered to nobody",
        "$why\n\n$people\n\nPlease say what is to follow:\n$link\n",
    ),
}

SAMPLE: Final = {
    "lead": "Hanna Weiss",
    "company": "Acme",
    "rep": "Ben",
    "why_now": "Hanna looked at the pricing page three times this week and wants to start now.",
    "grade": "A",
    "due": "Tue 03 Mar 2026, 16:00 (Europe/Berlin)",
    "promise": "Decide an offer",
    "percent": "75",
    "late": " This was noticed late, on Tue 03 Mar 2026, 17:00.",
    "count": "1 lead",
    "offers": (
        "1. Hanna Weiss of Acme, grade A, by Tue 03 Mar 2026, 16:00 (Europe/Berlin)\n"
        "   Hanna looked at the pricing page three times this week and wants to start now.\n"
        "   https://leadqual.example/w/northwind/leads/1/"
    ),
    "why": "Two offers ran out without a decision.",
    "people": "Ben let the offer run out before; Nia is away until Friday.",
    "link": "https://leadqual.example/w/northwind/leads/1/",
}
"""What the preview fills in where the workspace has not offered a lead yet."""


class BadText(ValueError):
    """The text names something that its mail does not know; the message says what it may name."""


def check(text: str, code: Code) -> None:
    """Raises BadText for an unknown variable or a lonely dollar sign."""
    template = Template(text)
    if not template.is_valid():
        raise BadText("A dollar sign begins a variable; to write one as such, write it twice: $$.")
    for name in template.get_identifiers():
        if name not in VARIABLES[code]:
            known = ", ".join(f"${variable}" for variable in VARIABLES[code])
            raise BadText(f"“${name}” is not a variable. The variables are {known}.")


def check_body(text: str, code: Code) -> None:
    """The same, and of a digest that it tells of the leads at all."""
    check(text, code)
    if code == Code.DIGEST and "offers" not in Template(text).get_identifiers():
        raise BadText("Without $offers nobody would read which leads they are to decide.")


def variables_in_words(code: Code) -> str:
    return "; ".join(f"${name} is {meaning}" for name, meaning in VARIABLES[code].items())


def render(workspace: Workspace, code: Code, known: Mapping[str, str]) -> tuple[str, str]:
    """Subject (one line) and body, in the workspace's own words where it has written some."""
    return rendered(own_words(workspace, code), code, known)


def own_words(workspace: Workspace, code: Code) -> tuple[str, str] | None:
    """Subject and body as the workspace has written them; None: it has not."""
    own = MessageTemplate.objects.of(workspace).filter(code=code).first()
    return (own.subject, own.body) if own else None


def rendered(own: tuple[str, str] | None, code: Code, known: Mapping[str, str]) -> tuple[str, str]:
    """The same in those words, or else the ones that come with the product."""
    subject, body = filled_in(*(own or BUILT_IN[code]), known)
    return " ".join(subject.split())[:250], body


def filled_in(subject: str, body: str, facts: Mapping[str, str]) -> tuple[str, str]:
    """Subject and body as they would be sent; what is not a variable stays as it is typed."""
    return Template(subject).safe_substitute(facts), Template(body).safe_substitute(facts)


def facts_of(handoff: Handoff) -> dict[str, str]:
    """What the mails about an offer say of it."""
    return {
        "rep": handoff.rep.get_short_name(),
        "why_now": handoff.why_now,
        "grade": grade_words(handoff),
        "due": due_in_words(handoff),
    }


def due_in_words(handoff: Handoff) -> str:
    if handoff.due_at is None:
        return "no deadline"
    due = handoff.due_at.astimezone(handoff.workspace.zone)
    return f"{due:%a %d %b %Y, %H:%M} ({handoff.workspace.timezone})"


def company_of(handoff: Handoff) -> str:
    company = handoff.lead.company
    return company.name if company else "an unknown company"


def listed(number: int, handoff: Handoff, *, link: str) -> str:
    """One offer of a digest."""
    return (
        f"{number}. {handoff.lead.display_name} of {company_of(handoff)}, "
        f"grade {grade_words(handoff)}, by {due_in_words(handoff)}\n"
        f"   {handoff.why_now}\n   {link}"
    )


def sample_facts(workspace: Workspace) -> dict[str, str]:
    """The facts of the newest offer of the workspace, or invented ones where there is none."""
    newest = (
        Handoff.objects.of(workspace)
        .select_related("lead__company", "rep", "workspace")
        .order_by("-offered_at")
        .first()
    )
    if newest is None:
        return dict(SAMPLE)
    return {
        **SAMPLE,
        "lead": newest.lead.display_name,
        "company": company_of(newest),
        "rep": newest.rep.get_short_name(),
        "why_now": newest.why_now,
        "grade": newest.grade,
        "offers": listed(1, newest, link=SAMPLE["link"]),
    }
