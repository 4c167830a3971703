"""The database that every test's own is copied from: migrated once, not once a process and run.

It lies beside them on their server and stays there from run to run; its comment says which
migrations made it. Others make it anew, in the same place.
"""

import hashlib
import importlib.util
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import django
from django.core.management import call_command
from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.db.migrations.loader import MigrationLoader

OURS = re.compile(r"^(?:from|import) ((?:accounts|leadqual|scoring|sla|handoff)\.[\w.]+)", re.M)
"""What a migration imports of our own, such as the expression of an index."""

ONE_AT_A_TIME = 7_308_615
"""Number of the advisory lock, which nothing else on the server uses."""


def ensure(name: str) -> str:
    """Make sure that `name` is a database as the migrations of today leave it; return `name`.

    Any number of processes may call it at once: the first one migrates, the others wait.
    """
    wanted = fingerprint()
    with connection._nodb_cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [ONE_AT_A_TIME])  # until it is closed
        if _comment(cursor, name) != wanted:
            cursor.execute(f'DROP DATABASE IF EXISTS "{name}"')
            cursor.execute(f'CREATE DATABASE "{name}"')
            with _connected_to(name):
                call_command("migrate", verbosity=0, interactive=False)
            cursor.execute(f"COMMENT ON DATABASE \"{name}\" IS '{wanted}'")
    return name


def fingerprint() -> str:
    """Of all migrations, and of what they are made with."""
    modules = {each.__module__ for each in MigrationLoader(None).disk_migrations.values()}
    texts = {name: _source(name) for name in modules}
    texts |= {name: _source(name) for text in list(texts.values()) for name in OURS.findall(text)}
    digest = hashlib.sha256(django.__version__.encode())
    for name in sorted(texts):
        digest.update(f"{name}\n{texts[name]}".encode())
    return digest.hexdigest()


def _source(module: str) -> str:
    found = importlib.util.find_spec(module)
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).read_text()


def _comment(cursor: CursorWrapper, name: str) -> str | None:
    cursor.execute(
        "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", [name]
    )
    row = cursor.fetchone()
    return row[0] if row else None


@contextmanager
def _connected_to(name: str) -> Iterator[None]:
    """Django's own connection leads there, and is closed in the end: nobody copies a database
    that somebody is in."""
    usual = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = name
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = usual
