"""Is this person known already? Asked while somebody types a new lead."""

from dataclasses import dataclass
from difflib import SequenceMatcher

from accounts.models import Workspace
from leadqual.models import Lead, normalise_email
from leadqual.search import named_like
from scoring.engine.free_mailboxes import FREE_MAILBOXES

CANDIDATES = 50
SHOWN = 5
ALIKE = 0.8
"""How alike two names are to be called similar: one letter wrong in five."""


@dataclass(frozen=True)
class Likeness:
    lead: Lead
    why: str
    is_same: bool = False  # the e-mail address is this very one


def known_like(
    workspace: Workspace,
    *,
    email: str = "",
    first_name: str = "",
    last_name: str = "",
    company: str = "",
    domain: str = "",
) -> list[Likeness]:
    """The known leads that may be this person, the surest first; at most SHOWN, three queries."""
    leads = Lead.objects.of(workspace).present().select_related("company", "owner")
    found: dict[int, Likeness] = {}
    address = normalise_email(email)
    if address:
        for lead in leads.filter(email_normalised=address):
            found[lead.pk] = Likeness(lead, "has this e-mail address", is_same=True)
    name = f"{first_name} {last_name}".strip().lower()
    if len(name) > 2:
        beginnings = " ".join(part[:3] for part in (first_name, last_name) if part.strip())
        alike = [
            (_alike(name, company, lead), lead)
            for lead in named_like(leads, beginnings, workspace=workspace).order_by(
                "-captured_at", "-pk"
            )[:CANDIDATES]
        ]
        for likeness, lead in sorted(alike, key=lambda pair: -pair[0]):
            if likeness >= ALIKE:
                found.setdefault(lead.pk, Likeness(lead, "has a similar name"))
    host = domain or address.rpartition("@")[2]
    if "." in host and host not in FREE_MAILBOXES:
        same = named_like(leads, host, workspace=workspace).order_by("-captured_at", "-pk")[
            :CANDIDATES
        ]
        for lead in same:
            if host in (_host(lead), lead.company.domain if lead.company else ""):
                found.setdefault(lead.pk, Likeness(lead, f"is at {host}, too"))
    return list(found.values())[:SHOWN]


def _alike(name: str, company: str, lead: Lead) -> float:
    """0 to 1; a different company makes the same name less likely to be the same person."""
    theirs = f"{lead.first_name} {lead.last_name}".strip().lower()
    alike = SequenceMatcher(None, name, theirs).ratio()
    if company and lead.company:
        firm = SequenceMatcher(None, company.lower(), lead.company.name.lower()).ratio()
        alike *= 0.8 + 0.2 * firm
    return alike


def _host(lead: Lead) -> str:
    return lead.email_normalised.rpartition("@")[2]
