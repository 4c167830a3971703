"""Filters by what leads and their companies are: found in the leads first, whatever is asked."""

from datetime import timedelta

import pytest

from accounts.models import User, Workspace
from handoff.metrics.counting import leads_behind, total
from handoff.metrics.dimensions import NONE
from handoff.metrics.scope import Scope
from leadqual.models import Lead, StageMove
from tests.builders import MONDAY_NOON, make_company, make_lead, make_source

pytestmark = pytest.mark.django_db


@pytest.fixture
def leads(workspace: Workspace) -> dict[str, Lead]:
    """Of a company with everything, of one that says nothing, and of none."""
    known = make_company(workspace, industry="Software", region="Alps", country="AT", employees=300)
    bare = make_company(workspace, industry="", region="", country="", employees=None)
    source = make_source(workspace, code="fair")
    found = {
        "known": make_lead(workspace, company=known, first_source=source, country="DE"),
        "bare": make_lead(workspace, company=bare, country="DE"),
        "alone": make_lead(workspace, country="DE"),
    }
    for n, lead in enumerate(found.values()):
        StageMove.objects.create(
            workspace=workspace,
            lead=lead,
            cycle=0,
            from_stage="",
            to_stage="new",
            at=MONDAY_NOON + timedelta(minutes=n),
            rule="captured",
        )
    return found


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"industry": "Software", "region": "Alps"}, ["known"]),
        ({"industry": "Software", "region": NONE}, []),
        ({"industry": NONE, "region": NONE}, ["bare", "alone"]),
        ({"country": "DE", "region": NONE}, ["bare", "alone"]),
        ({"country": "AT", "segment": "201"}, ["known"]),
        ({"country": "DE", "segment": "201"}, []),
        ({"country": "DE", "source": NONE}, ["bare", "alone"]),
        ({"campaign": NONE, "industry": "Software"}, ["known"]),
        ({"source": "1 or 1", "industry": "Software"}, []),
        ({"source": "9" * 30, "industry": NONE}, []),
        ({"industry": "x" * 300, "region": "%(workspace)s"}, []),
    ],
)
def test_two_filters_find_the_leads_that_are_both(
    workspace: Workspace, leads: dict[str, Lead], filters: dict[str, str], found: list[str]
) -> None:
    scope = Scope(workspace, filters=filters)
    assert total(scope, ["entered:new"])["entered:new"] == len(found)
    assert set(leads_behind(scope, "entered:new")) == {leads[name] for name in found}


def test_an_id_is_compared_as_it_is_written(workspace: Workspace, leads: dict[str, Lead]) -> None:
    source = leads["known"].first_source_id
    scope = Scope(workspace).of("industry", "Software")
    assert total(scope.of("source", f"{source}"), ["entered:new"])["entered:new"] == 1
    assert total(scope.of("source", f"0{source}"), ["entered:new"])["entered:new"] == 0


def test_leads_of_another_workspace_are_never_found(leads: dict[str, Lead], cleo: User) -> None:
    elsewhere = cleo.memberships.get().workspace
    scope = Scope(elsewhere).of("industry", "Software").of("region", "Alps")
    assert total(scope, ["entered:new"]) == {}
