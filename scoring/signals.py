"""Which signals an event shows: decided once, when it comes in, and stored as bits on it.

`classify` does it in Python for events that are about to be saved, `classify_sql` says the same
as an expression over stored events. Letters compare without case, for A to Z only: what decides
must be the same everywhere, and addresses and UTM marks are written in those.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from string import ascii_lowercase, ascii_uppercase
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection, transaction

from accounts.models import Workspace
from leadqual.models import Event
from scoring.engine.sql import Bind
from scoring.locks import own_model
from scoring.models import Signal
from scoring.models.signals import SIGNALS_PER_WORKSPACE
from scoring.signal_use import no_room

_SMALL = str.maketrans(ascii_uppercase, ascii_lowercase)
_HOST = r"^([A-Za-z][A-Za-z0-9+.-]*:)?//[^/?#]*"
_TAIL = r"[?#].*$"


@dataclass(frozen=True)
class Definition:
    """A signal as a frozen value: every condition that is not blank must hold."""

    bit: int
    kind: str
    path_prefix: str
    properties: tuple[tuple[str, str], ...]  # (name, value); a blank value asks for any

    @classmethod
    def of(cls, signal: Signal) -> "Definition":
        return _definition(*(getattr(signal, column) for column in _COLUMNS))


_UTM = ("utm_source", "utm_medium", "utm_campaign")
_COLUMNS = ("bit", "kind", "path_prefix", "property_name", "property_value", *_UTM)


@lru_cache(maxsize=4096)  # every event asks for all of its workspace's
def _definition(
    bit: int, kind: str, path_prefix: str, name: str, value: str, *utm: str
) -> Definition:
    wanted = [(mark, said) for mark, said in zip(_UTM, utm, strict=True) if said]
    wanted += [(name, value)] if name else []
    properties = tuple((name, _small(said)) for name, said in wanted)
    return Definition(bit, kind, _small(path_prefix), properties)


def _small(text: str) -> str:
    return text.translate(_SMALL)


def path_of(url: str) -> str:
    """The path of an address, “/” for a bare host, blank where no address is known."""
    path = re.sub(_TAIL, "", re.sub(_HOST, "", url), flags=re.DOTALL)
    return path or ("/" if url else "")


def _property(properties: Mapping[str, Any], name: str) -> str | None:
    """A property as PostgreSQL's ->> writes it, None for lists, objects and null."""
    value = properties.get(name)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return format(Decimal(repr(value)), "f")
    return str(value) if isinstance(value, str | int) else None


def shows(event: Event, definition: Definition) -> bool:
    if event.kind != definition.kind:
        return False
    if not _small(path_of(event.url)).startswith(definition.path_prefix):
        return False
    for name, wanted in definition.properties:
        found = _property(event.properties, name)
        if not found or (wanted and _small(found) != wanted):
            return False
    return True


def shows_sql(definition: Definition, bind: Bind) -> str:
    """The same over e (event)."""
    tests = [f"e.kind = {bind(definition.kind)}"]
    if definition.path_prefix:
        path = f"regexp_replace(regexp_replace(e.url, {bind(_HOST)}, ''), {bind(_TAIL)}, '')"
        path = f"coalesce(nullif({path}, ''), CASE WHEN e.url <> '' THEN '/' ELSE '' END)"
        tests.append(f'starts_with(lower({path} COLLATE "C"), {bind(definition.path_prefix)})')
    for name, wanted in definition.properties:
        key = f"{bind(name)}::text"
        tests.append(
            f"jsonb_typeof(e.properties -> {key}) IN ('string', 'number', 'boolean')"
            f" AND e.properties ->> {key} <> ''"
        )
        if wanted:
            tests.append(f'lower((e.properties ->> {key}) COLLATE "C") = {bind(wanted)}')
    return f"({' AND '.join(tests)})"


def definitions(workspace: Workspace) -> list[Definition]:
    """By the bits. In plain SQL: recording an event would wait longest for the ORM here."""
    columns = ", ".join(_COLUMNS)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {columns} FROM scoring_signal"  # noqa: S608 - names of our own
            " WHERE workspace_id = %s ORDER BY bit",
            [workspace.pk],
        )
        return [_definition(*row) for row in cursor.fetchall()]


def classify(events: Iterable[Event], workspace: Workspace) -> None:
    """Set `signals` of events that are about to be saved in this transaction.

    Call it with the model shared (scoring.locks): a definition that is changed meanwhile waits,
    and then finds these events when it matches the older ones.
    """
    known = definitions(workspace)
    for event in events:
        event.signals = sum(1 << each.bit for each in known if shows(event, each))


def classify_sql(known: Sequence[Definition], bind: Bind) -> str:
    """A bigint of bits over e (event), for INSERT … SELECT and UPDATE; see `classify`."""
    bits = [
        f"(CASE WHEN {shows_sql(each, bind)} THEN {bind(1 << each.bit)}::bigint ELSE 0 END)"
        for each in known
    ]
    return f"({' | '.join(['0::bigint', *bits])})"


@transaction.atomic
def add_signal(signal: Signal) -> Signal:
    """Save a new signal under the workspace's next free bit. Raises ValidationError when full."""
    own_model(signal.workspace_id)
    taken = set(Signal.objects.of(signal.workspace).values_list("bit", flat=True))
    free = next((bit for bit in range(SIGNALS_PER_WORKSPACE) if bit not in taken), None)
    if free is None:
        raise ValidationError(no_room(signal.workspace))
    signal.bit = free
    signal.save(force_insert=True)
    signal.refresh_from_db(fields=["classified"])
    return signal
