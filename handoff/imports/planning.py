"""What a chunk of lines would change: compared with what is known, written nowhere yet."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from accounts.models import Workspace
from handoff.imports import companies, deals, history
from handoff.imports.known import Known, TwoLeads, look_up
from handoff.imports.records import Flag, Record, Refusal
from handoff.models import Opportunity
from leadqual.employers import learn_attributes
from leadqual.models import Company, Lead


@dataclass
class LeadPlan:
    """One lead as it would be after its line. `changed` names the columns that differ."""

    record: Record
    lead: Lead
    is_new: bool
    changed: set[str] = field(default_factory=set)
    past: list[history.Moment] = field(default_factory=list)
    deal: Opportunity | None = None
    company_changes: bool = False

    @property
    def outcome(self) -> str:
        if self.is_new:
            return "created"
        touched = self.changed or self.past or self.deal or self.company_changes
        return "updated" if touched else "unchanged"

    def say(self, column: str, value: object) -> None:
        if getattr(self.lead, column) != value:
            setattr(self.lead, column, value)
            self.changed.add(column)


@dataclass
class Plan:
    known: Known
    leads: list[LeadPlan] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    flags: list[Flag] = field(default_factory=list)
    companies: dict[int, Company] = field(default_factory=dict)  # new or changed, by id()

    def count(self, outcome: str) -> int:
        return sum(plan.outcome == outcome for plan in self.leads)


def plan_chunk(
    workspace: Workspace,
    lines: Sequence[Record | Refusal],
    *,
    taken: dict[int, int],
    lock: bool,
    now: datetime,
) -> Plan:
    """Compare the lines with the database, at a constant number of queries.

    `taken` says which lead (by primary key) which row of the file was about, and is added to.
    `lock` holds the leads for a write in the same transaction.
    """
    records = [line for line in lines if isinstance(line, Record)]
    plan = Plan(look_up(workspace, records, lock=lock))
    plan.refusals += [line for line in lines if isinstance(line, Refusal)]
    for record in records:
        refused = _plan_lead(plan, record, taken, now)
        if refused:
            plan.refusals.append(Refusal(record.row, refused))
    plan.refusals.sort(key=lambda refusal: refusal.row.number)
    return plan


def _plan_lead(plan: Plan, record: Record, taken: dict[int, int], now: datetime) -> str:
    """Add the record's lead to the plan; returns why not, where it cannot be taken."""
    try:
        lead = plan.known.lead_of(record)
    except TwoLeads as problem:
        return str(problem)
    one = LeadPlan(record, lead or _new_lead(plan, record, now), is_new=lead is None)
    refused = "" if one.is_new else _names(one, plan.known)
    if refused:
        return refused
    if not one.is_new and (first := taken.setdefault(one.lead.pk, record.row.number)) != (
        record.row.number
    ):
        return f"is about the same lead as row {first}"
    for column, value in record.facts.items():
        one.say(column, value)
    one.changed |= learn_attributes(one.lead, record.attributes)
    flags = [
        *companies.attach(plan, one),
        *history.remember(plan, one),
        *_owner(plan.known, one),
        *deals.attach(plan, one),
        *_source(plan.known, one),
    ]
    plan.flags += [Flag(record.row, what) for what in flags]
    plan.leads.append(one)
    return ""


def _new_lead(plan: Plan, record: Record, now: datetime) -> Lead:
    # Captured when first heard of; a file without moments is heard of now.
    at = min(record.moments.values(), default=now)
    return Lead(
        workspace=plan.known.workspace,
        external_id=record.external_id,
        email=record.email,
        email_normalised=record.address,
        captured_at=at,
        stage_since=at,
        imported=True,
    )


def _names(one: LeadPlan, known: Known) -> str:
    """Learn the e-mail address and external id; returns why the line is not about this lead."""
    lead, record = one.lead, one.record
    if lead.erased_at:
        return f"{record.name} is a person who was erased"
    # A name under which the lead is known already may be that of one merged into it.
    if record.external_id and ("external_id", record.external_id) not in known.leads:
        if lead.external_id:
            return f"{record.email} belongs to the lead with the external id {lead.external_id}"
        one.say("external_id", record.external_id)
    if record.address and ("email", record.address) not in known.leads:
        one.say("email", record.email)
        one.say("email_normalised", record.address)
    return ""


def _owner(known: Known, one: LeadPlan) -> list[str]:
    """The rep, by e-mail address; a lead that is worked on here keeps its own."""
    address = one.record.owner
    if not address or history.is_live(one, known):
        return []
    owner = known.owners.get(address)
    if owner is None:
        return [f"its owner {address} is no member of this workspace; it is taken without"]
    one.say("owner_id", owner)
    return []


def _source(known: Known, one: LeadPlan) -> list[str]:
    """First and last touch of a lead that has none; the first one is locked for ever."""
    lead, record = one.lead, one.record
    if not record.source and not record.campaign:
        return []
    source = known.source_of(record.source)
    if lead.first_touch_at is None:
        campaign = known.campaign_of(record.campaign, source)
        for which in ("first", "last"):
            setattr(lead, f"{which}_source", source)
            setattr(lead, f"{which}_campaign", campaign)
            setattr(lead, f"{which}_touch_at", lead.captured_at)
            one.changed |= {f"{which}_source", f"{which}_campaign", f"{which}_touch_at"}
        return []
    if source and lead.first_source_id and lead.first_source_id != source.pk:
        return [f"came first from another source than {source.name}; the first source is locked"]
    return []
