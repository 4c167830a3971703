"""The facts that a rule may name, as the choices of a form."""

from accounts.models import Workspace
from leadqual.models import Company, Lead
from scoring.fields import FIELDS, ICP, label_of

NEWEST = 500
"""Custom facts are found in so many of the newest leads and companies; others may be typed."""

Choices = list[tuple[str, object]]


def fact_choices(own: Choices, *, used: str = "", with_icp: bool = False) -> Choices:
    """Grouped: of the lead, of the company, the workspace's own; with the one in use anyway."""
    if used and used not in FIELDS and used != ICP and used not in dict(own):
        own = [*own, (used, label_of(used))]
    lead = [(name, f.label) for name, f in FIELDS.items() if not name.startswith("company.")]
    company = [(name, f.label) for name, f in FIELDS.items() if name.startswith("company.")]
    choices: Choices = [("", "Choose a fact")]
    if with_icp:
        choices.append((ICP, "the whole ideal customer profile matches"))
    choices += [("The lead", lead), ("Its company", company)]
    return [*choices, ("Your own facts", own)] if own else choices


def custom_facts(workspace: Workspace) -> Choices:
    """Custom facts, with their labels, that the newest leads and companies here have."""
    leads = Lead.objects.of(workspace).order_by("-captured_at", "-pk")
    companies = Company.objects.of(workspace).order_by("-pk")
    said = leads.exclude(attributes={}).values_list("attributes", flat=True)[:NEWEST]
    known = companies.exclude(attributes={}).values_list("attributes", flat=True)[:NEWEST]
    names = {f"attributes.{key}" for facts in said for key in facts}
    names |= {f"company.attributes.{key}" for facts in known for key in facts}
    return [(name, label_of(name)) for name in sorted(names) if len(name) <= 60]
