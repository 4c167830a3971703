"""Dates that a person types or a link carries, in years that no calendar of ours reaches."""

import pytest
from django.test import Client

from leadqual.models import Lead
from tests.handoff.pages import LEADS

FUNNEL = "/w/northwind/dashboards/funnel/"


@pytest.mark.parametrize(
    "address",
    [
        f"{FUNNEL}?first=0001-01-01&last=0026-01-01",
        f"{FUNNEL}?first=0001-01-01&last=9999-12-31&every=week",
        f"{FUNNEL}panels/stages/?first=9999-12-31&last=9999-12-31",
        f"{FUNNEL}panels/trend/?first=0001-01-01&last=9999-12-31&every=week",
        f"{FUNNEL}panels/cohorts/?first=0001-01-01&last=0001-01-01",
        f"{LEADS}?captured_from=0001-01-01&captured_to=9999-12-31",
        f"{LEADS}?fact_from=0001-01-01&fact_to=9999-12-31&fact=mql",
        f"{LEADS}?sort=-captured&after=0001-01-01T00:00%2B14:00~1",
    ],
)
def test_a_period_in_absurd_years_is_no_error_of_the_server(
    as_mara: Client, accepted: Lead, address: str
) -> None:
    assert as_mara.get(address).status_code == 200
