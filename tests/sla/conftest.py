"""What tests of clocks stand on: the starter promises in Berlin, with German holidays."""

import pytest

from accounts.models import User, Workspace
from leadqual.models import Lead
from sla import agreements
from sla.models import Agreement, BusinessCalendar
from sla.starter import install_starter_sla
from tests.builders import MONDAY_NOON, make_lead
from tests.sla.agreement_life import propose


@pytest.fixture
def calendar(workspace: Workspace) -> BusinessCalendar:
    """Monday to Friday 9–12 and 13–17 in Berlin; decide an offer in 4 h, first touch in 1 h."""
    return install_starter_sla(workspace, timezone="Europe/Berlin", country="DE")


@pytest.fixture
def draft(workspace: Workspace, calendar: BusinessCalendar, ana: User) -> Agreement:
    return agreements.begin(workspace, by=ana, at=MONDAY_NOON)


@pytest.fixture
def proposal(draft: Agreement, ana: User) -> Agreement:
    return propose(draft, by=ana)


@pytest.fixture
def lead(workspace: Workspace, calendar: BusinessCalendar) -> Lead:
    return make_lead(workspace)


@pytest.fixture
def other_lead(workspace: Workspace, calendar: BusinessCalendar) -> Lead:
    return make_lead(workspace)
