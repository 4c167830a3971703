"""The qualification e-mail: a rep writes to their lead, and the lead answers on a form.

A personal mail of one person to another, not one of a list: it goes in the rep's name, replies go
to the rep, and it counts as a touch. Who has unsubscribed is not written to all the same.
"""

from dataclasses import dataclass
from datetime import datetime
from email.utils import formataddr
from string import Template
from typing import Final

from django.db import transaction

from accounts.access import Permission, has_permission
from accounts.models import Membership, User
from handoff.models import Tier
from handoff.qualification_form import address_of
from handoff.starter_tiers import BODY, SUBJECT
from handoff.touches import log_touch
from handoff.transitions import MoveNotAllowed, lock
from leadqual import outbox
from leadqual.models import Lead, OutboxMessage, Touch, TouchKind, TouchOutcome
from leadqual.stages import IN_SALES

VARIABLES: Final = {
    "first_name": "the lead's first name",
    "lead": "the lead's whole name",
    "company": "the company's name",
    "job_title": "the lead's job title",
    "challenge": "the lead's main challenge",
    "rep": "the rep's name",
    "workspace": "your company's name, that of the workspace",
    "form": "the address of the form",
}
"""What the text may name, as $first_name or ${first_name}; the admin refuses anything else."""

_NOTE: Final = "Qualification e-mail: "


class BadText(ValueError):
    """The text cannot be sent so; the message says why, in a user's words."""


@dataclass(frozen=True)
class Draft:
    """A mail as it will leave; `body` holds the form's `address`."""

    subject: str
    body: str
    address: str


def check(text: str) -> None:
    """Raises BadText for an unknown variable or a lonely dollar sign."""
    template = Template(text)
    if not template.is_valid():
        raise BadText("A dollar sign begins a variable; to write one as such, write it twice: $$.")
    for name in template.get_identifiers():
        if name not in VARIABLES:
            known = ", ".join(f"${variable}" for variable in VARIABLES)
            raise BadText(f"“${name}” is not a variable. The variables are {known}.")


def check_body(text: str) -> None:
    """The same, and that it carries the form."""
    check(text)
    if "form" not in Template(text).get_identifiers():
        raise BadText("Without $form nobody would find the form.")


def _filled_in(tier: Tier, facts: dict[str, str]) -> Draft:
    """The tier's text, or the starter's where it has none of its own."""
    subject = Template(tier.mail_subject or SUBJECT).safe_substitute(facts)
    return Draft(
        " ".join(subject.split())[:200],
        Template(tier.mail_body or BODY).safe_substitute(facts),
        facts["form"],
    )


def draft(lead: Lead, tier: Tier, *, by: User, at: datetime) -> Draft:
    """The mail to this lead as `by` would send it now."""
    facts = {
        "first_name": lead.first_name or "there",
        "lead": lead.display_name,
        "company": lead.company.name if lead.company else "your company",
        "job_title": lead.job_title,
        "challenge": lead.challenge,
        "rep": by.name or by.email,
        "workspace": lead.workspace.name,
        "form": address_of(lead, tier, at=at),
    }
    return _filled_in(tier, facts)


def not_theirs(lead: Lead, membership: Membership) -> str:
    """Why this member does not write to the lead, as a sentence; blank where they may."""
    if lead.owner_id == membership.user_id:
        return ""
    if has_permission(membership, Permission.DECIDE_ANY_OFFER):
        return ""
    return f"The lead is {lead.owner}’s, who writes to it." if lead.owner else ""


def why_not(lead: Lead, tier: Tier | None) -> str:
    """Why nobody writes to the lead, as a sentence; blank where one may."""
    if tier is None or tier.playbook != Tier.Playbook.EMAIL_FORM:
        return "Its tier is not worked by e-mail."
    if lead.stage not in IN_SALES:
        return "The lead is not in sales: accept it first."
    if lead.unsubscribed_at:
        return "The lead has unsubscribed, so it gets no mail from us. Call instead."
    if not lead.email:
        return "No e-mail address of the lead is known. Add one, or call."
    if not tier.form_asks:
        return "The form of this tier asks for nothing yet; whoever configures tiers can say what."
    return ""


def last_sent(lead: Lead) -> Touch | None:
    """The last qualification e-mail to the lead, in any cycle."""
    mails = lead.touches.filter(kind=TouchKind.EMAIL, outcome=TouchOutcome.SENT)
    mine = mails.filter(note__startswith=_NOTE).select_related("by")
    return mine.order_by("-occurred_at", "-pk").first()


@transaction.atomic
def send(
    lead: Lead, tier: Tier, *, by: User, subject: str, body: str, once: str, at: datetime
) -> bool:
    """Send the mail and log it as a touch, which keeps the promise of the first one.

    `once` names the page that it was sent from: the same again sends nothing, and answers False.
    Raises MoveNotAllowed where the lead is not written to any more.
    """
    lead = lock(lead)
    key = f"qualification:{lead.pk}:{once}"
    if OutboxMessage.objects.of(lead.workspace).filter(key=key).exists():
        return False
    if refusal := why_not(lead, tier):
        raise MoveNotAllowed(refusal)
    outbox.mail(
        workspace=lead.workspace,
        key=key,
        to=lead.email,
        subject=subject,
        body=body,
        headers={"Reply-To": formataddr((by.name, by.email))},
    )
    log_touch(
        lead,
        by=by,
        kind=TouchKind.EMAIL,
        outcome=TouchOutcome.SENT,
        at=at,
        now=at,
        note=f"{_NOTE}{subject}"[:2000],
    )
    return True
