"""Texts of nurture with the lead's own facts: what they may name, and the mail that comes of one.

A fact is named as $first_name or ${first_name}; ${first_name|there} says what stands there where
it is not known. Facts of the workspace's own are written with their own names, always with what to
say instead: ${attributes.product|our product}. A dollar sign is written twice: $$.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from django.conf import settings

from accounts.models import Workspace
from handoff.models import NurtureStep
from handoff.unsubscribe_links import ONE_CLICK, link_of
from leadqual.custom_fields import by_name, called, in_words
from leadqual.models import Lead
from scoring.engine.fields import field_named


class BadText(ValueError):
    """The text names what no mail knows; the message says so, and what it may name."""


@dataclass(frozen=True)
class Fact:
    """`otherwise` stands where it is not known and the text does not say what to put."""

    meaning: str
    otherwise: str
    of: Callable[[Lead], str]


FACTS: Final = {
    "first_name": Fact("the first name", "there", lambda lead: lead.first_name),
    "last_name": Fact("the last name", "", lambda lead: lead.last_name),
    "company": Fact(
        "the company", "your company", lambda lead: lead.company.name if lead.company else ""
    ),
    "job_title": Fact("the job title", "your role", lambda lead: lead.job_title),
    "challenge": Fact("the main challenge", "your plans", lambda lead: lead.challenge),
    "rep": Fact(
        "the rep who accepted the lead",
        "our team",
        lambda lead: lead.owner.get_short_name() if lead.owner else "",
    ),
    "workspace": Fact("our name", "", lambda lead: lead.workspace.name),
}
_NAMED: Final = re.compile(
    r"\$(?:(?P<dollar>\$)|(?P<plain>[a-z][a-z_]*)"
    r"|\{(?P<braced>[A-Za-z][\w.-]*)(?:\|(?P<otherwise>[^{}|\n]*))?\}|(?P<lonely>))"
)


@dataclass(frozen=True)
class Mail:
    """As it leaves: `headers` are those by which a mail program unsubscribes in one click."""

    subject: str
    body: str
    headers: dict[str, str]


def check(text: str, workspace: Workspace) -> None:
    """Raises BadText for what is not known, and for a dollar sign that begins nothing."""
    own = by_name(workspace)
    for found in _NAMED.finditer(text):
        name = found["plain"] or found["braced"]
        if found["lonely"] is not None:
            raise BadText(
                "A dollar sign begins a fact, as in $first_name or ${first_name|there}; to write "
                "one as such, write it twice: $$."
            )
        if name and name not in FACTS and name not in own:
            raise BadText(f"“{name}” is not a fact. It may name {', '.join(_known(workspace))}.")
        if name in own and found["otherwise"] is None:
            raise BadText(
                f"Not every lead has “{own[name].label}”: say what stands there instead, as "
                f"${{{name}|something else}}."
            )


def _known(workspace: Workspace) -> Iterator[str]:
    yield from (f"${name}" for name in FACTS)
    yield from (f"${{{name}|…}}" for name in by_name(workspace))


def known_in_words(workspace: Workspace) -> str:
    """Every fact with its meaning, for the help beside the text."""
    said = [f"${name} is {fact.meaning}" for name, fact in FACTS.items()]
    said += [f"${{{name}|…}} is {called(field)}" for name, field in by_name(workspace).items()]
    return "; ".join(said)


def fill(text: str, lead: Lead) -> str:
    """The text with the facts of this lead; what a fact says is never read as a text itself."""

    def put(found: re.Match[str]) -> str:
        name = found["plain"] or found["braced"]
        if name is None:
            return "$"
        if name in FACTS:
            said, otherwise = FACTS[name].of(lead).strip(), FACTS[name].otherwise
        else:
            said, otherwise = _own(lead, name), ""
        return said or (otherwise if found["otherwise"] is None else found["otherwise"])

    return _NAMED.sub(put, text)


def _own(lead: Lead, name: str) -> str:
    """Blank where it is not known, or where the workspace has no such fact any more."""
    field = by_name(lead.workspace).get(name)
    if field is None:
        return ""
    holder = lead.company if name.startswith("company.") else lead
    value = holder.attributes.get(field.key) if holder else None
    if value is None or isinstance(value, list | dict):
        return ""
    return in_words(field, value) or field_named(name).value_of(lead) or ""


def subject_of(step: NurtureStep, lead: Lead) -> str:
    """One line, of a mail or a task."""
    return " ".join(fill(step.subject, lead).split())[:250]


def says(step: NurtureStep, lead: Lead) -> str:
    """A step in short, as this lead would get it."""
    if step.kind == NurtureStep.Kind.WAIT:
        return "1 day" if step.days == 1 else f"{step.days or 0} days"
    return subject_of(step, lead) or step.url


def mail_of(step: NurtureStep, lead: Lead) -> Mail:
    """The mail of a step, ready to leave: every one ends with the way out."""
    link = settings.LEADQUAL_URL + link_of(lead)
    ending = f"No more mails like this from {lead.workspace}, please:\n{link}\n"
    headers = {"List-Unsubscribe": f"<{link}>", "List-Unsubscribe-Post": ONE_CLICK}
    if lead.owner and lead.owner.is_active:
        headers["Reply-To"] = lead.owner.email  # an answer reaches whoever knows the lead
    body = fill(step.body, lead).rstrip()
    return Mail(subject_of(step, lead), f"{body}\n\n-- \n{ending}", headers)
