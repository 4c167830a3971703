"""Who may sign the agreement for a side: one right a side, and its members."""

from collections.abc import Mapping
from typing import Final

from accounts.access import Permission, members_with
from accounts.models import User, Workspace
from sla.models import Side

SIGN_FOR: Final[Mapping[str, Permission]] = {
    Side.MARKETING: Permission.SIGN_FOR_MARKETING,
    Side.SALES: Permission.SIGN_FOR_SALES,
}


def signers(workspace: Workspace, *sides: str) -> list[User]:
    """Whoever may sign for one of these sides, or for any where none is named; each once."""
    rights = [SIGN_FOR[side] for side in sides or SIGN_FOR]
    people = {person for right in rights for person in members_with(workspace, right)}
    return sorted(people, key=lambda person: person.pk)
