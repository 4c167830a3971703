"""Writing rows as they are, without the triggers that judge what the product writes.

For laying out what the product has made and for emptying the tables behind a test, nothing else.
"""

from contextlib import closing
from urllib.parse import urlsplit

import psycopg
from django.conf import settings
from django.db import connection, transaction

from leadqual import embedded

PARAMETER = "session_replication_role"


def may_be_silent() -> bool:
    """Whether triggers can be switched off; our own server is told to let us, in tests."""
    if settings.EMBEDDED_DATABASE:
        address = urlsplit(embedded.url(settings.VAR))
        superuser = address._replace(netloc="postgres@").geturl()
        with closing(psycopg.connect(superuser, autocommit=True)) as server:
            server.execute(f"GRANT SET ON PARAMETER {PARAMETER} TO {address.username}")
    with connection.cursor() as cursor:
        cursor.execute("SELECT has_parameter_privilege(%s, 'SET')", [PARAMETER])
        return bool(cursor.fetchone()[0])


def write_silently(statements: list[str]) -> None:
    """All of them at once, in the transaction that is open or in one of their own."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"SET LOCAL {PARAMETER} = replica; {'; '.join(statements)};"
            f" SET LOCAL {PARAMETER} = DEFAULT"
        )
