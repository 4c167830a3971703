"""What the workspace knows already of the people in a chunk of lines: a constant few queries."""

import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.text import slugify

from accounts.models import Membership, Workspace
from handoff.imports.records import CompanyKey, Record, company_key
from handoff.models import Opportunity
from leadqual.models import Campaign, Company, Lead, Source, StageMove


class TwoLeads(ValueError):
    """The line's e-mail address names one lead, its external id another."""


@dataclass
class Known:
    """Rows by what a file calls them. New ones are added while a chunk is planned."""

    workspace: Workspace
    leads: dict[tuple[str, str], Lead] = field(default_factory=dict)
    moves: dict[int, list[StageMove]] = field(default_factory=dict)
    opportunities: dict[int, Opportunity] = field(default_factory=dict)
    companies: dict[CompanyKey, Company] = field(default_factory=dict)
    sources: dict[str, Source] = field(default_factory=dict)
    campaigns: dict[str, Campaign] = field(default_factory=dict)
    owners: dict[str, int] = field(default_factory=dict)

    def lead_of(self, record: Record) -> Lead | None:
        """Raises TwoLeads."""
        names = [("external_id", record.external_id), ("email", record.address)]
        found = [self.leads.get(name) for name in names if name[1]]
        leads = {id(lead): lead for lead in found if lead is not None}
        if len(leads) > 1:
            raise TwoLeads(
                f"{record.email} and {record.external_id} belong to two different leads; "
                "merge them first"
            )
        return next(iter(leads.values()), None)

    def source_of(self, name: str) -> Source | None:
        """The channel of that name, made (not saved) when it is new."""
        code = source_code(name)
        if not code:
            return None
        if code not in self.sources:
            self.sources[code] = Source(workspace=self.workspace, code=code, name=name[:80])
        return self.sources[code]

    def campaign_of(self, code: str, source: Source | None) -> Campaign | None:
        if not code:
            return None
        if code not in self.campaigns:
            self.campaigns[code] = Campaign(
                workspace=self.workspace, code=code, name=code, source=source
            )
        return self.campaigns[code]


def source_code(name: str) -> str:
    """As in leadqual.capture; a name without a Latin letter gets a code all the same."""
    plain = name.strip()
    if not plain:
        return ""
    return slugify(plain)[:60] or f"source-{zlib.crc32(plain.encode()):08x}"


def look_up(workspace: Workspace, records: Sequence[Record], *, lock: bool) -> Known:
    """Everything the records may touch; with `lock` the leads are held to the transaction's end."""
    known = Known(workspace)
    _leads(known, records, lock=lock)
    ids = {lead.pk for lead in known.leads.values()}
    moves = StageMove.objects.filter(lead__in=ids).order_by("lead_id", "at", "pk")
    for move in moves.defer("explanation", "note"):
        known.moves.setdefault(move.lead_id, []).append(move)
    for deal in Opportunity.objects.filter(lead__in=ids).order_by("cycle"):
        known.opportunities[deal.lead_id] = deal  # the latest cycle's
    _companies(known, (record.company for record in records))
    known.sources = {source.code: source for source in Source.objects.of(workspace)}
    codes = {record.campaign for record in records if record.campaign}
    campaigns = Campaign.objects.of(workspace).filter(code__in=codes)
    known.campaigns = {campaign.code: campaign for campaign in campaigns}
    members = Membership.objects.of(workspace).current().values_list("user__email", "user_id")
    known.owners = {email.lower(): user for email, user in members}
    return known


def _leads(known: Known, records: Sequence[Record], *, lock: bool) -> None:
    """By external id and e-mail; one that was merged into another lead names its survivor."""
    mine = Lead.objects.of(known.workspace)
    ids, addresses = {r.external_id for r in records}, {r.address for r in records}
    # “Not blank” is what lets PostgreSQL use the two partial unique indexes.
    named = Q(external_id__in=ids - {""}) & ~Q(external_id="")
    named |= Q(email_normalised__in=addresses - {""}) & ~Q(email_normalised="")
    columns = ("pk", "external_id", "email_normalised", "merged_into_id")
    # Merged ones first: a lead that is there has the better claim to a name both had.
    found = list(mine.filter(named, merged_into__isnull=False).order_by("pk").values_list(*columns))
    found += mine.filter(named, merged_into=None).values_list(*columns)
    into: dict[int, int | None] = {pk: merged for pk, _, _, merged in found}
    while missing := {pk for pk in into.values() if pk is not None} - into.keys():
        into.update(mine.filter(pk__in=missing).values_list("pk", "merged_into_id"))

    def survivor(pk: int) -> int:
        while (next_pk := into[pk]) is not None:
            pk = next_pk
        return pk

    rows = mine.filter(pk__in={survivor(pk) for pk in into}).order_by("pk")
    leads = {lead.pk: lead for lead in (rows.select_for_update() if lock else rows)}
    for pk, external_id, address, _ in found:
        for key in (("external_id", external_id), ("email", address)):
            if key[1]:
                known.leads[key] = leads[survivor(pk)]


def _companies(known: Known, lines: Iterable[Mapping[str, Any]]) -> None:
    """By external id, domain and, in lower case, name; of two of one name the older counts."""
    said = [one for one in lines if company_key(one)]
    if not said:
        return
    mine = Company.objects.of(known.workspace).alias(lower=Lower("name"))
    named = Q(external_id__in={one["external_id"] for one in said if one.get("external_id")})
    named |= Q(domain__in={one["domain"] for one in said if one.get("domain")})
    named |= Q(lower__in={one["name"].lower() for one in said if one.get("name")})
    for company in mine.filter(named).order_by("-pk"):
        add_company(known, company)


def add_company(known: Known, company: Company) -> None:
    for key in (
        ("external_id", company.external_id),
        ("domain", company.domain),
        ("name", company.name.lower()),
    ):
        if key[1]:
            known.companies[key] = company
