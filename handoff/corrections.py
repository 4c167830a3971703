"""Correcting what is known of a lead: by a person, on its page, blanks included."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from handoff.promotion import score_and_settle
from handoff.transitions import lock
from leadqual.capture import CompanyFacts, LeadFacts, company_of
from leadqual.fact_moments import known_at
from leadqual.models import Company, Lead
from scoring.locks import share_model

_FACTS = (
    *("first_name", "last_name", "email", "phone", "job_title", "country"),
    *("timeline", "challenge"),
)


@transaction.atomic
def correct_lead(lead: Lead, *, facts: LeadFacts, now: datetime) -> Lead:
    """Write the facts as they are said now, blank meaning withdrawn; score and settle the lead.

    Of its attributes those that are named, None meaning withdrawn; the others stay.

    Its history is kept by AttributeChange. Raises IntegrityError where another lead has the
    address. The facts of the company count for all its leads; those are scored from the queue.
    """
    share_model(lead.workspace_id)  # before the lead, as everywhere: see scoring.scorers
    lead = lock(lead)
    for name in _FACTS:
        setattr(lead, name, getattr(facts, name))
    lead.attributes = _corrected(lead.attributes, facts.attributes)
    with known_at(now):
        lead.company = _company(lead, facts.company)
        lead.save()
    return score_and_settle(lead, now=now)


def _company(lead: Lead, facts: CompanyFacts) -> Company | None:
    """The company that is meant. Its own facts are corrected, those of another are left alone.

    A known domain decides; a name that is not that of the lead's company means another company.
    """
    if not (facts.name or facts.domain):
        return None
    current = lead.company
    known = Company.objects.of(lead.workspace)
    company = known.filter(domain=facts.domain).first() if facts.domain else None
    if company is None and current and current.name.lower() == facts.name.lower():
        company = current
    if company is None:
        return company_of(lead.workspace, facts)
    if company == current:
        _correct_company(company, facts)
    return company


def _correct_company(company: Company, facts: CompanyFacts) -> None:
    said = {
        "name": facts.name or company.name,
        "domain": facts.domain,
        "industry": facts.industry,
        "country": facts.country,
        "employees": facts.employees,
        "attributes": _corrected(company.attributes, facts.attributes),
    }
    # Compared as written: == takes 1 for true.
    if any(repr(getattr(company, name)) != repr(value) for name, value in said.items()):
        for name, value in said.items():
            setattr(company, name, value)
        company.save()


def _corrected(known: Mapping[str, Any], said: Mapping[str, Any]) -> dict[str, Any]:
    """The attributes as they are now; a null would be recorded as something known."""
    return {name: value for name, value in {**known, **said}.items() if value is not None}
