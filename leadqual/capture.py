"""Facts come in: companies, leads, sources and events, found or made, each once."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.text import slugify

from accounts.models import Workspace
from leadqual.models import Campaign, Company, Event, Lead, Source, normalise_email

CLICK_IDS = ("gclid", "fbclid", "msclkid", "li_fat_id")
UTM = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content")
TOUCH_KEYS = (*UTM, *CLICK_IDS, "landing_page", "referrer")


class UnknownLead(LookupError):
    """No lead of the workspace has this e-mail address or external id."""


class TwoLeads(ValueError):
    """The e-mail address names one lead and the external id another."""


@dataclass(frozen=True)
class CompanyFacts:
    name: str = ""
    domain: str = ""
    external_id: str = ""
    industry: str = ""
    country: str = ""
    region: str = ""
    employees: int | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)


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
    company: CompanyFacts = CompanyFacts()
    source: str = ""
    campaign: str = ""
    touch: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class EventFacts:
    """One thing a lead did; the lead is named by e-mail address or external id."""

    kind: str
    occurred_at: datetime
    email: str = ""
    lead_external_id: str = ""
    external_id: str = ""
    url: str = ""
    source: str = ""
    campaign: str = ""
    properties: Mapping[str, Any] = field(default_factory=dict)

    @property
    def touch(self) -> dict[str, str]:
        return {key: str(self.properties[key]) for key in TOUCH_KEYS if self.properties.get(key)}


def find_lead(workspace: Workspace, *, email: str, external_id: str) -> Lead | None:
    """The lead of that address or external id; one that was merged leads to its survivor.

    Raises TwoLeads where the two name different leads.
    """
    known = Lead.objects.of(workspace).filter(erased_at=None)
    by_id = known.filter(external_id=external_id).order_by("pk").last() if external_id else None
    address = normalise_email(email)
    by_email = known.filter(email_normalised=address).order_by("pk").last() if address else None
    found = {_survivor(lead).pk: _survivor(lead) for lead in (by_id, by_email) if lead}
    if len(found) > 1:
        raise TwoLeads(
            f"{email} and {external_id} belong to two different leads. Merge them first."
        )
    return next(iter(found.values()), None)


def _survivor(lead: Lead) -> Lead:
    while lead.merged_into is not None:
        lead = lead.merged_into
    return lead


def source_of(workspace: Workspace, name: str) -> Source | None:
    """The channel of that name or code, made when it is new. Blank gives None."""
    code = slugify(name)[:60]
    if not code:
        return None
    return Source.objects.get_or_create(
        workspace=workspace, code=code, defaults={"name": name.strip()[:80]}
    )[0]


def campaign_of(workspace: Workspace, code: str, source: Source | None) -> Campaign | None:
    code = code.strip()[:120]
    if not code:
        return None
    return Campaign.objects.get_or_create(
        workspace=workspace, code=code, defaults={"name": code, "source": source}
    )[0]


def company_of(workspace: Workspace, facts: CompanyFacts) -> Company | None:
    """The company by external id, else domain, else name; made when new, completed when known."""
    known = Company.objects.of(workspace)
    domain = facts.domain.strip().lower().removeprefix("www.")
    if facts.external_id:
        company = known.filter(external_id=facts.external_id).first()
    elif domain:
        company = known.filter(domain=domain).first()
    elif facts.name:
        company = known.filter(name__iexact=facts.name.strip()).order_by("pk").first()
    else:
        return None
    if company is None:
        company = Company(workspace=workspace, name=facts.name or domain or facts.external_id)
    said = {**vars(facts), "domain": domain, "country": facts.country.strip().upper()}
    if _learn(company, said):
        company.save()
    return company


def _learn(record: Company | Lead, said: Mapping[str, Any]) -> bool:
    """Take over what was said and is new; True when the record is to be saved."""
    changed = record.pk is None
    for name, value in said.items():
        if name == "attributes":
            value = {**record.attributes, **value}
        if value not in ("", None) and getattr(record, name) != value:
            setattr(record, name, value)
            changed = True
    return changed


@transaction.atomic
def capture_lead(workspace: Workspace, facts: LeadFacts, *, at: datetime) -> tuple[Lead, bool]:
    """Find the lead or make it, and learn what was said `at`. Returns it and whether it is new.

    A new lead locks its first touch; a known one moves its last touch. Raises TwoLeads.
    """
    lead = find_lead(workspace, email=facts.email, external_id=facts.external_id)
    is_new = lead is None
    if lead is None:
        lead = Lead(workspace=workspace, captured_at=at, stage_since=at)
    else:
        lead = Lead.objects.select_for_update(of=("self",)).get(pk=lead.pk)
    touch = {key: value for key, value in facts.touch.items() if key in TOUCH_KEYS and value}
    source = source_of(workspace, facts.source or touch.get("utm_source", ""))
    campaign = campaign_of(workspace, facts.campaign or touch.get("utm_campaign", ""), source)
    touched = apply_touch(lead, source=source, campaign=campaign, touch=touch, at=at)
    said = {**vars(facts), "company": company_of(workspace, facts.company)}
    for name in ("source", "campaign", "touch"):
        del said[name]
    said["email"], said["country"] = facts.email.strip(), facts.country.strip().upper()
    if _learn(lead, said) or touched:
        lead.save()
    return lead, is_new


def apply_touch(
    lead: Lead,
    *,
    source: Source | None,
    campaign: Campaign | None,
    touch: Mapping[str, str],
    at: datetime,
) -> bool:
    """Lock the first touch once, move the last touch forward; True when either changed."""
    if source is None and campaign is None and not touch:
        return False
    changed = False
    if lead.first_touch_at is None:
        lead.first_source, lead.first_campaign = source, campaign
        lead.first_touch, lead.first_touch_at = dict(touch), at
        changed = True
    if lead.last_touch_at is None or at >= lead.last_touch_at:
        lead.last_source, lead.last_campaign = source, campaign
        lead.last_touch, lead.last_touch_at = dict(touch), at
        changed = True
    return changed


def build_event(lead: Lead, facts: EventFacts, *, received_at: datetime) -> Event:
    """The event, not yet saved and without its signals; moves the lead's last touch."""
    source = source_of(lead.workspace, facts.source or facts.touch.get("utm_source", ""))
    campaign = campaign_of(
        lead.workspace, facts.campaign or facts.touch.get("utm_campaign", ""), source
    )
    if apply_touch(lead, source=source, campaign=campaign, touch=facts.touch, at=facts.occurred_at):
        lead.save()
    return Event(
        workspace=lead.workspace,
        lead=lead,
        kind=facts.kind,
        source=source,
        campaign=campaign,
        occurred_at=facts.occurred_at,
        received_at=received_at,
        external_id=facts.external_id,
        url=facts.url,
        properties=dict(facts.properties),
    )
