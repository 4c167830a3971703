"""Signing on the page: exactly the text, once a side, once a person; taking a proposal back."""

import hashlib

import pytest
from django.conf import settings
from django.test import Client

from accounts.models import Role, User, Workspace
from sla.models import Agreement, Side
from tests.builders import make_member
from tests.handoff.agreement_pages import (
    DRAFT,
    PAGE,
    make_active,
    make_proposal,
    sign_for,
    version_url,
)


@pytest.fixture
def proposal(workspace: Workspace, ana: User, mara: User) -> Agreement:
    return make_proposal(workspace, ana=ana, mara=mara)


def sign(client: Client, proposal: Agreement, side: str, **said: str) -> "tuple[int, str]":
    said = {"side": side, "hash": proposal.document_hash, "read": "on", **said}
    answer = client.post(version_url(proposal, "sign/"), said)
    if answer.status_code == 302:
        return 302, answer["Location"]
    return answer.status_code, answer.content.decode()


def state_of(agreement: Agreement) -> str:
    return Agreement.objects.get(pk=agreement.pk).status


def test_the_page_shows_the_very_text_and_its_hash(proposal: Agreement, as_mara: Client) -> None:
    page = as_mara.get(version_url(proposal, "sign/")).content.decode()
    for section in proposal.document or ():
        assert f'id="{section["code"]}"' in page
    assert f'name="hash" value="{proposal.document_hash}"' in page
    assert "I have read it and sign for sales" in page
    assert "<strong>Mara Lindt</strong>, sales manager" in page


def test_both_sign_and_it_is_in_force(proposal: Agreement, as_ana: Client, as_mara: Client) -> None:
    assert sign(as_ana, proposal, "marketing") == (302, version_url(proposal))
    assert "as soon as sales has signed, too" in as_ana.get(PAGE).content.decode()
    assert state_of(proposal) == "proposed"
    assert sign(as_mara, proposal, "sales") == (302, version_url(proposal))
    assert "is in force from now on" in as_mara.get(PAGE).content.decode()
    assert state_of(proposal) == "active"
    given = [(s.side, s.name, s.role) for s in proposal.signatures.all()]
    assert given == [
        ("marketing", "Ana Marques", "Marketing manager"),
        ("sales", "Mara Lindt", "Sales manager"),
    ]


def test_nobody_signs_unread(proposal: Agreement, as_mara: Client) -> None:
    status, page = sign(as_mara, proposal, "sales", read="")
    assert status == 422
    assert "Say that you have read it" in page
    assert proposal.signatures.count() == 0


def test_another_text_than_was_shown_is_not_signed(proposal: Agreement, as_mara: Client) -> None:
    status, page = sign(as_mara, proposal, "sales", hash="0" * 64)
    assert status == 409
    assert "The text has changed since you opened it." in page
    assert proposal.signatures.count() == 0


def test_who_was_faster_is_named(
    workspace: Workspace, proposal: Agreement, mara: User, as_mara: Client
) -> None:
    other = make_member(workspace, name="Max Reiter", role=Role.SALES_MANAGER)
    sign_for(proposal, Side.SALES, other)
    status, page = sign(as_mara, proposal, "sales")
    assert status == 409
    assert "Max Reiter has already signed for sales." in page
    page = as_mara.get(version_url(proposal, "sign/")).content.decode()
    assert "Max Reiter has signed for sales already" in page


def test_nobody_signs_for_both_sides(workspace: Workspace, proposal: Agreement) -> None:
    both = make_member(workspace, name="Ada Admin", role=Role.ADMINISTRATOR)
    client = Client()
    client.force_login(both, backend=settings.AUTHENTICATION_BACKENDS[0])
    assert sign(client, proposal, "marketing")[0] == 302
    status, page = sign(client, proposal, "sales")
    assert status == 409
    assert "You have already signed for marketing. Nobody signs for both sides." in page
    assert "Read and sign" not in client.get(version_url(proposal)).content.decode()


def test_each_side_is_signed_for_by_its_own(
    proposal: Agreement, as_ana: Client, as_mara: Client, as_ben: Client, as_cleo: Client
) -> None:
    assert sign(as_ana, proposal, "sales")[0] == 403
    assert sign(as_mara, proposal, "marketing")[0] == 403
    assert [sign(as_ben, proposal, side)[0] for side in ("sales", "marketing")] == [403, 403]
    assert sign(as_cleo, proposal, "sales")[0] == 404
    assert as_ben.get(version_url(proposal, "sign/")).status_code == 403
    assert proposal.signatures.count() == 0


def test_a_proposal_is_taken_back_with_a_reason(
    workspace: Workspace, proposal: Agreement, as_mara: Client, as_ben: Client
) -> None:
    address = version_url(proposal, "withdraw/")
    assert as_mara.post(address, {"why": " "}).status_code == 422
    assert as_ben.post(address, {"why": "No"}).status_code == 403
    assert as_mara.post(address, {"why": "Forty is too few"})["Location"] == DRAFT
    assert state_of(proposal) == "withdrawn"
    page = as_mara.get(version_url(proposal)).content.decode()
    assert "by Mara Lindt: Forty is too few" in page
    assert sign(as_mara, proposal, "sales")[0] == 409


def test_what_is_in_force_is_neither_signed_again_nor_taken_back(
    workspace: Workspace, ana: User, mara: User, as_mara: Client
) -> None:
    signed = make_active(workspace, ana=ana, mara=mara)
    assert sign(as_mara, signed, "sales") == (302, version_url(signed))  # pressed twice
    assert signed.signatures.count() == 2
    page = as_mara.get(version_url(signed, "sign/")).content.decode()
    assert "You have signed agreement 1 already. It is active." in page
    answer = as_mara.post(version_url(signed, "withdraw/"), {"why": "Too late"})
    assert answer.status_code == 409
    assert state_of(signed) == "active"


def test_the_exact_text_is_downloaded_and_has_the_hash(
    proposal: Agreement, as_mara: Client, as_cleo: Client
) -> None:
    answer = as_mara.get(version_url(proposal, "text/"))
    assert hashlib.sha256(answer.content).hexdigest() == proposal.document_hash
    name = "agreement-northwind-1-proposed.json"
    assert answer["Content-Disposition"] == f'attachment; filename="{name}"'
    assert f"sha256sum {name}" in as_mara.get(version_url(proposal)).content.decode()
    assert as_cleo.get(version_url(proposal, "text/")).status_code == 404


def test_who_signs_is_led_to_what_it_changes(
    workspace: Workspace, ana: User, mara: User, as_mara: Client
) -> None:
    first = make_active(workspace, ana=ana, mara=mara)
    second = make_proposal(workspace, ana=ana, mara=mara)
    page = as_mara.get(version_url(second, "sign/")).content.decode()
    assert f'href="{version_url(second, "differences/")}">What it changes</a>' in page
    assert f"against agreement {first.number}." in page
