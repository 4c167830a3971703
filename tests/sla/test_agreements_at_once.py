"""Several people at one agreement at the same moment, each with a connection of their own."""

from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from accounts.models import User, Workspace
from sla import agreements
from sla.agreement_edits import edit_terms, edition, put_commitment, write_clause
from sla.agreements import AlreadySigned, EditedMeanwhile, NotNow
from sla.models import Agreement, Commitment
from sla.starter import install_starter_sla
from tests.at_once import at_once, meanwhile
from tests.builders import MONDAY_NOON, make_user
from tests.sla.agreements import make_agreement

pytestmark = pytest.mark.django_db(transaction=True)

DOCUMENT: list[dict[str, Any]] = [{"code": "owners", "title": "Owners", "lines": [], "text": ""}]


@pytest.fixture(autouse=True)
def _starter(workspace: Workspace) -> None:
    install_starter_sla(workspace, timezone="Europe/Berlin")


@pytest.fixture
def draft(workspace: Workspace, ana: User) -> Agreement:
    return agreements.begin(workspace, by=ana, at=MONDAY_NOON)


def propose(draft: Agreement, *, by: User) -> Agreement:
    return agreements.propose(
        draft, by=by, at=MONDAY_NOON, document=DOCUMENT, terms={}, model_version=1
    )


def sign(proposal: Agreement, *, side: str, by: User, at: datetime = MONDAY_NOON) -> Agreement:
    return agreements.sign(
        proposal, side=side, by=by, role="", at=at, document_hash=proposal.document_hash
    )


def test_begun_by_many_at_once_it_is_one_draft(workspace: Workspace, ana: User) -> None:
    begun = at_once(6, lambda n: agreements.begin(workspace, by=ana, at=MONDAY_NOON))
    assert len({draft.pk for draft in begun}) == 1
    assert Commitment.objects.filter(agreement=begun[0]).count() == 3


def test_when_both_sides_sign_at_once_it_is_active_once(
    workspace: Workspace, ana: User, mara: User
) -> None:
    former = make_agreement(workspace, at=MONDAY_NOON - timedelta(days=90))
    proposal = propose(agreements.begin(workspace, by=ana, at=MONDAY_NOON), by=ana)
    sides = (("marketing", ana, 2), ("sales", mara, 1))

    def one(n: int) -> Agreement:
        side, by, hours = sides[n]
        return sign(proposal, side=side, by=by, at=MONDAY_NOON + timedelta(hours=hours))

    states = [signed.status for signed in at_once(2, one)]
    assert sorted(states) == ["active", "proposed"]  # as whoever came first left it
    proposal.refresh_from_db()
    former.refresh_from_db()
    assert proposal.status == "active"
    assert proposal.active_since == MONDAY_NOON + timedelta(hours=2)  # the later signature
    assert (former.status, former.superseded_at) == ("superseded", proposal.active_since)
    assert list(Agreement.objects.of(workspace).active()) == [proposal]


def test_of_many_who_sign_for_one_side_one_has_signed(draft: Agreement, ana: User) -> None:
    proposal = propose(draft, by=ana)
    people = [make_user(name=f"Person {n}") for n in range(5)]
    results = at_once(5, lambda n: sign(proposal, side="sales", by=people[n]))
    assert sum(isinstance(result, Agreement) for result in results) == 1
    assert sum(isinstance(result, AlreadySigned) for result in results) == 4
    assert proposal.signatures.count() == 1


def test_who_signs_for_both_sides_at_once_has_signed_for_one(draft: Agreement, ana: User) -> None:
    proposal = propose(draft, by=ana)
    sides = ("marketing", "sales")
    results = at_once(2, lambda n: sign(proposal, side=sides[n], by=ana))
    assert sum(isinstance(result, AlreadySigned) for result in results) == 1
    proposal.refresh_from_db()
    assert (proposal.status, proposal.signatures.count()) == ("proposed", 1)


def test_of_two_who_propose_at_once_one_has_proposed(draft: Agreement, ana: User) -> None:
    results = at_once(2, lambda n: propose(draft, by=ana))
    assert sorted(type(result).__name__ for result in results) == ["Agreement", "NotNow"]


def while_open(first: Callable[[], object], second: Callable[[], object]) -> object:
    """What came of the second, which began while the first had not committed yet."""
    with ExitStack() as after, transaction.atomic():
        first()
        outcome = after.enter_context(meanwhile(second))
    return outcome[0]


def test_another_draft_waits_for_a_proposal_under_way_and_is_then_refused(
    workspace: Workspace, draft: Agreement, ana: User, mara: User
) -> None:
    def begin_and_propose() -> Agreement:
        return propose(agreements.begin(workspace, by=mara, at=MONDAY_NOON), by=mara)

    refused = while_open(lambda: propose(draft, by=ana), begin_and_propose)
    assert str(refused) == (
        "Agreement 1 waits for signatures. Withdraw it before you propose another one."
    )
    assert isinstance(refused, NotNow)
    begun = agreements.draft_of(workspace)
    assert begun is not None
    assert begun.number == 2


def test_an_edit_waits_for_the_proposal_and_is_refused(
    draft: Agreement, ana: User, mara: User
) -> None:
    def edit() -> Agreement:
        return write_clause(
            draft, code="owners", text="Later", by=mara, at=MONDAY_NOON, seen=edition(draft)
        )

    refused = while_open(lambda: propose(draft, by=ana), edit)
    assert str(refused) == "Agreement 1 is proposed and does not change. Begin a new draft."
    assert draft.clauses.count() == 0


def test_what_is_written_past_the_edits_is_refused_as_well(draft: Agreement, ana: User) -> None:
    promise = draft.commitments.all()[0]

    def raise_it() -> int:
        return Commitment.objects.filter(pk=promise.pk).update(minutes=9)

    refused = while_open(lambda: propose(draft, by=ana), raise_it)
    assert isinstance(refused, IntegrityError)
    assert Commitment.objects.get(pk=promise.pk).minutes == promise.minutes


def test_a_proposal_waits_for_an_edit(draft: Agreement, ana: User, mara: User) -> None:
    def edit() -> None:
        edit_terms(draft, by=mara, at=MONDAY_NOON, seen="", leads_a_month=90)

    proposal = while_open(edit, lambda: propose(draft, by=ana))
    assert isinstance(proposal, Agreement)
    assert proposal.leads_a_month == 90
    draft.refresh_from_db()
    assert (draft.status, draft.leads_a_month, draft.edited_by) == ("proposed", 90, mara)


def test_of_two_edits_at_once_the_later_is_told_who_was_faster(
    draft: Agreement, ana: User, mara: User
) -> None:
    calendar = draft.commitments.all()[0].calendar

    def promise(by: User) -> Agreement:
        new = Commitment(code="qualify", days=10, calendar=calendar)
        return put_commitment(draft, new, by=by, at=MONDAY_NOON, seen="")

    told = while_open(lambda: promise(ana), lambda: promise(mara))
    assert isinstance(told, EditedMeanwhile)
    assert told.who == ana
    assert draft.commitments.filter(code="qualify").count() == 1


def test_of_many_edits_at_once_one_is_saved_and_nobody_is_stuck(
    draft: Agreement, ana: User
) -> None:
    results = at_once(
        5, lambda n: edit_terms(draft, by=ana, at=MONDAY_NOON, seen="", leads_a_month=n + 1)
    )
    saved = [result for result in results if isinstance(result, Agreement)]
    assert len(saved) == 1
    assert sum(isinstance(result, EditedMeanwhile) for result in results) == 4
    draft.refresh_from_db()
    assert draft.leads_a_month == saved[0].leads_a_month


def test_the_last_signature_comes_before_a_withdrawal_that_waits_for_it(
    draft: Agreement, ana: User, mara: User
) -> None:
    proposal = propose(draft, by=ana)
    sign(proposal, side="sales", by=mara)
    refused = while_open(
        lambda: sign(proposal, side="marketing", by=ana),
        lambda: agreements.withdraw(proposal, by=mara, at=MONDAY_NOON, why="Too many leads"),
    )
    assert str(refused) == (
        "Agreement 1 is active: only one that waits for signatures is withdrawn."
    )
    proposal.refresh_from_db()
    assert (proposal.status, proposal.withdrawn_at) == ("active", None)
    assert agreements.draft_of(proposal.workspace) is None


def test_a_withdrawal_comes_before_a_signature_that_waits_for_it(
    draft: Agreement, ana: User, mara: User
) -> None:
    proposal = propose(draft, by=ana)
    sign(proposal, side="sales", by=mara)
    refused = while_open(
        lambda: agreements.withdraw(proposal, by=mara, at=MONDAY_NOON, why="Too many leads"),
        lambda: sign(proposal, side="marketing", by=ana),
    )
    assert str(refused) == "Agreement 1 is withdrawn: there is nothing to sign."
    assert proposal.signatures.count() == 1
    assert agreements.active(proposal.workspace) is None


def test_withdrawn_and_begun_at_once_there_is_one_draft(draft: Agreement, ana: User) -> None:
    proposal = propose(draft, by=ana)
    begun = while_open(
        lambda: agreements.withdraw(proposal, by=ana, at=MONDAY_NOON, why="Too many leads"),
        lambda: agreements.begin(proposal.workspace, by=ana, at=MONDAY_NOON),
    )
    assert begun == agreements.draft_of(proposal.workspace)
    assert Agreement.objects.of(proposal.workspace).count() == 2
