"""Leads and what they do, drawn from one seed: the same seed gives the same year.

A lead has a hidden `interest` (0–1) that makes it active and, later, makes sales say yes. The
planted truths are in `chance_to_win` and in `World`; docs/demo.md tells them.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import product
from random import Random
from zoneinfo import ZoneInfo

import holidays
from django.utils.text import slugify

from handoff.demo import world as words
from handoff.demo.world import Channel, World
from leadqual.models import EventKind, Timeline

DAYS = 365
# Busy springs and autumns, a quiet August and December; one weight a month.
SEASON = (0.9, 1.0, 1.2, 1.15, 1.1, 1.0, 0.75, 0.6, 1.15, 1.25, 1.2, 0.7)
TIMELINES = (
    (Timeline.IMMEDIATE, 0.16),
    (Timeline.ONE_TO_THREE, 0.2),
    (Timeline.THREE_TO_SIX, 0.2),
    (Timeline.RESEARCHING, 0.24),
    (Timeline.UNKNOWN, 0.2),
)
JUST_NOW = 3  # so many came within the last two minutes: their five minutes run
PAGES = ("/", "/product", "/blog/how-to-choose", "/customers", "/integrations", "/about")


@dataclass(frozen=True)
class CompanyPlan:
    name: str
    domain: str
    industry: str
    country: str
    employees: int


@dataclass(frozen=True)
class EventPlan:
    kind: EventKind
    at: datetime
    url: str = ""
    properties: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class LeadPlan:
    number: int
    first_name: str
    last_name: str
    email: str
    job_title: str
    phone: str
    timeline: Timeline
    challenge: str
    company: CompanyPlan
    channel: Channel
    campaign: str
    captured_at: datetime
    interest: float
    events: tuple[EventPlan, ...]


def plans(world: World, *, now: datetime) -> Iterator[LeadPlan]:
    """The world's leads in the order in which they are captured, the last ones just now."""
    random = Random(world.seed)
    companies = _companies(world, random, world.leads // 3)
    moments = sorted(_working_moments(world, random, now=now))
    for number, captured_at in enumerate(moments):
        yield _lead(world, random, number, captured_at, random.choice(companies), now=now)


def chance_to_win(plan: LeadPlan, world: World) -> float:
    """How likely the lead becomes a customer once sales has qualified it.

    Truths: some channels never close; “3–6 months” closes twice as often as its five points
    suggest; opening e-mails means nothing at all.
    """
    if plan.company.industry == world.always_rejected:
        return 0.0
    by_timeline = 1.9 if plan.timeline == Timeline.THREE_TO_SIX else 1.0
    return min(0.9, 0.34 * plan.channel.closing * by_timeline * (0.5 + plan.interest))


def _working_moments(world: World, random: Random, *, now: datetime) -> list[datetime]:
    """Captures by season, weekday and hour; the last dozen within the last three hours."""
    zone = ZoneInfo(world.timezone)
    years = range(now.year - 1, now.year + 1)
    closed = holidays.country_holidays(world.country, years=years)
    first = (now - timedelta(days=DAYS)).astimezone(zone).date()
    days = [first + timedelta(days=n) for n in range(DAYS)]
    weights = [
        SEASON[day.month - 1] * (0.15 if day.weekday() >= 5 or day in closed else 1.0)
        for day in days
    ]
    fresh = 12
    moments = []
    for day in random.choices(days, weights, k=world.leads - fresh):
        hour = min(23.9, max(0.0, random.gauss(13.5, 3.5)))
        at = datetime(day.year, day.month, day.day, tzinfo=zone) + timedelta(hours=hour)
        moments.append(min(at, now - timedelta(hours=4)))
    ages = [timedelta(minutes=random.uniform(30, 150)) for _ in range(fresh)]
    ages[:JUST_NOW] = [age / 90 for age in ages[:JUST_NOW]]
    moments += [now - age for age in ages]
    return moments


def _companies(world: World, random: Random, n: int) -> list[CompanyPlan]:
    """Companies with names of their own."""
    names = [" ".join(parts) for parts in product(*words.COMPANY_NAME_PARTS)]
    return [
        CompanyPlan(
            name=name,
            domain=f"{slugify(name)}.example",
            industry=_draw(random, world.industries),
            country=_draw(random, world.countries),
            employees=max(2, int(random.lognormvariate(4.6, 1.1))),
        )
        for name in random.sample(names, n)
    ]


def _draw(random: Random, weights: dict[str, float]) -> str:
    return random.choices(list(weights), list(weights.values()))[0]


def _lead(
    world: World,
    random: Random,
    number: int,
    captured_at: datetime,
    company: CompanyPlan,
    *,
    now: datetime,
) -> LeadPlan:
    channel = random.choices(world.channels, [c.share for c in world.channels])[0]
    is_fresh = captured_at > now - timedelta(hours=3)
    interest = 1.0 if is_fresh else min(1.0, random.betavariate(1.3, 3.4) * channel.keenness)
    first, last = random.choice(words.FIRST_NAMES), random.choice(words.LAST_NAMES)
    free = not is_fresh and random.random() < 0.14
    domain = random.choice(words.FREE_DOMAINS) if free else company.domain
    senior = is_fresh or random.random() < 0.15 + 0.3 * interest
    timelines = [Timeline.IMMEDIATE] if is_fresh else [t for t, _ in TIMELINES]
    shares = [1.0] if is_fresh else [share for _, share in TIMELINES]
    return LeadPlan(
        number=number,
        first_name=first,
        last_name=last,
        email=f"{first}.{last}.{number}@{domain}".lower(),
        job_title=random.choice(words.SENIOR_TITLES if senior else words.OTHER_TITLES),
        phone=f"+49 30 {random.randint(1_000_000, 9_999_999)}" if random.random() < 0.6 else "",
        timeline=random.choices(timelines, shares)[0],
        challenge=random.choice(words.CHALLENGES) if random.random() < 0.5 else "",
        company=company,
        channel=channel,
        campaign=random.choice(channel.campaigns) if channel.campaigns else "",
        captured_at=captured_at,
        interest=interest,
        events=tuple(_events(world, random, captured_at, interest, channel, now=now)),
    )


def _events(
    world: World,
    random: Random,
    captured_at: datetime,
    interest: float,
    channel: Channel,
    *,
    now: datetime,
) -> list[EventPlan]:
    """The capture, then visits that thin out over weeks; keen leads come more often."""
    form = EventKind.FORM if random.random() < 0.1 + 0.5 * interest else EventKind.DOWNLOAD
    form_name = {"form": "enquiry"} if form == EventKind.FORM else {"title": "Buyer's guide"}
    utm = {"utm_source": channel.name, "utm_medium": channel.medium} if channel.medium else {}
    page = "/contact" if form == EventKind.FORM else "/guides/buyers-guide.pdf"
    events = [EventPlan(form, captured_at, world.site + page, {**form_name, **utm})]
    if random.random() < 0.5:  # noise: half of all open the follow-up, buyers no more than others
        opened_at = captured_at + timedelta(hours=random.uniform(3, 60))
        events.append(EventPlan(EventKind.EMAIL_OPEN, opened_at, "", {"mail": "follow-up"}))
    at = captured_at
    for _ in range(1 + int(random.expovariate(1 / (2 + 8.5 * interest)))):
        events += _visit(world, random, at, interest)
        at += timedelta(days=random.expovariate(1 / 9))
    return sorted((event for event in events if event.at <= now), key=lambda event: event.at)


def _visit(world: World, random: Random, at: datetime, interest: float) -> list[EventPlan]:
    """A handful of pages within minutes; the keener, the more often pricing, guides, demos."""
    visit = []
    for page in random.sample(PAGES, k=random.randint(1, 4)):
        at += timedelta(seconds=random.uniform(20, 200))
        visit.append(EventPlan(EventKind.PAGE_VIEW, at, world.site + page))
    if random.random() < 0.55 * interest:
        at += timedelta(seconds=40)
        visit.append(EventPlan(EventKind.PAGE_VIEW, at, f"{world.site}/pricing"))
    if random.random() < 0.12:
        at += timedelta(seconds=60)
        visit.append(EventPlan(EventKind.DOWNLOAD, at, f"{world.site}/guides/buyers-guide.pdf"))
    if random.random() < 0.08:
        ad = {"utm_source": "Google Ads", "utm_medium": "remarketing"}
        visit.append(EventPlan(EventKind.AD_CLICK, at + timedelta(hours=9), world.site, ad))
    return visit
