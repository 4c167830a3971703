"""After signing, reasons are those of the agreement: as signed, whatever the admin says since."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import Model
from django.forms.models import model_to_dict
from django.test import Client
from django.utils import timezone

from accounts.models import User, Workspace
from handoff import detours, handoffs
from handoff.agreement.in_force import reasons_in_force
from handoff.models import Handoff, NurtureStay, NurtureTrack, RejectionReason
from handoff.transitions import MoveNotAllowed
from leadqual.stages import Stage
from sla.models import Agreement
from tests.builders import make_lead
from tests.handoff.pages import HTMX, offer_url
from tests.sla.agreements import make_agreement

pytestmark = pytest.mark.django_db


def columns(row: Model) -> dict[str, Any]:
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


def sign(workspace: Workspace, *codes: str, **changed: Any) -> Agreement:
    """An agreement on the reasons named (else all in use) as they stand, but `changed`."""
    rows = {row.code: columns(row) for row in RejectionReason.objects.of(workspace).active()}
    terms = [rows[code] | changed for code in codes or rows]
    return make_agreement(workspace, terms={"reasons": terms})


def named(workspace: Workspace, code: str) -> RejectionReason:
    return RejectionReason.objects.of(workspace).get(code=code)


def codes(workspace: Workspace) -> list[str]:
    return [reason.code for reason in reasons_in_force(workspace)]


def test_without_an_agreement_the_reasons_in_use_may_be_given(workspace: Workspace) -> None:
    RejectionReason.objects.filter(code="duplicate").update(is_active=False)
    rows = RejectionReason.objects.of(workspace).active()
    assert [model_to_dict(each) for each in reasons_in_force(workspace)] == [
        model_to_dict(row) for row in rows
    ]
    assert "duplicate" not in codes(workspace)


def test_with_one_they_are_those_signed_in_the_order_signed(workspace: Workspace) -> None:
    sign(workspace, "too-small", "no-budget")
    assert codes(workspace) == ["too-small", "no-budget"]
    first = reasons_in_force(workspace)[0]
    assert first == named(workspace, "too-small")
    assert first.pk == named(workspace, "too-small").pk


def test_what_the_admin_changes_after_signing_counts_from_the_next_version_on(
    workspace: Workspace,
) -> None:
    sign(workspace)
    before = codes(workspace)
    RejectionReason.objects.filter(code="duplicate").update(is_active=False)
    RejectionReason.objects.filter(code="no-budget").update(recycle_days=7, name="Broke")
    RejectionReason.objects.create(workspace=workspace, code="new", name="New since")
    assert codes(workspace) == before
    signed = next(each for each in reasons_in_force(workspace) if each.code == "no-budget")
    assert (signed.name, signed.recycle_days, signed.is_active) == ("No budget", 90, True)
    sign(workspace)
    after = codes(workspace)
    assert "new" in after
    assert "duplicate" not in after
    renewed = next(each for each in reasons_in_force(workspace) if each.code == "no-budget")
    assert (renewed.name, renewed.recycle_days) == ("Broke", 7)


def test_a_draft_and_a_proposal_change_nothing_yet(workspace: Workspace) -> None:
    before = codes(workspace)
    terms = {"reasons": [columns(named(workspace, "too-small"))]}
    for status in (Agreement.Status.PROPOSED, Agreement.Status.DRAFT):
        make_agreement(workspace, status=status, terms=terms)
        assert codes(workspace) == before


def test_the_signed_reasons_of_another_workspace_are_its_own(
    workspace: Workspace, cleo: User
) -> None:
    make_agreement(cleo.workspaces.get(), terms={"reasons": []})
    assert len(codes(workspace)) == 10


def test_a_rejection_follows_the_reason_as_it_was_signed(
    workspace: Workspace, ben: User, offer_to_ben: Callable[[], Handoff]
) -> None:
    track = NurtureTrack.objects.create(workspace=workspace, name="Budget", position=9)
    RejectionReason.objects.filter(code="no-budget").update(track=track)
    sign(workspace)
    RejectionReason.objects.filter(code="no-budget").update(
        outcome="disqualified", recycle_days=None, track=None
    )
    offer, at = offer_to_ben(), timezone.now()
    handoffs.reject(offer, by=ben, at=at, reason=named(workspace, "no-budget"))
    offer.refresh_from_db()
    offer.lead.refresh_from_db()
    assert offer.reason == named(workspace, "no-budget")
    assert offer.lead.stage == Stage.NURTURE
    stay = NurtureStay.objects.get(lead=offer.lead)
    assert (stay.track, stay.wake_at) == (track, at + timedelta(days=90))


def test_a_reason_added_since_is_refused_in_words(
    workspace: Workspace, ben: User, offer_to_ben: Callable[[], Handoff]
) -> None:
    sign(workspace)
    new = RejectionReason.objects.create(workspace=workspace, code="new", name="New since")
    offer = offer_to_ben()
    with pytest.raises(MoveNotAllowed) as refused:
        handoffs.reject(offer, by=ben, at=timezone.now(), reason=new)
    assert str(refused.value) == (
        "Choose a reason from the list of this workspace: it is not in force now."
    )
    offer.refresh_from_db()
    assert offer.status == Handoff.Status.OPEN


def test_attempts_that_were_signed_are_asked_though_the_row_asks_none(
    workspace: Workspace, ben: User, offer_to_ben: Callable[[], Handoff]
) -> None:
    sign(workspace)
    RejectionReason.objects.filter(code="unreachable").update(attempts=0)
    with pytest.raises(MoveNotAllowed, match="needs 3 more attempts without an answer"):
        handoffs.reject(
            offer_to_ben(), by=ben, at=timezone.now(), reason=named(workspace, "unreachable")
        )


def test_the_form_lists_the_signed_reasons_and_refuses_a_forged_one(
    workspace: Workspace, as_ben: Client, offer_to_ben: Callable[[], Handoff]
) -> None:
    sign(workspace, "no-budget", "too-small")
    offer, forged = offer_to_ben(), named(workspace, "duplicate")
    page = as_ben.get(offer_url(offer, "reject"), headers=HTMX).content.decode()
    assert page.count('type="radio" name="reason"') == 2
    assert "Duplicate" not in page
    answer = as_ben.post(offer_url(offer, "reject"), {"reason": forged.pk}, headers=HTMX)
    assert answer.status_code == 422
    assert "That reason is not in force here any more. Choose another." in answer.content.decode()
    offer.refresh_from_db()
    assert offer.status == Handoff.Status.OPEN


@pytest.mark.parametrize("given", ["x", "", "999999999999999999999", "0", "-1"])
def test_whatever_is_posted_for_a_reason_is_answered_in_words(
    as_ben: Client, offer_to_ben: Callable[[], Handoff], given: str
) -> None:
    offer = offer_to_ben()
    answer = as_ben.post(offer_url(offer, "reject"), {"reason": given}, headers=HTMX)
    assert answer.status_code == 422
    assert "Choose a" in answer.content.decode()


def test_recycling_and_disqualifying_by_hand_follow_what_was_signed(
    workspace: Workspace, ana: User
) -> None:
    sign(workspace, "no-budget", "too-small", "duplicate")
    RejectionReason.objects.filter(code="no-budget").update(recycle_days=7)
    lead, at = make_lead(workspace, stage=Stage.SAL), timezone.now()
    detours.recycle(lead, by=ana, at=at, reason=named(workspace, "no-budget"))
    assert NurtureStay.objects.get(lead=lead).wake_at == at + timedelta(days=90)
    other = make_lead(workspace, stage=Stage.SAL)
    with pytest.raises(MoveNotAllowed, match="not in force now"):
        detours.recycle(other, by=ana, at=at, reason=named(workspace, "timeline-too-long"))
    with pytest.raises(MoveNotAllowed, match="not in force now"):
        detours.disqualify(
            other, by=ana, at=at, reason=named(workspace, "student-vendor-competitor")
        )
    RejectionReason.objects.filter(code="duplicate").update(is_active=False)
    detours.disqualify(other, by=ana, at=at, reason=named(workspace, "duplicate"))
    assert other.stage == Stage.DISQUALIFIED


def page(client: Client, row: RejectionReason | None = None) -> str:
    path = f"{row.pk}/change/" if row else ""
    answer = client.get(f"/admin/handoff/rejectionreason/{path}")
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_the_admin_says_that_a_change_counts_from_the_next_version_on(
    workspace: Workspace, as_ana: Client
) -> None:
    reason = named(workspace, "no-budget")
    assert "Signed in agreement" not in page(as_ana) + page(as_ana, reason)
    sign(workspace)
    said = "Signed in agreement 1:</strong> what you change here counts from the next version on."
    assert said in page(as_ana)
    assert said in page(as_ana, reason)
    assert "was signed otherwise" not in page(as_ana)


def test_the_admin_names_what_differs_from_what_was_signed(
    workspace: Workspace, as_ana: Client
) -> None:
    sign(workspace)
    RejectionReason.objects.filter(code="no-budget").update(recycle_days=7, wake_points=5)
    RejectionReason.objects.filter(code="duplicate").update(is_active=False)
    RejectionReason.objects.create(workspace=workspace, code="new", name="New since")
    RejectionReason.objects.create(workspace=workspace, code="idle", name="Idle", is_active=False)
    budget = "“No budget” was signed otherwise: wake after (days), wake after (points)."
    duplicate = "“Duplicate” is in use no longer, but was signed: it is offered until then."
    assert budget in page(as_ana)
    assert duplicate in page(as_ana)
    assert "“New since” is not in it, so it is not offered yet." in page(as_ana)
    assert "“Idle” is not" not in page(as_ana)
    assert budget in page(as_ana, named(workspace, "no-budget"))
    assert duplicate not in page(as_ana, named(workspace, "no-budget"))


@pytest.mark.parametrize("status", [Agreement.Status.ACTIVE, Agreement.Status.PROPOSED])
def test_a_reason_and_a_track_that_an_agreement_names_are_not_deleted(
    workspace: Workspace, as_ana: Client, status: Agreement.Status
) -> None:
    track = NurtureTrack.objects.create(workspace=workspace, name="Budget", position=9)
    reason = named(workspace, "no-budget")
    terms = {"reasons": [columns(reason) | {"track_id": track.pk}]}
    make_agreement(workspace, status=status, terms=terms)
    for row, said in (
        (reason, "“No budget” stays: agreement 1 names it."),
        (track, "“Budget” stays: a reason of agreement 1 leads to it."),
    ):
        path = f"/admin/handoff/{row._meta.model_name}/{row.pk}/delete/"
        answer = as_ana.post(path, {"post": "yes"}, follow=True)
        assert said in answer.content.decode()
        row.refresh_from_db()
    other = named(workspace, "duplicate")
    as_ana.post(f"/admin/handoff/rejectionreason/{other.pk}/delete/", {"post": "yes"})
    assert not RejectionReason.objects.filter(pk=other.pk).exists()
