"""Here the cast's workspace is a whole one: starter model, promises, reasons, a pool."""

import pytest

from accounts.models import User, Workspace
from handoff.workspaces import create_workspace, join_pool
from tests.builders import MONDAY_NOON, make_user


@pytest.fixture
def workspace(db: None) -> Workspace:
    return create_workspace(
        name="Northwind",
        slug="northwind",
        timezone="Europe/Berlin",
        country="DE",
        by=make_user(name="Olga Root"),
        at=MONDAY_NOON,
    )


@pytest.fixture
def ben_takes_turns(workspace: Workspace, ben: User) -> User:
    join_pool(workspace, ben)
    return ben
