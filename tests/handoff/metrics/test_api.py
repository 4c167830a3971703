"""The dashboards' figures, read by machines."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User, Workspace
from handoff import handoffs
from handoff.metrics.report import BY
from tests.builders import make_user, make_workspace, receive_hot_lead
from tests.handoff.api_client import Machine

pytestmark = pytest.mark.django_db


@pytest.fixture
def machine(workspace: Workspace) -> Machine:
    return Machine(workspace, make_user())


@pytest.fixture
def accepted(workspace: Workspace, ben_takes_turns: User) -> None:
    """Two offers of an hour ago, one of them accepted ten minutes later."""
    made = timezone.now() - timedelta(hours=1)
    offers = [receive_hot_lead(workspace, at=made).handoffs.get() for _ in "12"]
    handoffs.accept(offers[0], by=ben_takes_turns, at=made + timedelta(minutes=10))


def test_the_whole_and_each_line_have_all_figures(machine: Machine, accepted: None) -> None:
    answer = machine.get("metrics/rep")
    assert (answer.status, answer.json["workspace"]) == (200, "northwind")
    [line] = answer.json["lines"][:1]
    assert (line["name"], line["mqls"], line["reached"]["sal"], line["open"]) == (
        *("Ben Okoye", 2, 1, 2),
    )
    whole = answer.json["whole"]
    assert whole["entered"] == {"new": 2, "mql": 2, "sal": 1}
    assert whole["offers"] | {"interval": None} == {
        "accepted": 1,
        "rejected": 0,
        "expired": 0,
        "withdrawn": 0,
        "not_mine": 0,
        "acceptance": 1.0,
        "interval": None,
        "verdict": "",
    }
    assert whole["offered_to_decided"] == {"n": 1, "median": 600.0, "p90": 600.0, "negative": 0}
    assert answer.json["counted_up_to"][:4] == str(timezone.now().year)


def test_days_and_filters_narrow_it(machine: Machine, accepted: None, ben: User) -> None:
    assert machine.get("metrics/month?until=2020-01-01").json["whole"]["mqls"] == 0
    of_nobody = machine.get("metrics/month?rep=(blank)&since=2020-01-01").json
    assert (of_nobody["whole"]["entered"], of_nobody["since"]) == ({"new": 2}, "2020-01-01")
    assert machine.get(f"metrics/source?rep={ben.pk}").json["lines"][0]["mqls"] == 2


@pytest.mark.parametrize("by", BY)
def test_it_can_be_laid_out_by_everything(machine: Machine, accepted: None, by: str) -> None:
    answer = machine.get(f"metrics/{by}?source=(blank)&grade=A")
    assert answer.status == 200


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("since=soon", "“since” is no day of the years 1990 to 2199, such as 2026-03-31."),
        ("until=9999-12-31", "“until” is no day of the years 1990 to 2199, such as 2026-03-31."),
        ("since=2026-02-01&until=2026-01-31", "“until” lies before “since”."),
        ("moon=1", "There is no parameter “moon”."),
    ],
)
def test_what_means_nothing_is_refused_in_words(machine: Machine, query: str, said: str) -> None:
    answer = machine.get(f"metrics/source?{query}")
    assert (answer.status, answer.json) == (400, {"detail": said})


def test_nobody_reads_the_figures_of_others(machine: Machine, accepted: None) -> None:
    theirs = Machine(make_workspace(), make_user()).get("metrics/source").json
    assert (theirs["whole"]["mqls"], theirs["lines"]) == (0, [])
    assert Client().get("/api/v1/metrics/source").status_code == 401
    assert machine.get("metrics/moon").status == 404


def test_it_only_reads(machine: Machine, accepted: None) -> None:
    assert machine.post("metrics/source", {}).status == 405


def test_the_schema_describes_it(client: Client) -> None:
    schema = client.get("/api/schema/?format=json").json()
    described = schema["paths"]["/api/v1/metrics/{by}"]["get"]
    assert described["operationId"] == "get_metrics"
    assert {"by", "since", "until", "rep", "rule"} <= {
        one["name"] for one in described["parameters"]
    }
