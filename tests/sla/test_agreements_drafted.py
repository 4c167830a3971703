"""A draft of an agreement: what it begins as, and how people edit it."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

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
from sla.agreements import EditedMeanwhile, NotNow
from sla.models import Agreement, BusinessCalendar, Commitment
from sla.promise_rules import faults
from sla.starter import install_starter_sla
from tests.builders import MONDAY_NOON, make_workspace
from tests.sla.agreement_life import promises_of, propose, sign_both

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("calendar")]

# Beginning


def test_the_first_draft_begins_as_the_defaults(workspace: Workspace, ana: User) -> None:
    old = Commitment.objects.of(workspace).get(code="fallback")
    old.retire(at=MONDAY_NOON)
    draft = agreements.begin(workspace, by=ana, at=MONDAY_NOON)
    assert (draft.number, draft.status, draft.created_by) == (1, "draft", ana)
    assert promises_of(draft) == [("decide_offer", "", 240), ("first_touch", "", 60)]
    assert agreements.draft_of(workspace) == draft
    assert agreements.active(workspace) is None


def test_defaults_from_before_there_were_agreements_begin_one_that_may_be_proposed(
    workspace: Workspace, ana: User
) -> None:
    """The migration made every promise warn who is held to it, also where that is nobody."""
    old = Commitment.objects.of(workspace).filter(code="fallback")
    old.update(warns=["person"], tells=["person", "sales_managers"])
    draft = agreements.begin(workspace, by=ana, at=MONDAY_NOON)
    mended = draft.commitments.get(code="fallback")
    assert (mended.warns, mended.tells) == ([], ["sales_managers"])
    assert [fault for each in draft.commitments.all() for fault in faults(each)] == []


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
