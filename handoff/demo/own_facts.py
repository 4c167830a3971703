"""The typed facts of a demo workspace, and what its leads and companies say of them.

Drawn from a stream of their own: a fact more leaves the rest of the year as it is. They decide
nothing: no planted truth hangs on them.
"""

from random import Random
from typing import Any

from accounts.models import Workspace
from handoff.demo.world import OwnField, World
from leadqual.custom_fields import Kind, Of, forget
from leadqual.models import CustomField

KNOWN = 0.4
"""How many of the leads or companies say something, of 1."""


def define(workspace: Workspace, world: World) -> None:
    """The fields as a marketing manager would have made them in the admin."""
    CustomField.objects.bulk_create(
        CustomField(
            workspace=workspace,
            of=field.of,
            key=field.key,
            label=field.label,
            kind=field.kind,
            choices=list(field.choices),
            help_text=field.help_text,
            position=position,
        )
        for position, field in enumerate(world.own_fields)
    )
    forget(workspace)


def said(world: World, of: Of, name: str) -> dict[str, Any]:
    """The attributes of the lead or company of that name: the same for the same seed."""
    random = Random(f"{world.seed} {of} {name}")
    return {
        field.key: _value(field, random)
        for field in world.own_fields
        if field.of == of and random.random() < KNOWN
    }


def _value(field: OwnField, random: Random) -> Any:
    if field.kind == Kind.NUMBER:
        return random.randrange(4, 121) * 500
    if field.kind == Kind.BOOL:
        return random.random() < 0.5
    return random.choice(field.choices)
