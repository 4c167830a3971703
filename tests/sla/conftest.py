"""What tests of clocks stand on: the starter promises in Berlin, with German holidays."""

import pytest

from accounts.models import Workspace
from leadqual.models import Lead
from sla.models import BusinessCalendar
from sla.starter import install_starter_sla
from tests.builders import make_lead


@pytest.fixture
def calendar(workspace: Workspace) -> BusinessCalendar:
    """Monday to Friday 9–12 and 13–17 in Berlin; decide an offer in 4 h, first touch in 1 h."""
    return install_starter_sla(workspace, timezone="Europe/Berlin", country="DE")


@pytest.fixture
def lead(workspace: Workspace, calendar: BusinessCalendar) -> Lead:
    return make_lead(workspace)


@pytest.fixture
def other_lead(workspace: Workspace, calendar: BusinessCalendar) -> Lead:
    return make_lead(workspace)
