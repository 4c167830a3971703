"""What a draft needs before it is proposed, and that its text is the one it had at that moment."""

import re
from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from accounts.models import Membership, Role, User, Workspace
from handoff.agreement.drafting import document_of
from handoff.agreement.facts import facts_of
from handoff.agreement.proposing import NotComplete, propose
from handoff.agreement.readiness import problems_in
from handoff.models import RejectionReason, Tier
from scoring.drafts import open_draft
from scoring.models import ModelVersion
from scoring.publishing import publish
from sla import agreements
from sla.agreement_edits import edit_terms, edition, put_commitment, write_clause
from sla.agreement_text import hash_of
from sla.agreements import EditedMeanwhile, NotNow, TextChanged
from sla.models import Agreement, Commitment
from tests.at_once import meanwhile
from tests.builders import MONDAY_NOON, make_member, make_user
from tests.handoff.agreement_drafts import complete_draft, make_starter, owners_of, section

pytestmark = pytest.mark.django_db

LATER = MONDAY_NOON + timedelta(days=1)


@pytest.fixture
def draft() -> Agreement:
    return complete_draft(make_starter())


def said(draft: Agreement) -> list[tuple[str, str]]:
    fresh = Agreement.objects.get(pk=draft.pk)
    return [
        (problem.clause, problem.words) for problem in problems_in(facts_of(fresh, now=MONDAY_NOON))
    ]


def edit(draft: Agreement, **terms: Any) -> None:
    draft.refresh_from_db()
    by = make_user()
    edit_terms(draft, by=by, at=MONDAY_NOON, seen=edition(draft), **terms)


def test_a_draft_that_lacks_nothing_is_proposed_with_its_text(draft: Agreement) -> None:
    marketing, _ = owners_of(draft)
    assert said(draft) == []
    proposal = propose(draft, by=marketing, at=MONDAY_NOON, seen=edition(draft))
    proposal.refresh_from_db()
    assert (proposal.status, proposal.proposed_by) == ("proposed", marketing)
    assert section(proposal.document or [], "owners").lines[0].text == (
        "Mona Marketing owns this agreement for marketing."
    )
    assert proposal.document_hash == hash_of(proposal.document, proposal.terms)
    assert proposal.model_version == 1
    assert proposal.terms is not None
    assert (proposal.terms["number"], proposal.terms["model_version"]) == (1, 1)


def test_all_that_a_new_draft_lacks_is_said_at_once(workspace: Workspace) -> None:
    starter = make_starter()
    by = make_member(starter, name="Mona Marketing", role=Role.MARKETING_MANAGER)
    draft = agreements.begin(starter, by=by, at=MONDAY_NOON)
    draft.commitments.filter(code="decide_offer").delete()
    draft.commitments.filter(code="first_touch", tier_code="").delete()
    with pytest.raises(NotComplete) as refused:
        propose(draft, by=by, at=MONDAY_NOON)
    assert [(problem.clause, problem.words) for problem in refused.value.problems] == [
        ("commitments", "“Decide an offer” is not promised. Add it."),
        (
            "commitments",
            "“First touch after acceptance” is promised for some tiers only. Add it for any other "
            "lead.",
        ),
        ("volume", "Say how many MQLs marketing owes a month."),
        ("owners", "Name the owner for marketing."),
        ("owners", "Name the owner for sales."),
        ("escalation", "Name somebody to whom it escalates."),
    ]
    draft.refresh_from_db()
    assert (draft.status, draft.document) == ("draft", None)


def test_owners_are_current_members_who_may_sign_for_their_side(draft: Agreement) -> None:
    rep = make_member(draft.workspace, name="Ben Okoye", role=Role.REP)
    edit(draft, sales_owner=rep)
    assert said(draft) == [
        (
            "owners",
            "Ben Okoye cannot own it for sales. As sales rep you may not sign the agreement for "
            "sales.",
        )
    ]


def test_an_owner_who_has_left_is_named(draft: Agreement) -> None:
    _, sales = owners_of(draft)
    Membership.objects.filter(user=sales).update(ended_at=MONDAY_NOON)
    assert said(draft) == [
        ("owners", "Sam Sales, the owner for sales, is no member of this workspace any more."),
        (
            "escalation",
            "Sam Sales, to whom it escalates, is no member of this workspace any more.",
        ),
    ]


def test_a_stranger_owns_nothing_here(draft: Agreement, cleo: User) -> None:
    edit(draft, sales_owner=cleo)
    assert said(draft) == [
        ("owners", "Cleo Stern, the owner for sales, is no member of this workspace any more.")
    ]


def test_one_person_does_not_own_it_for_both_sides(draft: Agreement) -> None:
    both = make_member(draft.workspace, name="Ada Both", role=Role.ADMINISTRATOR)
    edit(draft, marketing_owner=both, sales_owner=both)
    assert said(draft) == [("owners", "Ada Both cannot own it for both sides: name two people.")]


def test_good_leads_need_a_share_and_grades_that_there_are(draft: Agreement) -> None:
    edit(draft, good_grades=["A", "E"], good_percent=None)
    assert said(draft) == [
        ("volume", "Name both the good grades and the share of them, or neither."),
        ("volume", "The published scoring model gives no grade E."),
    ]
    edit(draft, good_grades=[], good_percent=None)
    assert said(draft) == []


def test_no_promise_is_counted_by_a_calendar_that_never_opens(draft: Agreement) -> None:
    promise = draft.commitments.get(code="decide_offer")
    promise.calendar.ranges.all().delete()
    found = said(draft)
    assert len(found) == draft.commitments.filter(calendar=promise.calendar).count()
    assert found[0][0] == "commitments"
    assert found[0][1].startswith(
        "Decide an offer within 240 business minutes: its calendar “Working hours” cannot count it."
    )


def test_no_promise_is_for_a_tier_that_is_gone(draft: Agreement) -> None:
    marketing, _ = owners_of(draft)
    calendar = draft.commitments.all()[0].calendar
    row = Commitment(
        code="qualify", days=3, tier_code="vip", tier_name="Very important", calendar=calendar
    )
    put_commitment(draft, row, by=marketing, at=MONDAY_NOON, seen=edition(draft))
    assert said(draft) == [
        (
            "commitments",
            "Qualify an accepted lead or give it back (Very important) within 3 business days: "
            "there is no tier “Very important” any more. Choose another, or remove it.",
        )
    ]


def test_a_promise_keeps_the_name_that_its_tier_has_when_it_is_proposed(draft: Agreement) -> None:
    marketing, _ = owners_of(draft)
    Tier.objects.of(draft.workspace).filter(code="high-value").update(name="Hot")
    proposal = propose(draft, by=marketing, at=MONDAY_NOON)
    named = set(proposal.commitments.exclude(tier_code="").values_list("tier_code", "tier_name"))
    assert named == {("high-value", "Hot")}


def test_without_reasons_or_model_there_is_nothing_to_agree_on(draft: Agreement) -> None:
    RejectionReason.objects.of(draft.workspace).update(is_active=False)
    ModelVersion.objects.filter(workspace=draft.workspace).update(status="retired")
    edit(draft, good_grades=[], good_percent=None)
    assert said(draft) == [
        (
            "qualified-lead",
            "No scoring model is published, so nothing says what a qualified lead is.",
        ),
        (
            "reasons",
            "No rejection reason is in use. Put one in use, or nothing could be rejected.",
        ),
    ]


def test_a_draft_edited_since_it_was_looked_at_is_not_proposed(draft: Agreement) -> None:
    marketing, sales = owners_of(draft)
    opened = edition(draft)
    write_clause(draft, code="owners", text="Both.", by=sales, at=MONDAY_NOON, seen=opened)
    with pytest.raises(EditedMeanwhile, match="Sam Sales has edited this draft"):
        propose(draft, by=marketing, at=MONDAY_NOON, seen=opened)


def test_a_model_published_since_it_was_looked_at_is_read_before_it_is_proposed(
    draft: Agreement,
) -> None:
    marketing, _ = owners_of(draft)
    shown = document_of(draft, now=MONDAY_NOON).hash
    publish(open_draft(workspace=draft.workspace, by=None, now=MONDAY_NOON), by=None, now=LATER)
    with pytest.raises(TextChanged, match="Read it again before you propose it"):
        propose(draft, by=marketing, at=LATER, seen=edition(draft), text_hash=shown)
    again = document_of(draft, now=LATER).hash
    proposal = propose(draft, by=marketing, at=LATER, seen=edition(draft), text_hash=again)
    assert proposal.document_hash == again


def test_the_page_proposes_exactly_what_it_showed(draft: Agreement, client: Client) -> None:
    marketing, _ = owners_of(draft)
    client.force_login(marketing)
    url = reverse("propose_agreement", args=[draft.workspace.slug])

    def hidden() -> dict[str, str]:
        page = client.get(url).content.decode()
        return {
            name: re.findall(f'name="{name}" value="([^"]*)"', page)[-1]
            for name in ("seen", "text")
        }

    shown = hidden()
    publish(open_draft(workspace=draft.workspace, by=None, now=MONDAY_NOON), by=None, now=LATER)
    answer = client.post(url, shown)
    assert answer.status_code == 409
    assert "The text has changed since you opened it." in answer.content.decode()
    assert client.post(url, hidden()).status_code == 302
    draft.refresh_from_db()
    assert draft.status == "proposed"


def test_what_is_proposed_already_says_so_and_not_what_it_lacks(draft: Agreement) -> None:
    marketing, sales = owners_of(draft)
    propose(draft, by=marketing, at=MONDAY_NOON)
    Membership.objects.filter(user=sales).update(ended_at=MONDAY_NOON)
    with pytest.raises(NotNow, match="Agreement 1 is proposed and does not change"):
        propose(draft, by=marketing, at=MONDAY_NOON)


# At once


def while_open(first: Callable[[], object], second: Callable[[], object]) -> object:
    """What came of the second, which began while the first had not committed yet."""
    with ExitStack() as after, transaction.atomic():
        first()
        outcome = after.enter_context(meanwhile(second))
    return outcome[0]


@pytest.mark.django_db(transaction=True)
def test_the_text_has_the_edit_that_a_proposal_waited_for() -> None:
    draft = complete_draft(make_starter())
    marketing, sales = owners_of(draft)

    def write() -> None:
        write_clause(
            draft, code="owners", text="Both.", by=sales, at=MONDAY_NOON, seen=edition(draft)
        )

    proposal = while_open(write, lambda: propose(draft, by=marketing, at=MONDAY_NOON))
    assert isinstance(proposal, Agreement)
    assert section(proposal.document or [], "owners").text == "Both."
    assert agreements.is_unaltered(proposal)
