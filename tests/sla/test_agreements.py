"""The life of an agreement, from its draft to the version that follows it."""

import shutil
import subprocess
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from accounts.models import User, Workspace
from sla import agreements
from sla.agreement_edits import (
    discard,
    edit_terms,
    edition,
    put_commitment,
    remove_commitment,
    write_clause,
)
from sla.agreement_text import hash_of
from sla.agreements import AlreadySigned, Altered, EditedMeanwhile, NotNow, TextChanged
from sla.models import Agreement, BusinessCalendar, Commitment
from sla.starter import install_starter_sla
from tests.builders import MONDAY_NOON, make_workspace
from tests.sla.agreements import make_agreement

pytestmark = pytest.mark.django_db

DOCUMENT: list[dict[str, Any]] = [
    {"code": "owners", "title": "Owners", "lines": ["Ana owns it."], "text": "Together."}
]
TERMS: dict[str, Any] = {"reasons": [], "policy": {"max_cycles": 3}}


@pytest.fixture(autouse=True)
def calendar(workspace: Workspace) -> BusinessCalendar:
    return install_starter_sla(workspace, timezone="Europe/Berlin")


@pytest.fixture
def draft(workspace: Workspace, ana: User) -> Agreement:
    return agreements.begin(workspace, by=ana, at=MONDAY_NOON)


@pytest.fixture
def proposal(draft: Agreement, ana: User) -> Agreement:
    return propose(draft, by=ana)


def propose(draft: Agreement, *, by: User) -> Agreement:
    return agreements.propose(
        draft, by=by, at=MONDAY_NOON, document=DOCUMENT, terms=TERMS, model_version=4
    )


def sign(proposal: Agreement, *, side: str, by: User, hours: int = 1, **said: Any) -> Agreement:
    return agreements.sign(
        proposal,
        side=side,
        by=by,
        role=f"{side} manager",
        at=MONDAY_NOON + timedelta(hours=hours),
        document_hash=said.get("document_hash", proposal.document_hash),
    )


def sign_both(proposal: Agreement, *, marketing: User, sales: User) -> Agreement:
    sign(proposal, side="marketing", by=marketing)
    return sign(proposal, side="sales", by=sales, hours=2)


def promises_of(agreement: Agreement) -> list[tuple[str, str, int]]:
    rows = agreement.commitments.order_by("code", "tier_code")
    return [(row.code, row.tier_code, row.minutes) for row in rows]


# Beginning


def test_the_first_draft_begins_as_the_defaults(workspace: Workspace, ana: User) -> None:
    old = Commitment.objects.of(workspace).get(code="fallback")
    old.retire(at=MONDAY_NOON)
    draft = agreements.begin(workspace, by=ana, at=MONDAY_NOON)
    assert (draft.number, draft.status, draft.created_by) == (1, "draft", ana)
    assert promises_of(draft) == [("decide_offer", "", 240), ("first_touch", "", 60)]
    assert agreements.draft_of(workspace) == draft
    assert agreements.active(workspace) is None


def test_beginning_again_is_the_same_draft(draft: Agreement, mara: User) -> None:
    again = agreements.begin(draft.workspace, by=mara, at=MONDAY_NOON)
    assert again == draft
    assert draft.commitments.count() == 3


def test_the_next_draft_begins_as_the_version_in_force(
    draft: Agreement, ana: User, mara: User
) -> None:
    edited = edit_terms(
        draft,
        by=ana,
        at=MONDAY_NOON,
        seen="",
        leads_a_month=120,
        good_grades=["A", "B"],
        good_percent=40,
        marketing_owner=ana,
        sales_owner=mara,
        escalates_to=mara,
        weeks_below=3,
        coverage_percent=80,
        review_every_days=60,
    )
    edited = write_clause(
        edited, code="owners", text=" Together. ", by=ana, at=MONDAY_NOON, seen=edition(edited)
    )
    sign_both(propose(edited, by=ana), marketing=ana, sales=mara)
    following = agreements.begin(draft.workspace, by=mara, at=MONDAY_NOON + timedelta(days=1))
    assert following.number == 2
    assert (following.leads_a_month, following.good_grades, following.good_percent) == (
        120,
        ["A", "B"],
        40,
    )
    assert (following.marketing_owner, following.sales_owner) == (ana, mara)
    assert (following.weeks_below, following.coverage_percent) == (3, 80)
    assert (following.review_every_days, following.escalates_to) == (60, mara)
    assert following.edited_at is None
    assert promises_of(following) == promises_of(draft)
    assert list(following.clauses.values_list("code", "text")) == [("owners", "Together.")]
    assert agreements.before(following) == draft


def test_a_draft_begun_beside_a_proposal_begins_as_that(proposal: Agreement, mara: User) -> None:
    proposal_terms = promises_of(proposal)
    Commitment.objects.of(proposal.workspace).filter(agreement=None).delete()
    beside = agreements.begin(proposal.workspace, by=mara, at=MONDAY_NOON)
    assert (beside.number, promises_of(beside)) == (2, proposal_terms)


# Editing


def test_two_people_who_edit_are_told_of_each_other(
    draft: Agreement, ana: User, mara: User
) -> None:
    opened = edition(draft)
    edit_terms(draft, by=ana, at=MONDAY_NOON, seen=opened, leads_a_month=90)
    with pytest.raises(EditedMeanwhile) as told:
        edit_terms(draft, by=mara, at=MONDAY_NOON, seen=opened, leads_a_month=50)
    assert (told.value.who, told.value.when) == (ana, MONDAY_NOON)
    assert str(told.value) == (
        "Ana Marques has edited this draft since you opened it. Nothing of yours is saved: look "
        "at what has changed, and enter it again."
    )
    with pytest.raises(EditedMeanwhile, match="You have edited this draft in another window"):
        write_clause(draft, code="owners", text="Mine", by=ana, at=MONDAY_NOON, seen=opened)
    draft.refresh_from_db()
    assert (draft.leads_a_month, draft.clauses.count()) == (90, 0)


def test_editions_differ_even_at_one_moment(draft: Agreement, ana: User) -> None:
    first = edit_terms(draft, by=ana, at=MONDAY_NOON, seen="", leads_a_month=1)
    second = edit_terms(draft, by=ana, at=MONDAY_NOON, seen=edition(first), leads_a_month=2)
    assert len({edition(draft), edition(first), edition(second)}) == 3


def test_what_a_column_does_not_take_is_refused(draft: Agreement, ana: User) -> None:
    with pytest.raises(ValidationError) as refused:
        edit_terms(draft, by=ana, at=MONDAY_NOON, seen="", good_percent=101, weeks_below=0)
    assert set(refused.value.message_dict) == {"good_percent", "weeks_below"}
    with pytest.raises(ValueError, match="status"):
        edit_terms(draft, by=ana, at=MONDAY_NOON, seen="", status="active")
    draft.refresh_from_db()
    assert (draft.good_percent, draft.weeks_below, draft.edited_at) == (None, 2, None)


def test_a_clause_is_written_rewritten_and_emptied(draft: Agreement, ana: User) -> None:
    for text, kept in (("One", ["One"]), ("Two", ["Two"]), ("  ", [])):
        draft = write_clause(
            draft, code="review", text=text, by=ana, at=MONDAY_NOON, seen=edition(draft)
        )
        assert list(draft.clauses.values_list("text", flat=True)) == kept


def test_promises_of_a_draft_are_added_changed_and_removed(
    draft: Agreement, ana: User, calendar: BusinessCalendar
) -> None:
    hot = Commitment(
        code="first_touch", minutes=5, tier_code="hot", tier_name="Hot", calendar=calendar
    )
    draft = put_commitment(draft, hot, by=ana, at=MONDAY_NOON, seen="")
    assert promises_of(draft)[-2:] == [("first_touch", "", 60), ("first_touch", "hot", 5)]
    hot.minutes = 10
    draft = put_commitment(draft, hot, by=ana, at=MONDAY_NOON, seen=edition(draft))
    assert promises_of(draft)[-1] == ("first_touch", "hot", 10)
    draft = remove_commitment(draft, pk=hot.pk, by=ana, at=MONDAY_NOON, seen=edition(draft))
    assert len(promises_of(draft)) == 3
    hot.pk = 987_654
    with pytest.raises(NotNow, match="not in the draft any more"):
        put_commitment(draft, hot, by=ana, at=MONDAY_NOON, seen=edition(draft))


def test_the_same_is_not_promised_twice(
    draft: Agreement, ana: User, calendar: BusinessCalendar
) -> None:
    twice = Commitment(code="first_touch", minutes=5, calendar=calendar)
    with pytest.raises(NotNow) as refused:
        put_commitment(draft, twice, by=ana, at=MONDAY_NOON, seen="")
    assert str(refused.value) == (
        "“First touch after acceptance” is promised for any lead already: change that one."
    )


def test_a_promise_that_contradicts_itself_is_refused(
    draft: Agreement, ana: User, calendar: BusinessCalendar
) -> None:
    other = make_workspace(slug="other")
    theirs = install_starter_sla(other, timezone="UTC")
    for wrong, field in (
        (Commitment(code="qualify", minutes=5, days=1, calendar=calendar), "minutes"),
        (Commitment(code="qualify", days=5, on_breach="reroute", calendar=calendar), "on_breach"),
        (Commitment(code="qualify", days=5, calendar=theirs), "calendar"),
    ):
        with pytest.raises(ValidationError) as refused:
            put_commitment(draft, wrong, by=ana, at=MONDAY_NOON, seen="")
        assert field in refused.value.message_dict
    assert len(promises_of(draft)) == 3


def test_a_default_is_not_taken_into_a_draft(draft: Agreement, ana: User) -> None:
    default = Commitment.objects.of(draft.workspace).get(agreement=None, code="fallback")
    with pytest.raises(NotNow, match="not in the draft"):
        put_commitment(draft, default, by=ana, at=MONDAY_NOON, seen="")
    assert Commitment.objects.get(pk=default.pk).agreement is None


def test_a_discarded_draft_is_gone_and_its_number_free(
    draft: Agreement, ana: User, mara: User
) -> None:
    with pytest.raises(EditedMeanwhile):
        discard(draft, by=mara, seen="2026-01-01T00:00:00+00:00")
    discard(draft, by=ana, seen="")
    assert agreements.draft_of(draft.workspace) is None
    with pytest.raises(NotNow, match="discarded"):
        edit_terms(draft, by=mara, at=MONDAY_NOON, seen="", leads_a_month=1)
    assert agreements.begin(draft.workspace, by=mara, at=MONDAY_NOON).number == 1


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
