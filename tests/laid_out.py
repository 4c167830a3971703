"""Rows that were made once by the product, laid out anew for each test that begins with them.

A workspace takes some 350 queries to create, and nearly every test of hand-off begins with one:
that was a third of their time. Here the product makes it once in each process of xdist, in a
transaction that is rolled back; a test inserts what it left, row for row, in one statement.
Identities are the same in each test. Sequences do not go back, so nothing else is called so.
"""

from collections.abc import Callable

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from tests.silent_triggers import may_be_silent, write_silently


def laid_out(make: Callable[[], object]) -> Callable[[], object]:
    """What does as `make` does, in no time; `make` itself where triggers cannot be silenced."""
    return Made(make).lay_out if may_be_silent() else make


class Made:
    """What `make` writes into an empty database, as a statement that writes it again."""

    def __init__(self, make: Callable[[], object]) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            before = _writes(cursor)
            make()
            written = [name for name, n in _writes(cursor).items() if n != before.get(name, 0)]
            tables = {name: _rows(cursor, name) for name in written}
            self._tables = {name: held for name, held in tables.items() if held[1]}
            transaction.set_rollback(True)

    def lay_out(self) -> None:
        write_silently(
            [
                f"INSERT INTO {name} ({columns}) VALUES {rows}"  # noqa: S608
                for name, (columns, rows) in self._tables.items()
            ]
        )


def _writes(cursor: CursorWrapper) -> dict[str, int]:
    """How often this connection wrote to each table of late; no other transaction is in between."""
    cursor.execute(
        "SELECT relid::regclass::text, n_tup_ins + n_tup_upd + n_tup_del"
        " FROM pg_stat_xact_user_tables"
    )
    return dict(cursor.fetchall())


def _rows(cursor: CursorWrapper, name: str) -> tuple[str, str]:
    """Columns and values of a table, as INSERT wants them; generated columns see to themselves."""
    cursor.execute(
        "SELECT quote_ident(attname) FROM pg_attribute WHERE attrelid = %s::regclass"
        " AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum",
        [name],
    )
    columns = [column for (column,) in cursor.fetchall()]
    values = ", ".join(f"quote_nullable({column}::text)" for column in columns)
    cursor.execute(f"SELECT '(' || concat_ws(', ', {values}) || ')' FROM {name}")  # noqa: S608
    return ", ".join(columns), ", ".join(row for (row,) in cursor.fetchall())
