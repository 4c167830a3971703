"""Typed builders of rows for tests. Each makes the least that a sentence of a test needs."""

from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from typing import Any

from accounts.models import Membership, Role, User, Workspace
from handoff.intake import Receipt, receive_events, receive_lead
from handoff.models import Pool, PoolMember, Rep
from handoff.promotion import settle_due
from leadqual.capture import CompanyFacts, EventFacts, LeadFacts
from leadqual.custom_fields import forget
from leadqual.models import Company, CustomField, Event, EventKind, Lead, Source
from leadqual.stages import Stage
from scoring.scorers import score_dirty

_number = count(1)

MONDAY_NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
"""A working Monday in winter, 12:00 UTC."""


CHOSEN = "pbkdf2_sha256$1$cheap$bm90aGluZyBoYXNoZXMgdG8gdGhpcyBvZiBjb3Vyc2U="
"""Where a password's hash belongs: making a real one takes half a second by design."""


def make_workspace(*, name: str = "", slug: str = "", **fields: Any) -> Workspace:
    n = next(_number)
    return Workspace.objects.create(
        name=name or f"Workspace {n}", slug=slug or f"workspace-{n}", **fields
    )


def make_user(*, name: str = "", email: str = "", password: str | None = None) -> User:
    """A person who has chosen a password, though nobody knows it unless it is given here."""
    n = next(_number)
    name = name or f"Person {n}"
    address = email or f"{name.split()[0].lower()}-{n}@example.com"
    if password:
        return User.objects.create_user(address, password, name=name)
    return User.objects.create(email=address.lower(), name=name, password=CHOSEN)


def make_member(
    workspace: Workspace, *, name: str = "", role: Role = Role.REP, user: User | None = None
) -> User:
    user = user or make_user(name=name)
    Membership.objects.create(workspace=workspace, user=user, role=role)
    return user


def join_pool(workspace: Workspace, user: User, *, weight: int = 1, **capacity: Any) -> Rep:
    """The person takes turns in the pool of everybody from now on, whatever their role; safe to
    repeat. `capacity` are fields of Rep, such as most_open."""
    rep, _ = Rep.objects.update_or_create(workspace=workspace, user=user, defaults=capacity)
    pool, _ = Pool.objects.get_or_create(
        workspace=workspace, takes_all=True, defaults={"name": "Everybody"}
    )
    PoolMember.objects.update_or_create(pool=pool, rep=rep, defaults={"weight": weight})
    return rep


def make_custom_field(workspace: Workspace, *, key: str = "", **fields: Any) -> CustomField:
    """A typed fact of the workspace's own: of leads, and a text, unless said otherwise."""
    key = key or f"fact-{next(_number)}"
    fields.setdefault("label", key.capitalize())
    forget(workspace)
    return CustomField.objects.create(workspace=workspace, key=key, **fields)


def make_company(workspace: Workspace, *, name: str = "", **fields: Any) -> Company:
    return Company.objects.create(
        workspace=workspace, name=name or f"Company {next(_number)}", **fields
    )


def make_source(workspace: Workspace, *, code: str = "", name: str = "") -> Source:
    code = code or f"source-{next(_number)}"
    return Source.objects.create(workspace=workspace, code=code, name=name or code)


def make_lead(workspace: Workspace, *, stage: Stage = Stage.NEW, **fields: Any) -> Lead:
    """A lead put straight into a stage; tests about moves use handoff.transitions instead."""
    n = next(_number)
    fields.setdefault("email", f"lead-{n}@company-{n}.example")
    fields.setdefault("captured_at", MONDAY_NOON)
    fields.setdefault("stage_since", fields["captured_at"])
    return Lead.objects.create(workspace=workspace, stage=stage, **fields)


def make_event(
    lead: Lead,
    *,
    kind: EventKind = EventKind.PAGE_VIEW,
    occurred_at: datetime = MONDAY_NOON,
    **fields: Any,
) -> Event:
    return Event.objects.create(
        workspace=lead.workspace, lead=lead, kind=kind, occurred_at=occurred_at, **fields
    )


HOT = LeadFacts(
    first_name="Hanna",
    last_name="Weiss",
    job_title="Head of IT",
    timeline="immediate",
    challenge="Too many tools",
    company=CompanyFacts(
        name="Acme", domain="acme.example", industry="software", country="DE", employees=200
    ),
    source="LinkedIn",
)
"""With the starter model: ICP 15, decision maker 20, immediate 25: an MQL, not yet ready."""


def receive_hot_lead(
    workspace: Workspace,
    *,
    email: str = "",
    pricing_page: bool = True,
    at: datetime = MONDAY_NOON,
    facts: LeadFacts = HOT,
) -> Lead:
    """A lead through the front door; with the pricing page (20) it is ready to be offered."""
    email = email or f"hanna-{next(_number)}@acme.example"
    lead, _ = receive_lead(workspace=workspace, facts=replace(facts, email=email), at=at, now=at)
    if pricing_page:
        visit_pricing_page(lead, at=at)
    return Lead.objects.get(pk=lead.pk)


def receive_event(*, workspace: Workspace, facts: EventFacts, now: datetime) -> Receipt:
    """One event through the front door, and what the scorer makes of it at that moment."""
    [receipt] = receive_events(workspace=workspace, batch=[facts], now=now)
    work_off(now=now)
    return receipt


def work_off(*, now: datetime) -> None:
    """What `manage.py scorer` does, until nothing is due."""
    while score_dirty(now=now) or settle_due(now=now):
        pass


def visit_pricing_page(lead: Lead, *, at: datetime) -> None:
    receive_event(
        workspace=lead.workspace,
        facts=EventFacts(
            kind=EventKind.PAGE_VIEW,
            occurred_at=at,
            email=lead.email,
            url="https://northwind.example/pricing",
        ),
        now=at,
    )
