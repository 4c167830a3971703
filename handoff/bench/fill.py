"""Fill the bench's database once: rows in bulk, then numbers and histories that follow."""

# ruff: noqa: S608 - texts of our own, put together

import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import psycopg
from django.contrib.auth.hashers import make_password
from django.db import connection

from accounts.models import Membership, Role, User, Workspace
from handoff.bench import history, world
from handoff.bench.model import draft_measured_model
from handoff.rosters import welcome_reps
from handoff.workspaces import create_workspace
from leadqual.models import Source
from scoring.engine.sql import Binder
from scoring.models import ModelVersion, Rescore
from scoring.publishing import publish
from scoring.scorers import rescore_workspace
from scoring.signals import classify_sql, definitions

SLUG = "bench"
REPS = 8
LOADED = ("leadqual_company", "leadqual_lead", "leadqual_event", "leadqual_attributechange")
KEPT_TRIGGERS = (
    ("leadqual_lead", "leadqual_lead_facts_inserted"),
    ("leadqual_company", "leadqual_company_facts_inserted"),
)


def workspace_of_bench() -> Workspace | None:
    """The workspace if its filling was finished."""
    return Workspace.objects.filter(slug=SLUG, name__endswith="leads").first()


def moment_of(workspace: Workspace) -> datetime:
    """The present of the generated world: everything was written as of then."""
    first = ModelVersion.objects.get(workspace=workspace, number=1)
    assert first.published_at is not None  # noqa: S101
    return first.published_at


def fill(*, leads: int, now: datetime, say: Callable[[str], object]) -> Workspace:
    """Make the workspace with so many leads and about ten times as many events."""
    workspace = _prepare(now=now)
    values = {"workspace": workspace.pk, "leads": leads, "at": now}
    began = time.perf_counter()
    with superuser() as cursor, _without_triggers(cursor), _without_indexes(cursor):
        for name, text, more in (
            ("companies", world.COMPANIES, {}),
            ("leads", world.LEADS, {}),
            ("events", *_events_text(workspace)),
            ("later facts", world.CHANGED_MINDS, {}),
            ("facts known later", world.KNOWN_LATER, {}),
        ):
            cursor.execute(text, {**values, **more})
            say(f"{name}: {cursor.rowcount:,} rows, {time.perf_counter() - began:.0f} s")
        _follow_numbers(cursor)
    vacuum()
    version = ModelVersion.objects.published().get(workspace=workspace)
    rescore_workspace(version, now=now)
    history.write(workspace, at=now)
    _empty_queues()
    vacuum()
    workspace.name = f"Bench of {leads:,} leads"
    workspace.save(update_fields=["name"])
    say(f"scored, with histories: {time.perf_counter() - began:.0f} s")
    return workspace


def _prepare(*, now: datetime) -> Workspace:
    password = make_password(secrets.token_urlsafe())  # who has none is offered no lead
    boss = User.objects.create(email="boss@bench.example", name="Bench")
    workspace = create_workspace(name="Unfinished", slug=SLUG, by=boss, at=now)
    for n in range(REPS):
        rep = User.objects.create(
            email=f"rep-{n}@bench.example", name=f"Rep {n}", password=password, last_login=now
        )
        Membership.objects.create(workspace=workspace, user=rep, role=Role.REP)
    welcome_reps(workspace)
    Source.objects.bulk_create(
        Source(workspace=workspace, code=code, name=code) for code in world.SOURCES.split(",")
    )
    draft = draft_measured_model(workspace, by=boss)
    publish(draft, by=boss, now=now)
    return workspace


def _events_text(workspace: Workspace) -> tuple[str, dict[str, Any]]:
    bind = Binder()
    signals = classify_sql(definitions(workspace), bind)
    return world.EVENTS.replace("{signals}", signals), bind.params


@contextmanager
def superuser() -> Iterator[psycopg.Cursor[Any]]:
    """The cluster is the bench's own, so its superuser may be used; commits at the end."""
    parameters = connection.get_connection_params() | {"user": "postgres"}
    known = {key: parameters[key] for key in ("host", "port", "dbname", "user")}
    with psycopg.connect(**known) as session, session.cursor() as cursor:
        cursor.execute("SET work_mem = '256MB'")
        cursor.execute("SET maintenance_work_mem = '512MB'")
        cursor.execute("SET timezone = 'UTC'")
        yield cursor


@contextmanager
def _without_triggers(cursor: psycopg.Cursor[Any]) -> Iterator[None]:
    """No foreign keys, no dirty queue; only what records the facts of leads and companies."""
    cursor.execute("SET session_replication_role = replica")
    for table, trigger in KEPT_TRIGGERS:
        cursor.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {trigger}")
    yield
    for table, trigger in KEPT_TRIGGERS:
        cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER {trigger}")
    cursor.execute("SET session_replication_role = origin")


@contextmanager
def _without_indexes(cursor: psycopg.Cursor[Any]) -> Iterator[None]:
    """Indexes are built faster over a table than with it; those of constraints stay."""
    cursor.execute(
        "SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i"
        " WHERE i.indrelid = ANY (%s::regclass[]) AND NOT EXISTS"
        " (SELECT 1 FROM pg_constraint c WHERE c.conindid = i.indexrelid)",
        [list(LOADED)],
    )
    indexes = cursor.fetchall()
    for name, _ in indexes:
        cursor.execute(f"DROP INDEX {name}")
    yield
    for _, definition in indexes:
        cursor.execute(definition)


def _follow_numbers(cursor: psycopg.Cursor[Any]) -> None:
    """The ids of companies and leads were given: the sequences go on behind them."""
    for table in ("leadqual_company", "leadqual_lead"):
        cursor.execute(
            f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}"
        )


def _empty_queues() -> None:
    Rescore.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE scoring_scoredirty, scoring_qualificationdue")


def vacuum(*tables: str) -> None:
    """As autovacuum leaves tables that have been quiet for a while."""
    with connection.cursor() as cursor:
        cursor.execute(f"VACUUM (ANALYZE) {', '.join(tables)}")
