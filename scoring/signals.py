"""Which signals an event shows: decided once, when it comes in, and stored as bits on it.

`classify` does it in Python for events that are about to be saved, `classify_sql` says the same
as an expression over stored events. Letters compare without case, for A to Z only: what decides
must be the same everywhere, and addresses and UTM marks are written in those.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from string import ascii_lowercase, ascii_uppercase
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.models import Workspace
from leadqual.models import Event
from scoring.engine.sql import Bind
from scoring.locks import own_model, share_model
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
        wanted = [
            (name, value)
            for name in ("utm_source", "utm_medium", "utm_campaign")
            if (value := getattr(signal, name))
        ]
        if signal.property_name:
            wanted.append((signal.property_name, signal.property_value))
        return cls(
            signal.bit,
            signal.kind,
            _small(signal.path_prefix),
            tuple((name, _small(value)) for name, value in wanted),
        )


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
    return [Definition.of(signal) for signal in Signal.objects.of(workspace).order_by("bit")]


def classify(events: Iterable[Event], workspace: Workspace) -> None:
    """Set `signals` of events that are about to be saved in this transaction.

    Shares the model until the transaction ends, so that a definition changed meanwhile waits,
    and then finds these events when it matches the older ones.
    """
    share_model(workspace.pk)
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
