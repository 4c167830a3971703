"""What a deed changed in a table, column by column, so that it can be put back exactly.

Rows are compared and kept as PostgreSQL's JSON of them: moments to the microsecond, numbers to
the last digit. Putting back leaves alone what somebody has changed since. Tables and columns are
named by code, never by people.
"""

import json
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from django.db import connection

Rows = dict[int, dict[str, Any]]
Change = dict[str, Any]
"""{"id": 17, "was": {column: value}, "is": {column: value}}, of the changed columns alone."""


def snapshot(table: str, leads: Sequence[int], *, column: str = "lead_id") -> Rows:
    """The rows of those leads as they are now, by id."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT t.id, to_jsonb(t)::text FROM {table} t"  # noqa: S608
            f" WHERE t.{column} = ANY (%s) ORDER BY t.id",
            [list(leads)],
        )
        return {pk: json.loads(row) for pk, row in cursor.fetchall()}


def changes(before: Rows, after: Rows, *, without: Collection[str] = ()) -> list[Change]:
    """What changed of the rows that were there before, except in the named columns."""
    found = []
    for pk, was in before.items():
        columns = [c for c in was if was[c] != after[pk][c] and c not in without]
        if columns:
            pair = {"was": {c: was[c] for c in columns}, "is": {c: after[pk][c] for c in columns}}
            found.append({"id": pk, **pair})
    return found


def put_back(table: str, done: Iterable[Change]) -> None:
    """Undo the changes, in their order, each column only if it is as the deed left it."""
    with connection.cursor() as cursor:
        for change in done:
            values = ", ".join(
                f"{c} = CASE WHEN coalesce(to_jsonb(t.{c}), 'null') = %(is)s::jsonb -> '{c}'"
                f" THEN w.{c} ELSE t.{c} END"
                for c in change["was"]
            )
            cursor.execute(
                f"UPDATE {table} t SET {values}"  # noqa: S608
                f" FROM jsonb_populate_record(NULL::{table}, %(was)s::jsonb) w WHERE t.id = %(id)s",
                {**change, "was": json.dumps(change["was"]), "is": json.dumps(change["is"])},
            )
