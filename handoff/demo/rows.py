"""The generated leads and events as rows, in bulk; nothing has moved yet."""

from datetime import datetime, timedelta
from itertools import islice

from accounts.models import Workspace
from handoff.demo import own_facts
from handoff.demo.generate import LeadPlan, plans
from handoff.demo.world import Channel, World
from handoff.transitions import record_captures
from leadqual.capture import campaign_of, source_of
from leadqual.custom_fields import Of
from leadqual.models import Campaign, CampaignCost, Company, Event, Lead, Source
from scoring.signals import classify

BATCH = 5000


def write_rows(
    workspace: Workspace, world: World, *, now: datetime
) -> dict[int, tuple[Lead, LeadPlan]]:
    """Write companies, leads, events and captures; returns lead and plan by lead id."""
    drawn = list(plans(world, now=now))
    sources = {c.name: _source(workspace, c) for c in world.channels}
    campaigns = {
        code: campaign_of(workspace, code, sources[channel.name])
        for channel in world.channels
        for code in channel.campaigns
    }
    _costs(workspace, [campaign for campaign in campaigns.values() if campaign], now=now)
    own_facts.define(workspace, world)
    companies = _companies(workspace, world, drawn)
    leads = Lead.objects.bulk_create(
        (_lead(workspace, world, plan, companies, sources, campaigns) for plan in drawn),
        batch_size=1000,
    )
    written = {lead.pk: (lead, plan) for lead, plan in zip(leads, drawn, strict=True)}
    record_captures(leads)
    events = (
        _event(workspace, lead, plan, number, sources)
        for lead, plan in written.values()
        for number in range(len(plan.events))
    )
    while batch := list(islice(events, BATCH)):
        classify(batch, workspace)
        Event.objects.bulk_create(batch)
    return written


def _costs(workspace: Workspace, campaigns: list[Campaign], *, now: datetime) -> None:
    """A year of each but the last, of which nobody has entered what it cost."""
    today = now.astimezone(workspace.zone).date()
    CampaignCost.objects.bulk_create(
        CampaignCost(
            workspace=workspace,
            campaign=campaign,
            first=today - timedelta(days=30 * (month + 1) - 1),
            last=today - timedelta(days=30 * month),
            amount=900 + 350 * number + 40 * (month % 5),
        )
        for number, campaign in enumerate(campaigns[:-1])
        for month in range(12)
    )


def _source(workspace: Workspace, channel: Channel) -> Source:
    source = source_of(workspace, channel.name)
    assert source is not None  # noqa: S101 - the world's channels have names
    source.direction = channel.direction
    source.save(update_fields=["direction"])
    return source


def _companies(workspace: Workspace, world: World, drawn: list[LeadPlan]) -> dict[str, Company]:
    plans_by_domain = {plan.company.domain: plan for plan in drawn}
    rows = Company.objects.bulk_create(
        Company(
            workspace=workspace,
            name=plan.company.name,
            domain=domain,
            industry=plan.company.industry,
            country=plan.company.country,
            employees=plan.company.employees,
            attributes=own_facts.said(world, Of.COMPANY, domain),
            created_at=plan.captured_at,
        )
        for domain, plan in plans_by_domain.items()
    )
    return {company.domain: company for company in rows}


def _lead(
    workspace: Workspace,
    world: World,
    plan: LeadPlan,
    companies: dict[str, Company],
    sources: dict[str, Source],
    campaigns: dict[str, Campaign | None],
) -> Lead:
    source, campaign = sources[plan.channel.name], campaigns.get(plan.campaign)
    touch = {"utm_source": plan.channel.name, "utm_campaign": plan.campaign}
    touch = {key: value for key, value in touch.items() if value}
    return Lead(
        workspace=workspace,
        company=companies[plan.company.domain],
        email=plan.email,
        email_normalised=plan.email,
        external_id=f"demo-{plan.number}",
        first_name=plan.first_name,
        last_name=plan.last_name,
        phone=plan.phone,
        job_title=plan.job_title,
        country=plan.company.country,
        timeline=plan.timeline,
        challenge=plan.challenge,
        attributes=own_facts.said(world, Of.LEAD, str(plan.number)),
        stage_since=plan.captured_at,
        captured_at=plan.captured_at,
        first_source=source,
        first_campaign=campaign,
        first_touch=touch,
        first_touch_at=plan.captured_at,
        last_source=source,
        last_campaign=campaign,
        last_touch=touch,
        last_touch_at=plan.captured_at,
    )


def _event(
    workspace: Workspace,
    lead: Lead,
    plan: LeadPlan,
    number: int,
    sources: dict[str, Source],
) -> Event:
    event = plan.events[number]
    return Event(
        workspace=workspace,
        lead=lead,
        kind=event.kind,
        source=sources.get(event.properties.get("utm_source", "")),
        occurred_at=event.at,
        received_at=event.at,
        external_id=f"demo-{plan.number}-{number}",
        url=event.url,
        properties=event.properties,
    )
