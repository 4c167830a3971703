"""Facts come in: leads are found or made, each once, and learn what is said of them.

A batch costs the same few statements as a single one, and says the same: as if its items had
come one after the other.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from django.db import transaction

from accounts.models import Workspace
from leadqual.attribution import (
    CLICK_IDS,
    TOUCH_KEYS,
    UTM,
    Origins,
    apply_touch,
    campaign_of,
    origin,
    source_code,
    source_of,
)
from leadqual.employers import (
    CompanyBook,
    CompanyFacts,
    company_of,
    learn,
    learn_attributes,
    save_all,
)
from leadqual.identity import LeadBook, Name, TwoLeads, UnknownLead
from leadqual.models import Lead, normalise_email
from leadqual.recording import EventFacts

__all__ = [
    "CLICK_IDS",
    "TOUCH_KEYS",
    "UTM",
    "Captured",
    "CompanyFacts",
    "EventFacts",
    "LeadFacts",
    "TwoLeads",
    "UnknownLead",
    "apply_touch",
    "campaign_of",
    "capture_leads",
    "company_of",
    "source_code",
    "source_of",
]

_PLAIN = ("first_name", "last_name", "phone", "job_title", "timeline", "challenge")


@dataclass(frozen=True)
class LeadFacts:
    """What somebody says of a lead. Blank means “not said”: it never wipes what is known.

    `touch` holds UTM parameters, click ids, landing_page and referrer, by their usual names.
    """

    email: str = ""
    external_id: str = ""
    first_name: str = ""
    last_name: str = ""
    phone: str = ""
    job_title: str = ""
    country: str = ""
    timeline: str = ""
    challenge: str = ""
    attributes: Mapping[str, Any] = field(default_factory=dict)
    company: CompanyFacts = field(default_factory=CompanyFacts)
    source: str = ""
    campaign: str = ""
    touch: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> Name:
        return Name(self.email.strip(), self.external_id)

    @property
    def known_touch(self) -> dict[str, str]:
        return {key: value for key, value in self.touch.items() if key in TOUCH_KEYS and value}

    def said(self, name: Name) -> dict[str, Any]:
        """The columns of which something is said, as they are stored; the lead is called `name`."""
        tidy = {field: getattr(self, field) for field in _PLAIN} | {
            "email": name.email,
            "email_normalised": normalise_email(name.email),
            "external_id": name.external_id,
            "country": self.country.strip().upper(),
        }
        return {field: value for field, value in tidy.items() if value != ""}


@dataclass(frozen=True)
class Captured:
    """`how` is created, updated or unchanged; changed facts of its company count as the lead's."""

    lead: Lead
    how: Literal["created", "updated", "unchanged"]


@transaction.atomic
def capture_leads(
    workspace: Workspace, batch: Sequence[tuple[LeadFacts, datetime]]
) -> list[Captured | TwoLeads]:
    """Find each lead or make it, and learn what was said at that moment; one answer an item.

    A new lead locks its first touch; a known one moves its last touch. What is refused writes
    nothing. Raises IntegrityError where somebody makes the same lead or company at this moment.
    """
    book = LeadBook(workspace, [facts.name for facts, _ in batch])
    found = [_find_or_make(book, workspace, *item) for item in batch]
    writer = _Writer(workspace, [one.facts for one in found if isinstance(one, _Meant)])
    answers = [writer.take(one) if isinstance(one, _Meant) else one for one in found]
    writer.save()
    return answers


@dataclass(frozen=True)
class _Meant:
    """One item with its lead, which `name` is what it may be called from now on."""

    lead: Lead
    name: Name
    facts: LeadFacts
    at: datetime


def _find_or_make(
    book: LeadBook, workspace: Workspace, facts: LeadFacts, at: datetime
) -> _Meant | TwoLeads:
    try:
        lead = book.find(facts.name)
    except TwoLeads as refusal:
        return refusal
    lead = lead or Lead(workspace=workspace, captured_at=at, stage_since=at)
    name = book.without_merged(lead, facts.name)
    book.enter(lead, name)
    return _Meant(lead, name, facts, at)


class _Writer:
    """Collects what a batch changes, so that it is written at once."""

    def __init__(self, workspace: Workspace, batch: Sequence[LeadFacts]) -> None:
        self._origins = Origins(
            workspace, [origin(facts.source, facts.campaign, facts.known_touch) for facts in batch]
        )
        self._companies = CompanyBook(workspace, [facts.company for facts in batch])
        self._new: dict[int, Lead] = {}
        self._changed: dict[int, tuple[Lead, set[str]]] = {}

    def take(self, one: _Meant) -> Captured:
        lead = one.lead
        company, company_changed = self._companies.learn(one.facts.company)
        changed = self._touch(one) | learn(lead, one.facts.said(one.name))
        changed |= learn_attributes(lead, one.facts.attributes)
        if company is not None:
            changed |= learn(lead, {"company": company})
        is_new = lead._state.adding
        if is_new and id(lead) not in self._new:
            self._new[id(lead)] = lead
            return Captured(lead, "created")
        if changed and not is_new:
            self._changed.setdefault(id(lead), (lead, set()))[1].update(changed)
        return Captured(lead, "updated" if changed or company_changed else "unchanged")

    def _touch(self, one: _Meant) -> set[str]:
        source, campaign = origin(one.facts.source, one.facts.campaign, one.facts.known_touch)
        return apply_touch(
            one.lead,
            source=self._origins.source(source),
            campaign=self._origins.campaign(campaign),
            touch=one.facts.known_touch,
            at=one.at,
            again=False,
        )

    def save(self) -> None:
        self._companies.save()
        save_all(
            Lead.objects.all(),
            [lead for lead, _ in self._changed.values()],
            [names for _, names in self._changed.values()],
        )
        # Last: a new lead may bear the address that a known one has just given up.
        Lead.objects.bulk_create(self._new.values())
