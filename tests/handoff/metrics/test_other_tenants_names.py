"""Whoever asks by the id of somebody of another workspace learns nothing of them."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User, Workspace
from tests.builders import make_user
from tests.handoff.api_client import Machine

pytestmark = pytest.mark.django_db


def test_the_list_of_leads_does_not_name_people_of_other_workspaces(
    client: Client, workspace: Workspace, ana: User, cleo: User
) -> None:
    client.force_login(ana)
    page = client.get(
        reverse("leads", args=[workspace.slug]), {"fact": "mql", "fact_rep": str(cleo.pk)}
    )
    assert (page.status_code, f"Rep: {cleo.pk}" in page.content.decode()) == (200, True)
    assert cleo.name not in page.content.decode()


def test_a_mail_does_not_name_people_of_other_workspaces(
    client: Client, workspace: Workspace, ana: User, cleo: User
) -> None:
    client.force_login(ana)
    page = client.get(
        reverse("new_report_mail", args=[workspace.slug]), {"page": "funnel", "rep": str(cleo.pk)}
    )
    assert cleo.name not in page.content.decode()


@pytest.mark.parametrize("value", ["%00", "1%00", "9" * 400, "-1", "é" * 300, "1e5", "NaN"])
@pytest.mark.parametrize(
    "code", ["source", "industry", "segment", "rep", "rule", "country", "cycle"]
)
def test_any_value_of_a_filter_is_an_answer(workspace: Workspace, code: str, value: str) -> None:
    answer = Machine(workspace, make_user()).get(f"metrics/source?{code}={value}")
    assert answer.status in (200, 400)
