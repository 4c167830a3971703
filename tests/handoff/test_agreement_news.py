"""Signers and owners hear that a proposal waits, is signed, counts or is taken back; each once."""

import pytest
from django.test import Client

from accounts.models import Role, User, Workspace
from handoff.agreement.proposing import propose
from leadqual.models import Notice, OutboxMessage
from sla.models import Agreement
from tests.builders import make_member
from tests.handoff.agreement_pages import make_draft, make_proposal, version_url


@pytest.fixture
def proposal(workspace: Workspace, ana: User, mara: User) -> Agreement:
    return make_proposal(workspace, ana=ana, mara=mara)


def unread(user: User) -> list[str]:
    return list(Notice.objects.filter(user=user, read_at=None).values_list("text", flat=True))


def mails(user: User) -> list[str]:
    return list(
        OutboxMessage.objects.filter(to=user.email).order_by("pk").values_list("subject", flat=True)
    )


def sign(client: Client, proposal: Agreement, side: str) -> int:
    said = {"side": side, "hash": proposal.document_hash, "read": "on"}
    return client.post(version_url(proposal, "sign/"), said).status_code


PROPOSED = "Agreement 1 is proposed and waits for signatures"
BY_ANA = "Ana Marques has signed agreement 1 for marketing"
IN_FORCE = "Agreement 1 is in force: both sides have signed"


def test_a_proposal_is_told_to_who_may_sign_and_not_to_who_proposes(
    workspace: Workspace, proposal: Agreement, ana: User, mara: User, ben: User, cleo: User
) -> None:
    assert (unread(mara), mails(mara)) == ([PROPOSED], [PROPOSED])
    assert [unread(each) for each in (ana, ben, cleo)] == [[], [], []]
    notice = Notice.objects.get(user=mara)
    assert notice.url == version_url(proposal)
    assert notice.url in OutboxMessage.objects.get(to=mara.email).body


def test_whom_it_escalates_to_hears_of_it_whatever_their_role(
    workspace: Workspace, ana: User, mara: User
) -> None:
    lena = make_member(workspace, name="Lena Vogt", role=Role.LEADERSHIP)
    draft = make_draft(workspace, ana=ana, mara=mara)
    draft.escalates_to = lena
    draft.save()
    propose(draft, by=ana, at=draft.created_at)
    assert unread(lena) == [PROPOSED]


def test_each_signature_is_told_and_settles_what_was_asked_before(
    proposal: Agreement, ana: User, mara: User, as_ana: Client, as_mara: Client
) -> None:
    assert sign(as_ana, proposal, "marketing") == 302
    assert (unread(ana), unread(mara)) == ([], [BY_ANA])
    assert sign(as_mara, proposal, "sales") == 302
    assert (unread(ana), unread(mara)) == ([IN_FORCE], [])
    assert (mails(ana), mails(mara)) == ([IN_FORCE], [PROPOSED, BY_ANA])


def test_a_signature_given_twice_stands_once_and_is_told_once(
    proposal: Agreement, ana: User, mara: User, as_ana: Client, as_mara: Client
) -> None:
    assert [sign(as_ana, proposal, "marketing") for _ in "12"] == [302, 302]
    assert proposal.signatures.count() == 1
    assert (unread(ana), unread(mara)) == ([], [BY_ANA])
    assert [sign(as_mara, proposal, "sales") for _ in "12"] == [302, 302]
    assert mails(ana) == [IN_FORCE]


def test_a_proposal_taken_back_says_why_and_asks_no_longer(
    proposal: Agreement, ana: User, mara: User, as_mara: Client
) -> None:
    as_mara.post(version_url(proposal, "withdraw/"), {"why": "Forty is too few\nfor us"})
    told = "Mara Lindt has taken agreement 1 back before it was in force"
    assert (unread(ana), unread(mara)) == ([told], [])
    body = OutboxMessage.objects.get(to=ana.email, subject=told).body
    assert body.startswith("Why: Forty is too few\nfor us\n\n")
