"""How SQL about facts `f` lays a figure out, line by line and over time; and its rows."""

from collections.abc import Mapping
from typing import Any, Final, Literal

from django.db import connection

from handoff.metrics.periods import Grain

DAY: Final = "(f.at AT TIME ZONE %(zone)s)::date"


def line_of(by: str) -> str:
    """The value of a dimension; of none all facts are one line, which is blank."""
    return f"f.d_{by}" if by else "''"


def start_of(every: Grain | Literal["day"] | None, day: str = DAY) -> str:
    """The Monday, the first of the month, or the day; null where all days are one."""
    return f"date_trunc('{every}', {day})::date" if every else "NULL::date"


def rows_of(sql: str, parameters: Mapping[str, Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        rows: list[Any] = cursor.fetchall()
        return rows
