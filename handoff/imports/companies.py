"""The company of a line: found by external id, domain or name, made when new, completed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from handoff.imports.known import Known, add_company
from leadqual.employers import learn_attributes
from leadqual.models import Company

if TYPE_CHECKING:
    from handoff.imports.planning import LeadPlan, Plan


def attach(plan: Plan, one: LeadPlan) -> list[str]:
    """Give the lead its company and the company what the line says of it; returns flags."""
    said = one.record.company
    if not said:
        return []
    known = plan.known
    company = _find(known, said)
    is_new = company is None
    if company is None:
        name = said.get("name") or said.get("domain") or said["external_id"]
        company = Company(workspace=known.workspace, name=name)
    flags = []
    holder = known.companies.get(("domain", said.get("domain", "")))
    if holder not in (None, company):
        said = {name: value for name, value in said.items() if name != "domain"}
        flags.append(f"{holder.domain} is the domain of {holder.name}; it stays there")
    if _learn(company, said) or is_new:
        add_company(known, company)
        plan.companies[id(company)] = company
        one.company_changes = True
    if one.lead.company_id is None or one.lead.company_id != company.pk:
        one.lead.company = company
        one.changed.add("company")
    return flags


def _find(known: Known, said: Mapping[str, Any]) -> Company | None:
    """By its external id; else by domain or name, unless that company has another external id."""
    external_id, domain = said.get("external_id", ""), said.get("domain", "")
    if external_id and (found := known.companies.get(("external_id", external_id))):
        return found
    by_domain = known.companies.get(("domain", domain))
    if by_domain and not (external_id and by_domain.external_id):
        return by_domain
    by_name = known.companies.get(("name", said.get("name", "").lower()))
    if by_name and not (external_id and by_name.external_id) and not (domain and by_name.domain):
        return by_name
    return None


def _learn(company: Company, said: Mapping[str, Any]) -> bool:
    """Write what is said and new; True when something changed."""
    prefix, before = "attributes.", {**vars(company)}
    attributes = {
        name.removeprefix(prefix): value for name, value in said.items() if name.startswith(prefix)
    }
    learned = learn_attributes(company, attributes)
    for name, value in said.items():
        if not name.startswith(prefix):
            setattr(company, name, value)
    return bool(learned) or any(before.get(name) != value for name, value in vars(company).items())
