"""The life of an agreement once it is proposed: withdrawn, or signed and superseded."""

import shutil
import subprocess
from datetime import timedelta

import pytest
from django.db import connection

from accounts.models import User, Workspace
from sla import agreements
from sla.agreement_edits import discard, edit_terms
from sla.agreement_text import hash_of
from sla.agreements import AlreadySigned, Altered, NotNow, TextChanged
from sla.models import Agreement, Commitment
from sla.starter import install_starter_sla
from tests.builders import MONDAY_NOON, make_workspace
from tests.sla.agreement_life import DOCUMENT, TERMS, promises_of, propose, sign, sign_both
from tests.sla.agreements import make_agreement

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("calendar")]

# Proposing


def test_a_proposal_keeps_text_terms_and_their_hash(proposal: Agreement, ana: User) -> None:
    proposal.refresh_from_db()
    assert (proposal.status, proposal.proposed_by) == ("proposed", ana)
    assert (proposal.document, proposal.terms, proposal.model_version) == (DOCUMENT, TERMS, 4)
    assert proposal.document_hash == hash_of(DOCUMENT, TERMS)
    assert agreements.proposed(proposal.workspace) == proposal
    assert agreements.sides_to_sign(proposal) == ["marketing", "sales"]


def test_what_was_proposed_is_not_edited(proposal: Agreement, ana: User) -> None:
    with pytest.raises(NotNow, match="Agreement 1 is proposed and does not change"):
        edit_terms(proposal, by=ana, at=MONDAY_NOON, seen="", leads_a_month=1)
    with pytest.raises(NotNow, match="does not change"):
        discard(proposal, by=ana, seen="")


def test_one_proposal_waits_at_a_time(proposal: Agreement, ana: User, mara: User) -> None:
    with pytest.raises(NotNow, match="Agreement 1 is proposed already"):
        propose(proposal, by=ana)
    beside = agreements.begin(proposal.workspace, by=mara, at=MONDAY_NOON)
    with pytest.raises(NotNow, match="Agreement 1 waits for signatures"):
        propose(beside, by=mara)


def test_a_withdrawn_proposal_is_kept_and_goes_on_as_a_draft(
    proposal: Agreement, ana: User, mara: User
) -> None:
    sign(proposal, side="sales", by=mara)
    with pytest.raises(NotNow, match="Say why"):
        agreements.withdraw(proposal, by=ana, at=MONDAY_NOON, why=" ")
    gone = agreements.withdraw(proposal, by=ana, at=MONDAY_NOON, why="Too many leads promised")
    assert (gone.status, gone.withdrawn_by, gone.withdrawn_at) == ("withdrawn", ana, MONDAY_NOON)
    assert gone.withdrawn_why == "Too many leads promised"
    assert gone.document == DOCUMENT
    draft = agreements.draft_of(proposal.workspace)
    assert draft is not None
    assert (draft.number, promises_of(draft)) == (2, promises_of(proposal))
    assert (draft.document, draft.signatures.count()) == (None, 0)
    with pytest.raises(NotNow, match="Agreement 1 is withdrawn: there is nothing to sign"):
        sign(proposal, side="marketing", by=ana)
    with pytest.raises(NotNow, match="only one that waits for signatures"):
        agreements.withdraw(proposal, by=ana, at=MONDAY_NOON, why="Again")


def test_a_draft_begun_meanwhile_stays_when_a_proposal_is_withdrawn(
    proposal: Agreement, ana: User
) -> None:
    beside = agreements.begin(proposal.workspace, by=ana, at=MONDAY_NOON)
    beside = edit_terms(beside, by=ana, at=MONDAY_NOON, seen="", leads_a_month=7)
    agreements.withdraw(proposal, by=ana, at=MONDAY_NOON, why="The next one is better")
    assert agreements.draft_of(proposal.workspace) == beside
    beside.refresh_from_db()
    assert beside.leads_a_month == 7


# Signing


def test_it_is_active_once_both_sides_have_signed(
    proposal: Agreement, ana: User, mara: User
) -> None:
    once = sign(proposal, side="sales", by=mara)
    assert (once.status, once.active_since) == ("proposed", None)
    assert agreements.sides_to_sign(once) == ["marketing"]
    assert agreements.active(proposal.workspace) is None
    twice = sign(proposal, side="marketing", by=ana, hours=3)
    assert (twice.status, twice.active_since) == ("active", MONDAY_NOON + timedelta(hours=3))
    assert agreements.active(proposal.workspace) == proposal
    assert agreements.sides_to_sign(twice) == []
    assert [
        (signature.side, signature.name, signature.role, signature.document_hash)
        for signature in agreements.signatures_of(twice)
    ] == [
        ("sales", "Mara Lindt", "sales manager", proposal.document_hash),
        ("marketing", "Ana Marques", "marketing manager", proposal.document_hash),
    ]
    assert agreements.review_at(twice) == MONDAY_NOON + timedelta(days=90, hours=3)


def test_the_former_one_is_superseded_at_the_moment_of_the_new(
    workspace: Workspace, ana: User, mara: User
) -> None:
    former = make_agreement(workspace, at=MONDAY_NOON - timedelta(days=90))
    following = propose(agreements.begin(workspace, by=ana, at=MONDAY_NOON), by=ana)
    sign(following, side="marketing", by=ana)
    former.refresh_from_db()
    assert (former.status, former.superseded_at) == ("active", None)
    following = sign(following, side="sales", by=mara, hours=2)
    former.refresh_from_db()
    assert (former.status, former.superseded_at) == ("superseded", following.active_since)
    assert list(Agreement.objects.of(workspace).active()) == [following]
    in_force = Commitment.objects.of(workspace).in_force()
    assert {row.agreement_id for row in in_force} == {following.pk}
    assert agreements.before(following) == former


def test_another_text_than_the_one_shown_is_not_signed(proposal: Agreement, mara: User) -> None:
    with pytest.raises(TextChanged, match="has changed since you opened it"):
        sign(proposal, side="sales", by=mara, document_hash="0" * 64)
    assert proposal.signatures.count() == 0


def test_nobody_signs_twice_or_for_both_sides(proposal: Agreement, ana: User, mara: User) -> None:
    sign(proposal, side="sales", by=mara)
    with pytest.raises(AlreadySigned) as twice:
        sign(proposal, side="sales", by=mara)
    assert str(twice.value) == "You have already signed for sales."
    with pytest.raises(AlreadySigned) as other:
        sign(proposal, side="marketing", by=mara)
    assert str(other.value) == ("You have already signed for sales. Nobody signs for both sides.")
    with pytest.raises(AlreadySigned) as faster:
        sign(proposal, side="sales", by=ana)
    assert str(faster.value) == "Mara Lindt has already signed for sales."
    with pytest.raises(ValueError, match="does not sign"):
        sign(proposal, side="system", by=ana)
    assert proposal.signatures.count() == 1


def test_a_draft_is_not_signed(draft: Agreement, ana: User) -> None:
    with pytest.raises(NotNow, match="Agreement 1 is a draft: there is nothing to sign"):
        sign(draft, side="marketing", by=ana, document_hash="")


def test_a_text_altered_behind_the_triggers_is_noticed_and_not_signed(
    proposal: Agreement, ana: User, mara: User
) -> None:
    sign(proposal, side="sales", by=mara)
    assert agreements.is_unaltered(proposal)
    with connection.cursor() as cursor:  # what only who owns the database can do
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE sla_agreement DISABLE TRIGGER sla_agreement_final")
        cursor.execute(
            "UPDATE sla_agreement SET document = jsonb_set(document, '{0,text}', '\"Alone.\"')"
        )
        cursor.execute("ALTER TABLE sla_agreement ENABLE TRIGGER sla_agreement_final")
    proposal.refresh_from_db()
    assert not agreements.is_unaltered(proposal)
    with pytest.raises(Altered, match="Nobody can sign it"):
        sign(proposal, side="marketing", by=ana)


def test_a_text_replaced_with_its_hash_is_noticed_by_the_signature(
    proposal: Agreement, ana: User, mara: User
) -> None:
    sign_both(proposal, marketing=ana, sales=mara)
    proposal.document = [{**DOCUMENT[0], "text": "Alone."}]
    proposal.document_hash = hash_of(proposal.document, proposal.terms)
    assert not agreements.is_unaltered(proposal)


@pytest.mark.skipif(not shutil.which("jq"), reason="jq is not installed")
def test_anybody_with_the_rows_computes_the_hash(proposal: Agreement) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT jsonb_build_array(document, terms)::text FROM sla_agreement WHERE id = %s",
            [proposal.pk],
        )
        (row,) = cursor.fetchone()
    command = "jq -cSj . | sha256sum"
    summed = subprocess.run(  # noqa: S602 - our own command
        command, shell=True, input=row, capture_output=True, text=True, check=True
    )
    assert summed.stdout.split()[0] == proposal.document_hash


def test_agreements_of_another_workspace_are_left_alone(
    workspace: Workspace, ana: User, mara: User
) -> None:
    other = make_workspace(slug="other")
    install_starter_sla(other, timezone="UTC")
    theirs = make_agreement(other)
    ours = propose(agreements.begin(workspace, by=ana, at=MONDAY_NOON), by=ana)
    assert ours.number == 1
    sign_both(ours, marketing=ana, sales=mara)
    assert agreements.active(other) == theirs
