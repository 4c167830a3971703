"""Without a signed agreement every page of the portal says so, in one quiet line."""

import re

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import User, Workspace
from handoff.agreement import shell
from handoff.agreement.shell import in_force
from handoff.models import HandoffPolicy
from sla.models import Agreement
from tests.builders import receive_hot_lead
from tests.handoff.pages import LEADS, QUEUE
from tests.sla.agreements import make_agreement

pytestmark = pytest.mark.django_db

DEFAULTS = "Nothing is signed: offers run on the default promises."


def banner(client: Client, url: str = LEADS) -> str:
    """What the line says, without its tags; blank where there is none."""
    page = client.get(url).content.decode()
    found = re.search(r'<div [^>]*aria-label="The agreement">.*?</div>', page, re.S)
    return " ".join(re.sub(r"<[^>]+>", " ", found[0]).split()) if found else ""


def hold(workspace: Workspace) -> None:
    HandoffPolicy.objects.filter(workspace=workspace).update(hold_until_signed=True)


def test_every_page_says_that_nothing_is_signed_and_leads_to_where_it_begins(
    as_ana: Client, as_mara: Client, as_ben: Client
) -> None:
    assert banner(as_ana) == f"{DEFAULTS} Begin the agreement"
    assert banner(as_mara) == f"{DEFAULTS} Begin the agreement"
    assert banner(as_ben, QUEUE) == f"{DEFAULTS} About the agreement"


def test_a_draft_is_gone_on_with(workspace: Workspace, as_ana: Client, as_ben: Client) -> None:
    make_agreement(workspace, status=Agreement.Status.DRAFT)
    assert banner(as_ana) == f"{DEFAULTS} Go on with the draft"
    assert banner(as_ben) == f"{DEFAULTS} About the agreement"


def test_who_may_sign_what_is_proposed_is_asked_for_their_signature(
    workspace: Workspace, as_ana: Client, as_mara: Client, as_ben: Client
) -> None:
    make_agreement(workspace, status=Agreement.Status.PROPOSED)
    assert banner(as_ana) == f"{DEFAULTS} Agreement 1 waits for your signature"
    assert banner(as_mara) == f"{DEFAULTS} Agreement 1 waits for your signature"
    assert banner(as_ben) == f"{DEFAULTS} Agreement 1 waits for marketing and sales to sign"


def test_who_has_signed_reads_for_whom_it_waits(
    workspace: Workspace, ana: User, as_ana: Client, as_mara: Client
) -> None:
    agreement = make_agreement(workspace, status=Agreement.Status.PROPOSED)
    agreement.signatures.create(
        side="marketing",
        person=ana,
        name="Ana",
        role="Marketing manager",
        at=agreement.created_at,
        document_hash=agreement.document_hash,
    )
    assert banner(as_ana) == f"{DEFAULTS} Agreement 1 waits for sales to sign"
    assert banner(as_mara) == f"{DEFAULTS} Agreement 1 waits for your signature"


def test_where_offers_are_held_it_counts_the_leads_that_wait(
    workspace: Workspace, as_ana: Client
) -> None:
    hold(workspace)
    held = "Hand-offs are held until both sides have signed:"
    assert banner(as_ana) == f"{held} 0 leads wait. Begin the agreement"
    receive_hot_lead(workspace)
    assert banner(as_ana) == f"{held} 1 lead waits. Begin the agreement"
    receive_hot_lead(workspace)
    assert banner(as_ana) == f"{held} 2 leads wait. Begin the agreement"


def test_a_flood_is_not_counted_to_its_end(
    workspace: Workspace, as_ana: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold(workspace)
    for _ in range(3):
        receive_hot_lead(workspace)
    monkeypatch.setattr(shell, "COUNTS_TO", 2)
    assert in_force(workspace).waiting == 3
    assert "more than 2 leads wait." in banner(as_ana)


@pytest.mark.parametrize("is_held", [False, True])
def test_once_signed_there_is_no_such_line(
    workspace: Workspace, as_ana: Client, is_held: bool
) -> None:
    if is_held:
        hold(workspace)
    make_agreement(workspace)
    make_agreement(workspace, status=Agreement.Status.PROPOSED)
    assert banner(as_ana) == ""


def test_outside_a_workspace_and_before_the_login_there_is_none(as_ana: Client) -> None:
    assert banner(Client(), "/account/login/") == ""
    assert banner(as_ana, "/workspaces/") == ""


def test_another_workspaces_agreement_signs_nothing_here(
    workspace: Workspace, cleo: User, as_ana: Client
) -> None:
    make_agreement(cleo.workspaces.get(), promises=[], terms={})
    assert banner(as_ana) == f"{DEFAULTS} Begin the agreement"


def test_it_costs_one_query(
    workspace: Workspace, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    hold(workspace)
    for _ in range(3):
        receive_hot_lead(workspace)
    make_agreement(workspace, status=Agreement.Status.PROPOSED)
    with django_assert_num_queries(1):
        assert in_force(workspace).waiting == 3
