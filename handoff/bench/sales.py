"""Workspaces whose leads are MQLs and ready: forty reps, weights, caps, hours and twenty rules."""

# ruff: noqa: S608 - texts of our own, put together

import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, time
from typing import Any, Final

from django.contrib.auth.hashers import make_password
from django.db import connection

from accounts.models import Membership, Role, User, Workspace
from handoff.bench.fill import superuser, vacuum
from handoff.models import Pool, PoolMember, Rep, RoutingPlan, RoutingRule
from handoff.rosters import welcome_reps
from handoff.workspaces import create_workspace
from leadqual.models import Company, Event, EventKind, Lead
from scoring.engine.sql import Binder
from scoring.models import ModelVersion, ScoreDirty
from scoring.scorers import rescore_workspace
from scoring.signals import classify_sql, definitions
from sla.models import BusinessCalendar, WorkingRange

WORKSPACES: Final = 5
REPS: Final = 40
RULES: Final = 20
REGIONS: Final = 25
"""Of these every rule but the last asks for one; who comes from another goes to everybody."""

_DONE: Final = (
    (EventKind.PAGE_VIEW, "pricing"),
    (EventKind.DEMO_REQUEST, "demo"),
    (EventKind.WEBINAR, "webinar"),
)
"""With the starter model's points for them and for the facts, a lead is ready and worth a call."""

_MADE = (
    *("handoff_handoff", "handoff_fallbackentry", "handoff_release", "sla_clock"),
    *("leadqual_notice", "leadqual_outboxmessage", "leadqual_stagemove", "leadqual_touch"),
)
"""What offering a lead may write, beside columns of what was there."""


def workspaces(*, leads: int, now: datetime) -> list[Workspace]:
    """Five with so many leads each; made where they are not there yet."""
    found = [_workspace(n) or _make(n, leads=leads, now=now) for n in range(1, WORKSPACES + 1)]
    vacuum()
    return found


def _workspace(number: int) -> Workspace | None:
    return Workspace.objects.filter(slug=f"sales-{number}", name__startswith="Sales").first()


def _make(number: int, *, leads: int, now: datetime) -> Workspace:
    slug = f"sales-{number}"
    boss = User.objects.create(email=f"boss@{slug}.example", name="Bench")
    workspace = create_workspace(name="Unfinished", slug=slug, by=boss, at=now)
    _hire(workspace, now=now)
    _rules(workspace, by=boss, now=now)
    _leads(workspace, count=leads, now=now)
    version = ModelVersion.objects.published().get(workspace=workspace)
    rescore_workspace(version, now=now)
    _make_mqls(workspace, now=now)
    workspace.name = f"Sales {number}"
    workspace.save(update_fields=["name"])
    return workspace


def _hire(workspace: Workspace, *, now: datetime) -> None:
    """Weights of 1 to 4; caps that are counted and not reached; half of them with hours."""
    password = make_password(secrets.token_urlsafe())
    people = User.objects.bulk_create(
        User(
            email=f"rep-{n}@{workspace.slug}.example",
            name=f"Rep {n}",
            password=password,
            last_login=now,
        )
        for n in range(REPS)
    )
    Membership.objects.bulk_create(
        Membership(workspace=workspace, user=user, role=Role.REP) for user in people
    )
    welcome_reps(workspace)
    always = BusinessCalendar.objects.create(workspace=workspace, name="Always", timezone="UTC")
    for day in range(7):
        WorkingRange.objects.create(calendar=always, weekday=day, start=time(0), end=time(0))
    reps = list(Rep.objects.of(workspace).order_by("pk"))
    Rep.objects.of(workspace).update(most_open=900, most_a_day=900, most_a_week=2000)
    Rep.objects.filter(pk__in=[rep.pk for rep in reps[::2]]).update(calendar=always)
    for n, rep in enumerate(reps):
        PoolMember.objects.filter(rep=rep).update(weight=1 + n % 4)


def _rules(workspace: Workspace, *, by: User, now: datetime) -> None:
    everybody = Pool.objects.get(workspace=workspace, takes_all=True)
    RoutingPlan.objects.of(workspace).update(status=RoutingPlan.Status.RETIRED)
    plan = RoutingPlan.objects.create(
        workspace=workspace,
        number=RoutingPlan.objects.of(workspace).count() + 1,
        status=RoutingPlan.Status.IN_FORCE,
        created_at=now,
        in_force_since=now,
        put_in_force_by=by,
    )
    for n in range(RULES):
        last = n == RULES - 1
        RoutingRule.objects.create(
            plan=plan,
            position=n,
            name=f"Rule {n + 1}",
            pool=everybody,
            regions=[] if last else [f"Region {n}"],
            title_words=["nobody's title"] if last else [],
        )


def _leads(workspace: Workspace, *, count: int, now: datetime) -> None:
    """As `receive_lead` would have recorded them: they fit, want to start and saw the prices."""
    companies = Company.objects.bulk_create(
        Company(
            workspace=workspace,
            name=f"Company {n}",
            domain=f"c{n}.{workspace.slug}.example",
            industry="software",
            country="DE",
            region=f"Region {n % REGIONS}",
            employees=200,
        )
        for n in range(count)
    )
    leads = Lead.objects.bulk_create(
        Lead(
            workspace=workspace,
            company=company,
            email=f"p{n}@{company.domain}",
            first_name="Hanna",
            last_name=f"Weiss {n}",
            job_title="Head of IT",
            timeline="immediate",
            challenge="Too many tools",
            captured_at=now,
            stage_since=now,
        )
        for n, company in enumerate(companies)
    )
    Event.objects.bulk_create(
        Event(
            workspace=workspace,
            lead=lead,
            kind=kind,
            occurred_at=now,
            url=f"https://www.northwind.example/{path}",
        )
        for lead in leads
        for kind, path in _DONE
    )
    bind = Binder()
    signals = classify_sql(definitions(workspace), bind)
    values = {**bind.params, "workspace": workspace.pk}
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE leadqual_event e SET signals = {signals} WHERE workspace_id = %(workspace)s",
            values,
        )


def _make_mqls(workspace: Workspace, *, now: datetime) -> None:
    """A world that never was is written whole; in the product `handoff.transitions` alone moves."""
    values = {"workspace": workspace.pk, "at": now}
    with superuser() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(
            "INSERT INTO leadqual_stagemove (workspace_id, lead_id, cycle, from_stage, to_stage,"
            " at, recorded_at, rule, reason, note, grade, counted, imported)"
            " SELECT workspace_id, id, 1, 'new', 'mql', %(at)s, %(at)s, 'mql_definition', '', '',"
            " '', true, false FROM leadqual_lead WHERE workspace_id = %(workspace)s",
            values,
        )
        cursor.execute(
            "UPDATE leadqual_lead SET stage = 'mql', cycle = 1, stage_since = %(at)s"
            " WHERE workspace_id = %(workspace)s",
            values,
        )
    ScoreDirty.objects.filter(lead_id__in=Lead.objects.of(workspace).values("pk")).delete()


@contextmanager
def as_before(involved: Sequence[Workspace]) -> Iterator[None]:
    """What is offered inside the block is taken away after it, as if it had never been."""
    with connection.cursor() as cursor:
        last = {table: _last(cursor, table) for table in _MADE}
    try:
        yield
    finally:
        _take_away(last, involved)


def _take_away(last: Mapping[str, int], involved: Sequence[Workspace]) -> None:
    pks = [workspace.pk for workspace in involved]
    with superuser() as cursor:
        cursor.execute("SET session_replication_role = replica")
        for table, pk in last.items():
            cursor.execute(
                f"DELETE FROM {table} WHERE id > %s AND workspace_id = ANY (%s)", [pk, pks]
            )
        cursor.execute(
            "UPDATE handoff_poolmember SET credit = 0, last_assigned_at = NULL"
            " WHERE pool_id IN (SELECT id FROM handoff_pool WHERE workspace_id = ANY (%s))",
            [pks],
        )
        cursor.execute("DELETE FROM scoring_qualificationdue")
    vacuum(*_MADE)


def _last(cursor: Any, table: str) -> int:
    cursor.execute(f"SELECT coalesce(max(id), 0) FROM {table}")
    found: int = cursor.fetchone()[0]
    return found
