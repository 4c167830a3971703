"""The facts that a rule may name, as the choices of a form."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from accounts.models import Workspace
from leadqual.custom_fields import custom_fields, labels
from leadqual.models import Company, Lead
from scoring.engine.fields import DERIVED, FIELDS, ICP, Field, Kind, field_named, label_of

NEWEST = 500
"""Loose facts are found in so many of the newest leads and companies; others may be typed."""

Choices = list[tuple[str, object]]


@dataclass(frozen=True)
class OwnFacts:
    """A workspace's own facts: those with a type, and all with their labels."""

    typed: dict[str, Field] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)

    def choices(self) -> Choices:
        return [*sorted(self.labels.items(), key=lambda fact: fact[1].lower())]


def fact_choices(own: OwnFacts, *, used: str = "", with_icp: bool = False) -> Choices:
    """Grouped: of the lead, of the company, the workspace's own; with the one in use anyway."""
    others = own.choices()
    if used and used not in FIELDS and used != ICP and used not in own.labels:
        others.append((used, label_of(used)))
    lead = _grouped(name for name in FIELDS if not name.startswith("company."))
    company = _grouped(name for name in FIELDS if name.startswith("company."))
    choices: Choices = [("", "Choose a fact")]
    if with_icp:
        choices.append((ICP, "the whole ideal customer profile matches"))
    choices += [("The lead", lead), ("Its company", company)]
    return [*choices, ("Your own facts", others)] if others else choices


def _grouped(names: Iterable[str]) -> Choices:
    return [(name, FIELDS[name].label) for name in names]


def askable(choices: Choices) -> Choices:
    """Without what nobody can ask a lead for: derived facts, and the empty choice."""
    found: Choices = []
    for name, shown in choices:
        if isinstance(shown, list):
            found.append((name, [fact for fact in shown if fact[0] not in DERIVED]))
        elif name:
            found.append((name, shown))
    return found


def own_facts(workspace: Workspace) -> OwnFacts:
    """Those with a type, and the loose ones that the newest leads and companies here have."""
    leads = Lead.objects.of(workspace).order_by("-captured_at", "-pk")
    companies = Company.objects.of(workspace).order_by("-pk")
    said = leads.exclude(attributes={}).values_list("attributes", flat=True)[:NEWEST]
    known = companies.exclude(attributes={}).values_list("attributes", flat=True)[:NEWEST]
    names = {f"attributes.{key}" for facts in said for key in facts}
    names |= {f"company.attributes.{key}" for facts in known for key in facts}
    loose = {name: label_of(name) for name in names if len(name) <= 60}
    return OwnFacts(_typed(workspace), loose | labels(workspace))


def _typed(workspace: Workspace) -> dict[str, Field]:
    named = labels(workspace)
    return {
        each.name: replace(
            field_named(each.name),
            label=named[each.name],
            kind=Kind(each.kind),
            choices=tuple((choice, choice) for choice in each.choices),
        )
        for each in custom_fields(workspace)
    }


def custom_facts(workspace: Workspace) -> Choices:
    """The workspace's own facts with their labels."""
    return own_facts(workspace).choices()
